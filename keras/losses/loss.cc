#include "dagrad/keras/losses/loss.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/keras/losses/registry.h"
#include "dagrad/ops/elementwise/logical/logical.h"

namespace dagrad::keras {
namespace {

using losses_internal::Losses;

// Those of `options` that are not at their defaults.
boost::json::object Given(const LossOptions& options) {
  const LossOptions defaults;
  boost::json::object given;
  if (options.from_logits != defaults.from_logits) given["from_logits"] = options.from_logits;
  if (options.label_smoothing != defaults.label_smoothing)
    given["label_smoothing"] = NumberToJson(options.label_smoothing);
  if (options.delta != defaults.delta) given["delta"] = NumberToJson(options.delta);
  return given;
}

bool HasOption(const LossClass& c, absl::string_view key) {
  const absl::StatusOr<LossPtr> plain = c.make(boost::json::object());
  return plain.ok() && Member((*plain)->Config(), key) != nullptr;
}

// Whether `loss` has all options of `given`; the error names the losses that have it.
absl::Status CheckHas(const LossClass& loss, const boost::json::object& given) {
  for (const auto& member : given) {
    const absl::string_view key = ViewOf(member.key());
    if (HasOption(loss, key)) continue;
    std::vector<std::string> having;
    for (const LossClass& c : LossClasses()) {
      if (HasOption(c, key)) having.push_back(c.name);
    }
    return InvalidArgumentError(absl::StrCat("loss ", loss.name, " has no option \"", key,
                                             "\"; it is one of ", absl::StrJoin(having, ", ")));
  }
  return absl::OkStatus();
}

// Earlier versions gave every loss all of these: one that a loss does not have did nothing.
void DropOptionsOfBefore(const LossClass& loss, boost::json::object* json) {
  for (const char* key : {"from_logits", "label_smoothing", "delta"}) {
    if (!HasOption(loss, key)) json->erase(key);
  }
}

}  // namespace

Loss::Loss(const char* name, const LossOptions& options)
    : Loss(std::string(name == nullptr ? "" : name), options) {}

Loss::Loss(const std::string& name, const LossOptions& options) : name_(name) {
  const LossClass* const found = Losses().Find(name);
  if (found == nullptr) {
    status_ = Losses().Unknown(name);
    return;
  }
  name_ = found->name;
  const boost::json::object given = Given(options);
  status_ = CheckHas(*found, given);
  if (!status_.ok()) return;
  absl::StatusOr<LossPtr> made = found->make(given);
  if (made.ok()) impl_ = *std::move(made);
  status_ = made.status();
}

Loss::Loss(LossPtr impl) : impl_(std::move(impl)) {
  if (impl_ == nullptr) {
    status_ = InvalidArgumentError("the loss is null");
  } else {
    name_ = std::string(impl_->class_name());
  }
}

absl::Status Loss::Validate() const {
  return status_.ok() ? Prefixed(absl::StrCat("loss ", name_), impl_->Validate()) : status_;
}

TargetKind Loss::target_kind() const {
  return impl_ == nullptr ? TargetKind::kDense : impl_->target_kind();
}

Value Loss::PerExample(Value target, Value prediction, Value mask) const {
  if (prediction.builder() == nullptr) return Value();
  if (absl::Status s = Validate(); !s.ok()) return prediction.builder()->Fail(s);
  const Value losses = impl_->PerExample(target, prediction);
  if (!losses.valid()) return losses;
  if (mask.valid() && mask.rank() > losses.rank()) {
    return prediction.builder()->Fail(InvalidArgumentError(absl::StrCat(
        "loss ", name_, " gives ", losses.type().ToString(), ", which a mask ",
        mask.type().ToString(), " does not fit: a layer may drop it by IgnoreMask()")));
  }
  const Value valid = impl_->Valid(target, losses);
  if (!valid.valid()) return mask.valid() ? losses_internal::MeanOverValid(losses, mask) : losses;
  if (!mask.valid()) return losses_internal::MeanOverValid(losses, valid);
  return losses_internal::MeanOverValid(losses,
                                        LogicalAnd(valid, losses_internal::AlignedTo(mask, valid)));
}

Json Loss::ToJson() const {
  if (impl_ == nullptr) return {{"name", name_}};
  return Registry<LossImpl>::ToJson(*impl_);
}

absl::StatusOr<Loss> Loss::FromJson(const Json& json, absl::Span<const LossClass> custom) {
  Json known = json;
  std::string name;
  if (ReadJson(Member(json, "name"), &name)) {
    const LossClass* const found = Losses().Find(name);
    if (found != nullptr) DropOptionsOfBefore(*found, &known.get_object());
  }
  absl::StatusOr<LossPtr> made = Losses().FromJson(known, custom);
  if (!made.ok()) return made.status();
  return Loss(*std::move(made));
}

}  // namespace dagrad::keras
