#include "dagrad/tests/keras/golden_case.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/tests/keras/pattern.h"

namespace dagrad::keras_parity {
namespace {

constexpr const char* kFolder = "tests/keras/golden/";  // from where tests and `bazel run` begin

absl::StatusOr<Json> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.good() && !in.eof()) return InvalidArgumentError(absl::StrCat("cannot read ", path));
  absl::StatusOr<Json> json = ParseJson(text);
  if (!json.ok()) return Prefixed(path, json.status());
  return json;
}

absl::StatusOr<GoldenClass> ReadClass(const std::filesystem::path& path) {
  DAGRAD_ASSIGN_OR_RETURN(const Json json, ReadFile(path.string()));
  GoldenClass golden{.name = path.stem().string()};
  const Json* const cases = Member(json, "cases");
  if (cases == nullptr || !cases->is_array() || cases->get_array().empty())
    return InvalidArgumentError(absl::StrCat(path.string(), " has no cases"));
  for (const Json& one : cases->get_array()) {
    if (Member(one, "expected") == nullptr) {
      return InvalidArgumentError(absl::StrCat(path.string(), ": ", NameOfCase(one),
                                               " has no expected values: make_golden.py"));
    }
    golden.cases.push_back(one);
  }
  return golden;
}

double NumberOr(const Json* json, double value) {
  if (json != nullptr) NumberFromJson(*json, &value);
  return value;
}

absl::StatusOr<std::vector<double>> Numbers(const Json& json) {
  if (!json.is_array()) return InvalidArgumentError("no list of numbers");
  std::vector<double> numbers;
  for (const Json& item : json.get_array()) {
    if (!NumberFromJson(item, &numbers.emplace_back()))
      return InvalidArgumentError(absl::StrCat("no number: ", JsonText(item)));
  }
  return numbers;
}

}  // namespace

absl::StatusOr<Json> ReadKerasNames() {
  return ReadFile(absl::StrCat(kFolder, "keras_names.json"));
}

absl::StatusOr<std::vector<GoldenClass>> ReadGoldenClasses(const std::string& kind) {
  std::vector<GoldenClass> classes;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder + kind, error)) {
    DAGRAD_ASSIGN_OR_RETURN(GoldenClass golden, ReadClass(entry.path()));
    classes.push_back(std::move(golden));
  }
  std::sort(classes.begin(), classes.end(),
            [](const GoldenClass& a, const GoldenClass& b) { return a.name < b.name; });
  return classes;
}

absl::StatusOr<std::vector<std::string>> ReadKerasClasses(const std::string& kind) {
  DAGRAD_ASSIGN_OR_RETURN(const Json json, ReadFile(absl::StrCat(kFolder, "keras_classes.json")));
  std::vector<std::string> names;
  if (!ReadJson(Member(json, kind), &names))
    return InvalidArgumentError(absl::StrCat("keras_classes.json has no list of ", kind));
  return names;
}

absl::StatusOr<Tensor> TensorOfCase(const Json& json, double shift) {
  std::vector<int64_t> shape;
  if (json.is_array()) {
    if (!ReadJson(&json, &shape)) return InvalidArgumentError("no shape");
    return Pattern(Dims(shape.begin(), shape.end()), 1, 0.7, shift);
  }
  if (!ReadJson(Member(json, "shape"), &shape)) return InvalidArgumentError("no shape");
  const Dims dims(shape.begin(), shape.end());
  Tensor t = Pattern(dims, NumberOr(Member(json, "scale"), 1), NumberOr(Member(json, "step"), 0.7),
                     NumberOr(Member(json, "shift"), shift));
  std::string dtype = "float32";
  ReadJson(Member(json, "dtype"), &dtype);
  if (const Json* const values = Member(json, "values")) {
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<double> numbers, Numbers(*values));
    if (static_cast<int64_t>(numbers.size()) != t.num_elements())
      return InvalidArgumentError("not as many values as the shape says");
    t = Tensor::Of<double>(dims, absl::MakeConstSpan(numbers));
  }
  DAGRAD_ASSIGN_OR_RETURN(const DType to, ParseDType(dtype));
  return t.Cast(to);
}

std::string NameOfCase(const Json& json) {
  std::string name;
  if (ReadJson(Member(json, "name"), &name)) return name;
  const Json* const config = Member(json, "config");
  return config == nullptr ? "the defaults" : JsonText(*config);
}

absl::Status ExpectNumbers(absl::string_view what, const Tensor& got, const Json* expected,
                           double tolerance) {
  if (expected == nullptr) return InvalidArgumentError(absl::StrCat(what, ": none is expected"));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<double> numbers, Numbers(*expected));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor wide, got.Cast(DType::kFloat64));
  if (wide.num_elements() != static_cast<int64_t>(numbers.size())) {
    return InvalidArgumentError(
        absl::StrCat(what, " has ", wide.num_elements(), " numbers, not ", numbers.size()));
  }
  for (size_t i = 0; i < numbers.size(); ++i) {
    const double value = wide.data<double>()[i], wanted = numbers[i];
    const bool good = std::isfinite(wanted)
                          ? std::abs(value - wanted) <= tolerance * std::max(1.0, std::abs(wanted))
                          : (std::isnan(wanted) ? std::isnan(value) : value == wanted);
    if (good) continue;
    return InvalidArgumentError(
        absl::StrCat(what, ": element ", i, " is ", value, ", not ", wanted));
  }
  return absl::OkStatus();
}

}  // namespace dagrad::keras_parity
