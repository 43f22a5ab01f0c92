#ifndef DAGRAD_KERAS_MODELS_TEST_DATA_H_
#define DAGRAD_KERAS_MODELS_TEST_DATA_H_

#include <cstdint>
#include <vector>

#include "dagrad/graph/tensor.h"
#include "dagrad/keras/models/model.h"
#include "gtest/gtest.h"

// What tests of models have in common.
namespace dagrad::keras {

// Float32 from -0.5 on in steps of 0.25, from the start again after `period` elements.
inline Tensor Numbers(const Dims& dims, int64_t period) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int64_t i = 0;
  for (float& v : t.mutable_data<float>()) v = static_cast<float>(i++ % period) * 0.25f - 0.5f;
  return t;
}

inline void ExpectSame(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(SameBits(a[i], b[i])) << i;
}

inline void ExpectSameWeights(const Model& a, const Model& b) {
  ExpectSame(*a.GetWeights(), *b.GetWeights());
}

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_MODELS_TEST_DATA_H_
