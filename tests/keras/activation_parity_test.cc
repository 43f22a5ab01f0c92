// Every activation gives the results of Keras 3's of that name, and passes on gradients as it does:
// activation_golden.h, made by make_activation_golden.py, which says what inputs and weights are.

#include <string>
#include <vector>

#include "dagrad/keras/keras.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/tests/keras/activation_golden.h"
#include "dagrad/tests/keras/parity.h"
#include "dagrad/tests/keras/pattern.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using keras_parity::ActivationGolden;
using keras_parity::kActivationGolden;
using keras_parity::Pattern;

TEST(ActivationParityTest, EveryActivation) {
  for (const ActivationGolden& golden : kActivationGolden) {
    SCOPED_TRACE(golden.name);
    const KerasTensor x = Input({6});
    keras_parity::ExpectParity(Model(x, Activation(golden.name)(Dense(6)(x))),
                               Pattern({2, 6}, 3, 0.7, 0), golden.result, golden.trained);
  }
}

TEST(ActivationParityTest, EveryNameIsHere) {
  std::vector<std::string> names;
  for (const ActivationGolden& golden : kActivationGolden) names.push_back(golden.name);
  EXPECT_EQ(ActivationNames(), names);
}

}  // namespace
}  // namespace dagrad::keras
