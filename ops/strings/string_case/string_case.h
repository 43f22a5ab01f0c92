#ifndef DAGRAD_OPS_STRINGS_STRING_CASE_STRING_CASE_H_
#define DAGRAD_OPS_STRINGS_STRING_CASE_STRING_CASE_H_

#include <string>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// x, strings of any shape, with every letter in lower or upper case: one code point for one, the
// same in every locale, bytes that are no UTF-8 as they are. Not differentiable.
Value StringLower(Operand x);
Value StringUpper(Operand x);

// Whether each of the strings x is one of `values`: bools of x's shape. Without `case_sensitive`,
// both are compared in lower case, as StringLower gives it. Not differentiable.
Value StringIsIn(Operand x, std::vector<std::string> values, bool case_sensitive = true);

namespace ops {
const OpDef& StringCaseOp();  // "StringCase": attribute to, "lower" or "upper"
const OpDef& StringIsInOp();  // "StringIsIn": attributes values (strings), case_sensitive (bool)
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_STRINGS_STRING_CASE_STRING_CASE_H_
