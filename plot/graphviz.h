#ifndef DAGRAD_PLOT_GRAPHVIZ_H_
#define DAGRAD_PLOT_GRAPHVIZ_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"

namespace dagrad::plot {

// What Graphviz's program dot makes of `source`, a text in its language, as "svg", "png" or "pdf".
// It is found on the PATH and run without a shell; it reads a file in memory, so that neither side
// waits for the other. Unavailable where there is no such program or it fails. `budget` takes what
// comes out for good; where it is cancelled or its time is over, the program is ended. Thread-safe.
absl::StatusOr<std::string> DrawDot(const std::string& source, absl::string_view format,
                                    const Budget& budget = {});

}  // namespace dagrad::plot

#endif  // DAGRAD_PLOT_GRAPHVIZ_H_
