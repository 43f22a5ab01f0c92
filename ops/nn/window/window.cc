#include "dagrad/ops/nn/window/window.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace dagrad::ops {
namespace {

constexpr int64_t kLargest = int64_t{1} << 31;

absl::Status Positive(const AttrMap& attrs, absl::string_view name, absl::string_view label,
                      std::vector<int64_t>* values) {
  if (attrs.Find(name) == nullptr) return absl::OkStatus();
  *values = attrs.Get<std::vector<int64_t>>(name);
  const auto good = [](int64_t v) { return v >= 1 && v <= kLargest; };
  if (values->size() == 2 && std::all_of(values->begin(), values->end(), good))
    return absl::OkStatus();
  return InferContext::Fail(
      absl::StrCat(label, "_c2"),
      absl::StrCat(name, " are two numbers from 1 to 2^31 (height, width), not {",
                   absl::StrJoin(*values, ", "), "}"));
}

absl::Status ReadPadding(const AttrMap& attrs, absl::string_view label, Window* window) {
  const std::string& name = attrs.Get<std::string>("padding");
  if (name == "valid") {
    window->padding = Window::Padding::kValid;
  } else if (name == "same") {
    window->padding = Window::Padding::kSame;
  } else if (name == "explicit" && attrs.Find("explicit_padding") != nullptr) {
    window->padding = Window::Padding::kExplicit;
  } else {
    return InferContext::Fail(absl::StrCat(label, "_c3"),
                              absl::StrCat("padding is \"valid\", \"same\" or, where the op has "
                                           "explicit_padding, \"explicit\"; not \"",
                                           name, "\""));
  }
  return absl::OkStatus();
}

absl::Status ReadExplicitPadding(const AttrMap& attrs, absl::string_view label, Window* window) {
  if (attrs.Find("explicit_padding") == nullptr) return absl::OkStatus();
  window->explicit_padding = attrs.Get<std::vector<int64_t>>("explicit_padding");
  const int64_t most = window->padding == Window::Padding::kExplicit ? kLargest : 0;
  const auto good = [most](int64_t v) { return v >= 0 && v <= most; };
  const std::vector<int64_t>& p = window->explicit_padding;
  if (p.size() == 4 && std::all_of(p.begin(), p.end(), good)) return absl::OkStatus();
  return InferContext::Fail(
      absl::StrCat(label, "_c4"),
      absl::StrCat(
          "explicit_padding is four numbers from 0 to 2^31 (top, bottom, left, right), all 0 "
          "unless padding is \"explicit\"; not {",
          absl::StrJoin(p, ", "), "}"));
}

Dim Extent(const Window& w, int axis, const Dim& size) {
  return (size - Dim(1)) * Dim(w.dilations[axis]) + Dim(1);
}

// Input and explicit padding.
Dim Padded(const Window& w, int axis, const Dim& input) {
  return input + Dim(w.explicit_padding[2 * axis]) + Dim(w.explicit_padding[2 * axis + 1]);
}

}  // namespace

absl::StatusOr<Window> ReadWindow(const AttrMap& attrs, absl::string_view label) {
  Window window;
  if (absl::Status s = Positive(attrs, "strides", label, &window.strides); !s.ok()) return s;
  if (absl::Status s = Positive(attrs, "dilations", label, &window.dilations); !s.ok()) return s;
  if (absl::Status s = ReadPadding(attrs, label, &window); !s.ok()) return s;
  if (absl::Status s = ReadExplicitPadding(attrs, label, &window); !s.ok()) return s;
  return window;
}

Dim WindowOutput(const Window& window, int axis, const Dim& input, const Dim& size) {
  const int64_t stride = window.strides[axis];
  if (window.padding == Window::Padding::kSame) return Dim::CeilDiv(input, stride);
  return Dim::FloorDiv(Padded(window, axis, input) - Extent(window, axis, size), stride) + Dim(1);
}

bool WindowFits(const Window& window, int axis, const Dim& input, const Dim& size) {
  if (size == Dim(0)) return false;
  if (window.padding == Window::Padding::kSame) return true;
  const Dim extent = Extent(window, axis, size), padded = Padded(window, axis, input);
  return !extent.is_known() || !padded.is_known() || extent.value() <= padded.value();
}

int64_t WindowPadBegin(const Window& window, int axis, int64_t input, int64_t size,
                       int64_t output) {
  if (window.padding != Window::Padding::kSame) return window.explicit_padding[2 * axis];
  const int64_t extent = (size - 1) * window.dilations[axis] + 1;
  return std::max<int64_t>((output - 1) * window.strides[axis] + extent - input, 0) / 2;
}

}  // namespace dagrad::ops
