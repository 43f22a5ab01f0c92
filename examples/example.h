#ifndef DAGRAD_EXAMPLES_EXAMPLE_H_
#define DAGRAD_EXAMPLES_EXAMPLE_H_

// What an example of a course includes: dagrad's Keras, the tools of learning, pictures, flags.
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "dagrad/examples/course_data.h"
#include "dagrad/examples/flags.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/csv.h"
#include "dagrad/io/csv_encoder.h"
#include "dagrad/keras/keras.h"
#include "dagrad/learn/learn.h"
#include "dagrad/learn/model_selection.h"
#include "dagrad/learn/pipeline.h"
#include "dagrad/learn/search.h"
#include "dagrad/learn/table.h"
#include "dagrad/plot/charts.h"

namespace dagrad::examples {

// Prints a picture, and writes it to the folder of the flag --plots, if it is given, as NAME.svg.
absl::Status Show(const Flags& flags, const std::string& name, const plot::Chart& chart);
absl::Status Show(const Flags& flags, const std::string& name, const plot::HeatMap& map);
// HistoryChart, shown.
absl::Status ShowHistory(const Flags& flags, const std::string& name, const keras::History& history,
                         const std::string& metric);

// Saves a model, or a pipeline, in the folder of the flag --out, if it is given; one of several in
// a folder of its own name in there.
template <typename M>
absl::Status Save(const Flags& flags, const M& model, const std::string& name = "") {
  const std::filesystem::path folder = flags.Get("out");
  if (folder.empty()) return absl::OkStatus();
  if (name.empty()) return model.Save(folder);
  std::error_code error;  // if there is one, Save has it too
  std::filesystem::create_directories(folder, error);
  return model.Save(folder / name);
}

// The table of the file of --csv; without one `made_up`, text of the same columns, which is said.
absl::StatusOr<io::CsvTable> ReadTable(const Flags& flags, const std::string& made_up);

}  // namespace dagrad::examples

#endif  // DAGRAD_EXAMPLES_EXAMPLE_H_
