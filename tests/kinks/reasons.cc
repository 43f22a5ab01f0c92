#include "dagrad/tests/kinks/reasons.h"

#include "absl/strings/match.h"

namespace dagrad::tests {
namespace {

constexpr Explanation kExplanations[] = {
    {"NaN",
     "the derivative is computed from x, and NaN gives NaN (rule 3); PyTorch's formula compares x "
     "and takes the side to which a comparison with NaN falls"},
    {"below",
     "at the kink the first derivative is the one from below, αeˣ, by PyTorch too; so is the "
     "second "
     "one, that of the same formula"},
    {"limit", "the limit, which is finite; PyTorch multiplies ∞ by 0 or overflows"},
    {"right", "the limit from the right, where alone the function is real, at 0 of either sign"},
    {"divisor",
     "a divisor of 0 or an infinite one: y itself is NaN or has no derivative by b there, and (y - "
     "a)/b is what the formula gives"},
    {"base",
     "the exponent's derivative is stated to be 0 where the base is 0 or negative, where powers "
     "are "
     "real at single exponents only or infinite: a negative base with a trained exponent keeps "
     "other elements' training from NaN. What is differentiated once more is that 0"},
    {"1/a",
     "the derivative by b of b·a^(b-1), which is a^(b-1)·(1 + b·ln a), with the exponent's "
     "derivative as stated: 1/a at b = 0; PyTorch has the derivative of the 0 that it selects "
     "there. 0 "
     "where 1/a is not finite"},
    {"zero base",
     "b(b-1)·a^(b-2) at b = 0 is 0, however a is; PyTorch multiplies that 0 by what is not finite"},
    {"0·∞",
     "a sum in which an infinite number meets a coefficient that is 0, as IEEE 754 evaluates it "
     "(rule 4); PyTorch leaves that term out, or splits it otherwise"},
    {"selected",
     "relu passes the cotangent of a NaN on (rule 3), in the second derivative as in the first; "
     "PyTorch's second derivative multiplies by NaN"},
    {"first",
     "of several NaN in a window the first one is the maximum, as of several equal numbers; "
     "PyTorch has the last NaN, but the first of equal numbers"},
    {"norm", "there is no op for a norm: the chain rule through the square root (rule 4)"},
};

constexpr Reason kReasons[] = {
    {"NaN", "Abs", "", ""},
    {"right", "Rsqrt", "", ""},
    {"NaN", "Elu", "", "NaN"},
    {"below", "Elu", "∂²/∂x∂x", ""},
    {"NaN", "Selu", "", "NaN"},
    {"below", "Selu", "∂²/∂x∂x", ""},
    {"limit", "Gelu", "∂/∂x", ""},
    {"limit", "Softsign", "", ""},
    {"limit", "Asinh", "∂²/∂x∂x", ""},
    {"limit", "Acosh", "∂²/∂x∂x", ""},
    {"limit", "Mish", "∂²/∂x∂x", ""},
    {"NaN", "HardSilu", "", ""},
    {"divisor", "FloorMod", "∂/∂b", ""},
    {"0·∞", "Pow", "", "NaN"},
    {"base", "Pow", "∂/∂b", ""},
    {"base", "Pow", "∂²/∂b∂a", ""},
    {"base", "Pow", "∂²/∂b∂b", ""},
    {"zero base", "Pow", "∂²/∂a∂a", ""},
    {"1/a", "Pow", "∂²/∂a∂b", ""},
    {"0·∞", "LayerNorm", "", "NaN"},
    {"0·∞", "BatchNorm", "", "NaN"},
    {"0·∞", "Attention", "∂²/∂x2∂x2", "NaN"},
    {"0·∞", "MaskedAttention", "∂²/∂x2∂x2", "NaN"},
    {"0·∞", "Lstm", "", "NaN"},
    {"0·∞", "Gru", "", "NaN"},
    {"selected", "FusedConv2D", "", ""},
    {"first", "MaxPool2D", "∂/∂x", ""},
    {"norm", "Norm", "∂/∂x", "NaN"},
};

}  // namespace

absl::Span<const Explanation> AllExplanations() { return kExplanations; }
absl::Span<const Reason> AllReasons() { return kReasons; }

const Reason* FindReason(absl::string_view name, absl::string_view derivative,
                         absl::string_view value) {
  for (const Reason& r : kReasons) {
    if (absl::StartsWith(name, r.name) && (r.derivative.empty() || r.derivative == derivative) &&
        (r.value.empty() || r.value == value))
      return &r;
  }
  return nullptr;
}

}  // namespace dagrad::tests
