#include "dagrad/io/tensorboard/event_file.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "dagrad/io/tensorboard/record.h"

namespace dagrad::io::tensorboard {
namespace {

constexpr int64_t kIntervals = 30;
constexpr int64_t kColumns = 3;
constexpr size_t kLargestFile = size_t{1} << 30;  // that ReadEventFile takes

double Now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

std::string NewName() {
  static std::atomic<int> number = 0;
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host = {'l', 'o', 'c', 'a', 'l'};
  return absl::StrFormat("events.out.tfevents.%010d.%s.%d.%d.v2", static_cast<int64_t>(Now()),
                         host.data(), getpid(), number++);
}

Event NewEvent(int64_t step) {
  Event event;
  event.set_wall_time(Now());
  event.set_step(step);
  return event;
}

Summary::Value* AddValue(Event* event, absl::string_view tag, const char* plugin, DataClass kind) {
  Summary::Value* const value = event->mutable_summary()->add_value();
  value->set_tag(std::string(tag));
  value->mutable_metadata()->mutable_plugin_data()->set_plugin_name(plugin);
  value->mutable_metadata()->set_data_class(kind);
  return value;
}

std::vector<double> FiniteElements(const Tensor& values) {
  std::vector<double> elements;
  DispatchDType(values.dtype(), [&](auto zero) {
    for (const auto v : values.data<decltype(zero)>()) {
      const auto element = static_cast<double>(v);
      if (std::isfinite(element)) elements.push_back(element);
    }
  });
  return elements;
}

}  // namespace

absl::StatusOr<EventFile> EventFile::Create(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return UnavailableError(
        absl::StrCat("cannot make the directory ", directory, ": ", error.message()));
  }
  const std::string path = absl::StrCat(directory, "/", NewName());
  EventFile made(path, std::ofstream(path, std::ios::binary | std::ios::trunc));
  Event version = NewEvent(0);
  version.set_file_version("brain.Event:2");
  DAGRAD_RETURN_IF_ERROR(made.Add(version));
  return made;
}

absl::Status EventFile::AddScalar(absl::string_view tag, int64_t step, double value) {
  Event event = NewEvent(step);
  TensorProto* const tensor = AddValue(&event, tag, "scalars", DATA_CLASS_SCALAR)->mutable_tensor();
  tensor->set_dtype(DT_FLOAT);
  tensor->mutable_tensor_shape();
  tensor->add_float_val(static_cast<float>(value));
  return Add(event);
}

absl::Status EventFile::AddHistogram(absl::string_view tag, int64_t step, const Tensor& values) {
  const std::vector<double> rows = HistogramOf(values);
  Event event = NewEvent(step);
  TensorProto* const tensor =
      AddValue(&event, tag, "histograms", DATA_CLASS_TENSOR)->mutable_tensor();
  tensor->set_dtype(DT_DOUBLE);
  tensor->mutable_tensor_shape()->add_dim()->set_size(static_cast<int64_t>(rows.size()) / kColumns);
  tensor->mutable_tensor_shape()->add_dim()->set_size(kColumns);
  tensor->mutable_double_val()->Add(rows.begin(), rows.end());
  return Add(event);
}

absl::Status EventFile::Add(const Event& event) {
  const std::string record = RecordOf(event.SerializeAsString());
  file_.write(record.data(), static_cast<std::streamsize>(record.size()));
  if (file_.good()) return absl::OkStatus();
  return UnavailableError(absl::StrCat("cannot write ", path_));
}

absl::Status EventFile::Flush() {
  file_.flush();
  if (file_.good()) return absl::OkStatus();
  return UnavailableError(absl::StrCat("cannot write ", path_));
}

std::vector<double> HistogramOf(const Tensor& values) {
  const std::vector<double> elements = FiniteElements(values);
  if (elements.empty()) return {};
  const auto [least, greatest] = std::minmax_element(elements.begin(), elements.end());
  const double low = *least, high = *greatest;
  // Halves, as the difference of two finite numbers need not be one.
  const double width = (high / 2 - low / 2) / kIntervals * 2;
  std::vector<double> rows(kIntervals * kColumns, 0);
  for (int64_t i = 0; i < kIntervals; ++i) {
    rows[i * kColumns] = low + static_cast<double>(i) * width;
    rows[i * kColumns + 1] = i + 1 == kIntervals ? high : low + static_cast<double>(i + 1) * width;
  }
  for (const double v : elements) {
    const double place = width > 0 ? std::floor((v / 2 - low / 2) / width * 2) : kIntervals;
    const auto i = static_cast<int64_t>(std::min(place, static_cast<double>(kIntervals - 1)));
    ++rows[i * kColumns + 2];
  }
  return rows;
}

absl::StatusOr<std::vector<Event>> ReadEventFile(const std::string& path) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kLargestFile));
  absl::string_view rest = bytes;
  std::vector<Event> events;
  while (!rest.empty()) {
    absl::StatusOr<absl::string_view> data = TakeRecord(&rest);
    if (!data.ok()) return Prefixed(path, data.status());
    if (!events.emplace_back().ParseFromArray(data->data(), static_cast<int>(data->size())))
      return DataLossError(absl::StrCat(path, ": record ", events.size() - 1, " is no event"));
  }
  return events;
}

}  // namespace dagrad::io::tensorboard
