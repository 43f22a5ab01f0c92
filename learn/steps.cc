// The kinds of steps of a pipeline.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/learn/pipeline.h"

namespace dagrad::learn {
namespace {

// How a kind of step makes its fitted part, and applies it.
struct EncoderKind {
  using Fitted = io::CsvEncoder;
  static constexpr const char* kName = "encoder";
  static absl::StatusOr<Tensor> Transform(const Fitted& encoder, const Features& x) {
    if (x.table() == nullptr) return InvalidArgumentError("an encoder takes a table, not a tensor");
    return encoder.Transform(x.table()->csv());
  }
};
template <typename T>
struct TensorKind {
  using Fitted = T;
  static absl::StatusOr<Tensor> Transform(const T& fitted, const Features& x) {
    DAGRAD_ASSIGN_OR_RETURN(const Tensor tensor, internal::TensorOf(x));
    return fitted.Transform(tensor);
  }
};
struct ImputerKind : TensorKind<Imputer> {
  static constexpr const char* kName = "imputer";
};
struct ScalerKind : TensorKind<Scaler> {
  static constexpr const char* kName = "scaler";
};

template <typename Kind>
class KindOfStep : public Step {
 public:
  using Fitted = typename Kind::Fitted;
  using Fitter = std::function<absl::StatusOr<Fitted>(const Features&)>;
  explicit KindOfStep(Fitter fit, std::optional<Fitted> fitted = {})
      : fit_(std::move(fit)), fitted_(std::move(fitted)) {}

  std::string kind() const override { return Kind::kName; }
  absl::StatusOr<StepPtr> Fit(const Features& x) const override {
    if (!fit_) return FailedPreconditionError(absl::StrCat("the ", kind(), " was loaded fitted"));
    DAGRAD_ASSIGN_OR_RETURN(Fitted fitted, fit_(x));
    return std::make_shared<KindOfStep>(fit_, std::move(fitted));
  }
  absl::StatusOr<Features> Transform(const Features& x) const override {
    DAGRAD_RETURN_IF_ERROR(CheckFitted());
    DAGRAD_ASSIGN_OR_RETURN(Tensor tensor, Kind::Transform(*fitted_, x));
    return Features(std::move(tensor));
  }
  absl::StatusOr<Json> ToJson() const override {
    DAGRAD_RETURN_IF_ERROR(CheckFitted());
    Json json = boost::json::object();
    json.get_object()[Kind::kName] = fitted_->ToJson();
    return json;
  }

 private:
  absl::Status CheckFitted() const {
    if (fitted_.has_value()) return absl::OkStatus();
    return FailedPreconditionError(absl::StrCat("the ", kind(), " is not fitted yet"));
  }
  Fitter fit_;  // none: was loaded
  std::optional<Fitted> fitted_;
};

template <typename Kind, typename Fit>
StepPtr StepOf(const Fit& fit) {
  return std::make_shared<KindOfStep<Kind>>(
      [fit](const Features& x) -> absl::StatusOr<typename Kind::Fitted> {
        DAGRAD_ASSIGN_OR_RETURN(const Tensor tensor, internal::TensorOf(x));
        return fit(tensor);
      });
}

// The step of that kind, if `json` is one.
template <typename Kind>
absl::StatusOr<StepPtr> Loaded(const Json& json) {
  const Json* fitted = Member(json, Kind::kName);
  if (fitted == nullptr) return StepPtr();
  DAGRAD_ASSIGN_OR_RETURN(auto value, Kind::Fitted::FromJson(*fitted));
  return std::make_shared<KindOfStep<Kind>>(nullptr, std::move(value));
}

}  // namespace

StepPtr EncoderStep(std::vector<io::CsvFeature> features) {
  return std::make_shared<KindOfStep<EncoderKind>>(
      [features = std::move(features)](const Features& x) -> absl::StatusOr<io::CsvEncoder> {
        if (x.table() == nullptr)
          return InvalidArgumentError("an encoder is fitted to a table, not to a tensor");
        return io::CsvEncoder::Fit(x.table()->csv(), features);
      });
}

StepPtr ImputerStep(const SimpleImputerOptions& options) {
  return StepOf<ImputerKind>([options](const Tensor& x) { return SimpleImputer(x, options); });
}

StepPtr StandardScalerStep(const StandardScalerOptions& options) {
  return StepOf<ScalerKind>([options](const Tensor& x) { return StandardScaler(x, options); });
}

StepPtr MinMaxScalerStep(const MinMaxScalerOptions& options) {
  return StepOf<ScalerKind>([options](const Tensor& x) { return MinMaxScaler(x, options); });
}

namespace internal {

absl::StatusOr<StepPtr> StepFromJson(const Json& json) {
  DAGRAD_RETURN_IF_ERROR(CheckKeys("a step", json, {{"encoder", "imputer", "scaler"}}));
  for (const auto load : {Loaded<EncoderKind>, Loaded<ImputerKind>, Loaded<ScalerKind>}) {
    DAGRAD_ASSIGN_OR_RETURN(StepPtr step, load(json));
    if (step != nullptr) return step;
  }
  return InvalidArgumentError("a step is an encoder, an imputer or a scaler");
}

absl::StatusOr<Tensor> TensorOf(const Features& x) {
  if (x.tensor() != nullptr) return *x.tensor();
  std::vector<io::CsvFeature> features;
  for (const std::string& name : x.table()->names())
    features.push_back({.column = name, .fill = io::CsvFill::kKeep});
  DAGRAD_ASSIGN_OR_RETURN(const auto encoder,
                          io::CsvEncoder::Fit(x.table()->csv(), std::move(features)));
  return encoder.Transform(x.table()->csv());
}

}  // namespace internal
}  // namespace dagrad::learn
