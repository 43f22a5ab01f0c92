#ifndef DAGRAD_CONFIG_CONFIGURED_H_
#define DAGRAD_CONFIG_CONFIGURED_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/config/fields.h"
#include "dagrad/config/object_class.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad {

struct NoOptions {};

// The base of a class T of objects, between T and `Base`, which is a ConfiguredObject that says by
// `using Kind = …` whose registry T belongs to:
//
//   struct PinballOptions { double quantile = 0.5; };
//   class Pinball : public Configured<Pinball, keras::LossImpl, PinballOptions> {
//    public:
//     using Configured::Configured;
//     static constexpr const char* kName = "pinball";
//     template <typename O, typename V>
//     static void Fields(O& o, V& visit) { visit("quantile", o.quantile); }
//     Value PerExample(Value y, Value p) const override { … options().quantile … }
//   };
//
// Names of it beside kName stand in `static constexpr const char* kAliases[]`.
template <typename T, typename Base, typename Options = NoOptions>
class Configured : public Base {
 public:
  using Kind = typename Base::Kind;

  explicit Configured(Options options = {}) : options_(std::move(options)) {}

  absl::string_view class_name() const override { return T::kName; }
  Json Config() const override {
    FieldWriter writer;
    T::Fields(options_, writer);
    return writer.Take();
  }

  static ObjectClass<Kind> Class() {
    std::vector<std::string> aliases;
    if constexpr (requires { T::kAliases; }) {
      for (const char* alias : T::kAliases) aliases.emplace_back(alias);
    }
    return {T::kName, std::move(aliases), Make};
  }

  // Of a class without options.
  template <typename O, typename V>
  static void Fields(O&, V&) {}

 protected:
  const Options& options() const { return options_; }

 private:
  static absl::StatusOr<std::shared_ptr<const Kind>> Make(const Json& json) {
    Options options;
    FieldReader reader(json, {"name"});
    T::Fields(options, reader);
    DAGRAD_RETURN_IF_ERROR(reader.Finish(T::kName));
    return std::make_shared<const T>(std::move(options));
  }

  Options options_;
};

}  // namespace dagrad

#endif  // DAGRAD_CONFIG_CONFIGURED_H_
