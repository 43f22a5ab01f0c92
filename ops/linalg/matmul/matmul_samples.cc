#include "dagrad/ops/linalg/matmul/matmul_internal.h"

namespace dagrad::ops::matmul_internal {
namespace {

AttrMap Transposes(bool a, bool b) { return {{"transpose_a", a}, {"transpose_b", b}}; }

void AddFloats(Samples* s) {
  const auto add = [s](const char* name, Dims a, Dims b, AttrMap attrs) {
    s->samples.push_back({name, {InputSample::Float(a), InputSample::Float(b)}, attrs});
  };
  add("plain", {3, 4}, {4, 5}, {});
  add("transpose_a", {4, 3}, {4, 5}, Transposes(true, false));
  add("transpose_b", {3, 4}, {5, 4}, Transposes(false, true));
  add("transpose_both", {4, 3}, {5, 4}, Transposes(true, true));
  add("row", {1, 7}, {7, 3}, {});
  add("column", {5, 7}, {7, 1}, {});
  add("batch", {2, 3, 4}, {2, 4, 5}, {});
  add("batch_transposed", {2, 4, 3}, {2, 5, 4}, Transposes(true, true));
  add("shared_rhs", {2, 2, 3, 4}, {4, 5}, {});
  add("shared_rhs_transposed", {2, 4, 3}, {5, 4}, Transposes(true, true));
  add("shared_lhs", {3, 4}, {2, 4, 5}, {});
  add("broadcast_both", {2, 1, 3, 4}, {1, 3, 4, 2}, {});
  add("broadcast_both_transposed", {3, 1, 4, 2}, {2, 3, 4}, Transposes(true, true));
  add("empty_rows", {0, 4}, {4, 5}, {});
  add("empty_inner", {3, 0}, {0, 5}, {});
  add("empty_batch", {0, 3, 4}, {4, 5}, {});
  add("several_tiles", {40, 33}, {33, 50}, {});
  add("copied_strips", {64, 3}, {3, 1024}, {});
  add("dots", {4, 40}, {30, 40}, Transposes(false, true));
  add("dots_with_a_column", {70, 40}, {40, 1}, {});
  add("by_columns", {2, 200}, {200, 300}, {});
  add("packed", {70, 130}, {130, 140}, {});
  add("packed_transposed", {16, 70}, {530, 16}, Transposes(true, true));
  add("packed_by_columns", {18, 100}, {150, 100}, Transposes(false, true));
  add("packed_shared_rhs", {2, 40, 30}, {110, 40}, Transposes(true, true));
}

void AddIntegers(Samples* s) {
  for (DType dtype : {DType::kInt32, DType::kInt64}) {
    s->samples.push_back(
        {dtype == DType::kInt32 ? "int32" : "int64",
         {InputSample::Of(dtype, {2, 3}, -9, 9), InputSample::Of(dtype, {4, 3}, -9, 9)},
         Transposes(false, true),
         false});
  }
  s->samples.push_back({"int32_wraps",
                        {InputSample::Given(Tensor::Of<int32_t>({1, 2}, {2147483647, 1})),
                         InputSample::Given(Tensor::Of<int32_t>({2, 1}, {2, 3}))},
                        {},
                        false,
                        0,
                        {Tensor::Of<int32_t>({1, 1}, {1})}});
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  AddFloats(&s);
  AddIntegers(&s);
  s.samples.push_back({"by_hand",
                       {InputSample::Given(Tensor::Of<double>({2, 3}, {1, 2, 3, 4, 5, 6})),
                        InputSample::Given(Tensor::Of<double>({3, 2}, {7, 8, 9, 10, 11, 12}))},
                       {},
                       true,
                       1e-5,
                       {Tensor::Of<double>({2, 2}, {58, 64, 139, 154})}});
  const DType f = DType::kFloat32;
  s.violations = {
      {"matmul_c1", {{f, {4}}, {f, {4, 5}}}, {}},
      {"matmul_c1", {{f, {3, 4}}, {f, {}}}, {}},
      {"matmul_c2", {{f, {"batch", 784}}, {f, {512, 10}}}, {}},
      {"matmul_c2", {{f, {3, 4}}, {f, {4, 5}}}, Transposes(true, false)},
      {"matmul_c3", {{f, {2, 3, 4}}, {f, {5, 4, 3}}}, {}},
  };
  return s;
}

}  // namespace dagrad::ops::matmul_internal
