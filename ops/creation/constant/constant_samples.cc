#include <limits>
#include <string>

#include "dagrad/graph/tensor.h"
#include "dagrad/ops/creation/constant/constant_internal.h"

namespace dagrad::ops::constant_internal {
namespace {

// A constant's value is its own expectation.
Sample ConstantSample(absl::string_view name, const Tensor& value) {
  Sample s;
  s.name = std::string(name);
  s.attrs = {{"value", value}};
  s.smooth = false;
  s.expected = {value};
  return s;
}

Sample FullSample(absl::string_view name, double value, const Tensor& expected) {
  Sample s;
  s.name = std::string(name);
  s.attrs = {{"dtype", expected.dtype()},
             {"shape", Shape(absl::MakeConstSpan(expected.dims()))},
             {"value", value}};
  s.smooth = false;
  s.expected = {expected};
  return s;
}

}  // namespace

Samples MakeConstantSamples() {
  Samples s;
  s.samples = {
      ConstantSample("float", Tensor::Of<double>({2, 3}, {1, -2, 3.5, 0.1, -0.0, 6})),
      ConstantSample("int32", Tensor::Of<int32_t>({2}, {1, -2147483647})),
      ConstantSample("int64", Tensor::Of<int64_t>({2}, {1, -9007199254740993})),
      ConstantSample("uint8", Tensor::Of<uint8_t>({2}, {0, 255})),
      ConstantSample("bool", Tensor::Of<bool>({2}, {true, false})),
      ConstantSample("scalar", Tensor::Scalar<double>(0.1)),
      ConstantSample("empty", Tensor::Of<double>({2, 0}, {})),
  };
  s.violations = {{"constant_c1", {}, {{"value", Tensor()}}}};
  return s;
}

Samples MakeFullSamples() {
  Samples s;
  s.samples = {
      FullSample("float", 0.1, Tensor::Of<double>({2, 2}, {0.1, 0.1, 0.1, 0.1})),
      FullSample("infinity", std::numeric_limits<double>::infinity(),
                 Tensor::Of<double>({1}, {std::numeric_limits<double>::infinity()})),
      FullSample("int32", -2147483648.0,
                 Tensor::Of<int32_t>({1}, {std::numeric_limits<int32_t>::min()})),
      FullSample("int64", 0x1p62, Tensor::Of<int64_t>({1}, {int64_t{1} << 62})),
      FullSample("uint8", 255, Tensor::Of<uint8_t>({3}, {255, 255, 255})),
      FullSample("bool", 1, Tensor::Of<bool>({2}, {true, true})),
      FullSample("scalar", -2.5, Tensor::Scalar<double>(-2.5)),
      FullSample("empty", 1, Tensor::Of<double>({0, 3}, {})),
  };
  auto violates = [&s](absl::string_view label, DType dtype, double value) {
    s.violations.push_back(
        {label, {}, {{"dtype", dtype}, {"shape", Shape({2})}, {"value", value}}});
  };
  violates("full_c1", DType::kInvalid, 0);
  violates("full_c2", DType::kInt32, 0.5);
  violates("full_c2", DType::kInt32, 2147483648.0);
  violates("full_c2", DType::kInt64, std::numeric_limits<double>::quiet_NaN());
  violates("full_c2", DType::kUInt8, -1);
  violates("full_c2", DType::kBool, 2);
  return s;
}

}  // namespace dagrad::ops::constant_internal
