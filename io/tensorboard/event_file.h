#ifndef DAGRAD_IO_TENSORBOARD_EVENT_FILE_H_
#define DAGRAD_IO_TENSORBOARD_EVENT_FILE_H_

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/tensorboard/events.pb.h"

namespace dagrad::io::tensorboard {

// A file that TensorBoard shows: a record for each value. It is written as it grows, and whole up
// to the last record whenever the program ends. Errors are Unavailable and name the path. Not
// thread-safe.
class EventFile {
 public:
  // A new file "events.out.tfevents.<seconds>.<host>.<process>.<number>.v2" in `directory`, which
  // is made if there is none.
  static absl::StatusOr<EventFile> Create(const std::string& directory);

  const std::string& path() const { return path_; }
  // A point of the curve `tag`, as float32.
  absl::Status AddScalar(absl::string_view tag, int64_t step, double value);
  // How the elements of `values`, of any dtype, are spread: HistogramOf.
  absl::Status AddHistogram(absl::string_view tag, int64_t step, const Tensor& values);
  // Gives to the system what was added; so does the end of its life.
  absl::Status Flush();

 private:
  EventFile(std::string path, std::ofstream file)
      : path_(std::move(path)), file_(std::move(file)) {}
  absl::Status Add(const Event& event);

  std::string path_;
  std::ofstream file_;
};

// Rows (left edge, right edge, elements) of 30 intervals of one width from the least to the
// greatest element; an element on an edge is of the interval on its right, the greatest of the
// last. Where all are the same the intervals have no width, and the last one has all elements.
// Without elements, and of those that are not finite: none are counted.
std::vector<double> HistogramOf(const Tensor& values);

// All events of a file. DataLoss for a damaged record or one that is no event.
absl::StatusOr<std::vector<Event>> ReadEventFile(const std::string& path);

}  // namespace dagrad::io::tensorboard

#endif  // DAGRAD_IO_TENSORBOARD_EVENT_FILE_H_
