#ifndef DAGRAD_TESTS_OP_TEST_H_
#define DAGRAD_TESTS_OP_TEST_H_

#include <string>

#include "dagrad/ops/table.h"
#include "dagrad/tests/op_cases.h"
#include "gtest/gtest.h"

namespace dagrad::tests {

// One instance per op of the table: a suite is its TEST_Ps and DAGRAD_FOR_ALL_OPS.
class OpTest : public testing::TestWithParam<const OpDef*> {
 protected:
  const OpDef& op() const { return *GetParam(); }
};

#define DAGRAD_FOR_ALL_OPS                                                           \
  INSTANTIATE_TEST_SUITE_P(                                                          \
      AllOps, OpTest,                                                                \
      testing::ValuesIn(dagrad::ops::AllOps().begin(), dagrad::ops::AllOps().end()), \
      [](const testing::TestParamInfo<const OpDef*>& i) { return std::string(i.param->name); })

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_OP_TEST_H_
