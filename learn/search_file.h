#ifndef DAGRAD_LEARN_SEARCH_FILE_H_
#define DAGRAD_LEARN_SEARCH_FILE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/json_fwd.h"
#include "dagrad/learn/search.h"

namespace dagrad::learn {

// The file of a search: what the search is (heading), and its trials so far, as JSON:
//   {"heading": {…}, "trials": [{"point": {"units": 8}, "score": "accuracy", "greater": true,
//                                "train": [0.9, …], "test": [0.8, …]}, …]}

// Writes it, all or nothing (io::WriteFile).
absl::Status WriteTrials(const std::string& path, const Json& heading,
                         const SearchResults& results);
// The trials of the file; none if there is no file. InvalidArgument for one with another heading,
// naming what differs, and for a file that WriteTrials does not write.
absl::StatusOr<std::vector<Trial>> ReadTrials(const std::string& path, const Json& heading,
                                              const std::vector<HyperParameters::Declared>& space);

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_SEARCH_FILE_H_
