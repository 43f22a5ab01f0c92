#ifndef DAGRAD_KERAS_LOSSES_LOSS_H_
#define DAGRAD_KERAS_LOSSES_LOSS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/config/object_class.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/json_fwd.h"

namespace dagrad::keras {

// What the targets of an output look like.
enum class TargetKind {
  kDense,     // as the output: [batch, …, n]
  kSparse,    // class numbers: int64 [batch, …], the output's shape without its last axis
  kSequence,  // labels of a sequence, 0 where it has ended: int64 [batch, labels]
};

// What a class of losses implements; losses.h has Keras's. A loss of your own derives from
// Configured<…, LossImpl, …> (config/configured.h), is wrapped in a Loss, and is given to
// Model::Load as CustomObjects::losses. Immutable; thread-safe.
class LossImpl : public ConfiguredObject {
 public:
  using Kind = LossImpl;

  virtual TargetKind target_kind() const { return TargetKind::kDense; }
  // The loss of each example as nodes: the shape of `prediction`, [batch, …, n], without its last
  // axis. `target` is as target_kind() says. What is minimised is the mean over all examples and
  // inner positions, each times its sample weight. Errors go to the builder (GraphBuilder::Fail).
  virtual Value PerExample(Value target, Value prediction) const = 0;
  // Which of `losses`, those that PerExample gave, count: bool, of their shape. Value(): all. The
  // mean is over those that count.
  virtual Value Valid(Value /*target*/, Value /*losses*/) const { return Value(); }
};
using LossPtr = std::shared_ptr<const LossImpl>;
using LossClass = ObjectClass<LossImpl>;

// The options of Keras's losses, for Loss("huber", {.delta = 2}).
struct LossOptions {
  bool from_logits = false;
  double label_smoothing = 0;
  double delta = 1;
};

// A loss as Compile takes it: Keras's name, long or short ("mse"), with the defaults or with
// options; or made by the functions of losses.h.
class Loss {
 public:
  Loss(const char* name,  // NOLINT(google-explicit-constructor): .loss = "mse"
       const LossOptions& options = {});
  Loss(const std::string& name,  // NOLINT(google-explicit-constructor)
       const LossOptions& options = {});
  Loss(LossPtr impl);           // NOLINT(google-explicit-constructor)
  Loss(const Loss&) = default;  // moves copy
  Loss& operator=(const Loss&) = default;

  // Keras's long name, or as given if it is unknown.
  const std::string& name() const { return name_; }
  // InvalidArgument for an unknown name, a null impl, an option that this loss does not have, or
  // one out of range.
  absl::Status Validate() const;
  TargetKind target_kind() const;
  // Losses whose mean over all is what is minimised, without sample weights. Those that LossImpl
  // counts are taken times N / n, those that it does not 0, with n of N counted. `mask` (bool, of
  // the first axes of the losses; Value(): none) leaves out others: with l of LossImpl and
  // c = valid and mask,
  //   loss[i] = l[i] c[i] N / Σ c,   0 where Σ c is 0
  // as Keras's Loss.__call__ has it. What is not valid is the builder's error.
  Value PerExample(Value target, Value prediction, Value mask = Value()) const;
  // Null where the name is unknown.
  const LossPtr& impl() const { return impl_; }

  // {"name": "huber", "delta": 1.0}
  Json ToJson() const;
  // `custom`: the classes of the program's own. A key that the loss does not have is an error.
  static absl::StatusOr<Loss> FromJson(const Json& json, absl::Span<const LossClass> custom = {});

 private:
  std::string name_;
  LossPtr impl_;
  absl::Status status_;
};

// Keras's long names, sorted.
std::vector<std::string> LossNames();
// The short ones: "bce", …
std::vector<std::string> LossAliases();
// What files and names find.
const std::vector<LossClass>& LossClasses();

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LOSSES_LOSS_H_
