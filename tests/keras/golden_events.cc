#include "dagrad/tests/keras/golden_events.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/tensorboard/event_file.h"
#include "dagrad/tests/keras/golden_case.h"

namespace dagrad::keras_parity {
namespace {

struct Series {
  std::vector<int64_t> steps;
  std::vector<double> values;  // of a histogram the rows
};

absl::StatusOr<std::map<std::string, Series>> ReadSeries(const std::string& folder) {
  std::map<std::string, Series> all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<io::tensorboard::Event> events,
                            io::tensorboard::ReadEventFile(entry.path()));
    for (const io::tensorboard::Event& event : events) {
      for (const auto& value : event.summary().value()) {
        Series& series = all[value.tag()];
        series.steps.push_back(event.step());
        const auto& numbers = value.tensor().float_val();
        series.values.insert(series.values.end(), numbers.begin(), numbers.end());
        const auto& rows = value.tensor().double_val();
        series.values.insert(series.values.end(), rows.begin(), rows.end());
      }
    }
  }
  return all;
}

}  // namespace

absl::Status CheckEvents(const std::string& folder, const Json& expected, double tolerance) {
  for (const auto& part : expected.as_object()) {
    DAGRAD_ASSIGN_OR_RETURN(const auto got,
                            ReadSeries(absl::StrCat(folder, "/", ViewOf(part.key()))));
    for (const auto& member : part.value().as_object()) {
      const std::string tag(ViewOf(member.key()));
      const auto found = got.find(tag);
      if (found == got.end()) return InvalidArgumentError(absl::StrCat("no events of ", tag));
      const Series& series = found->second;
      std::vector<int64_t> steps;
      if (!ReadJson(Member(member.value(), "steps"), &steps) || series.steps != steps)
        return InvalidArgumentError(absl::StrCat(tag, " is of other steps"));
      DAGRAD_RETURN_IF_ERROR(
          ExpectNumbers(tag,
                        Tensor::Of<double>({static_cast<int64_t>(series.values.size())},
                                           absl::MakeConstSpan(series.values)),
                        Member(member.value(), "values"), tolerance));
    }
    if (got.size() == part.value().as_object().size()) continue;
    return InvalidArgumentError(absl::StrCat(ViewOf(part.key()), " has ", got.size(), " tags"));
  }
  return absl::OkStatus();
}

}  // namespace dagrad::keras_parity
