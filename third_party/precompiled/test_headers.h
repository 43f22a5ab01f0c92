#ifndef DAGRAD_THIRD_PARTY_PRECOMPILED_TEST_HEADERS_H_
#define DAGRAD_THIRD_PARTY_PRECOMPILED_TEST_HEADERS_H_

// The same for tests.
#include <random>
#include <sstream>

#include "absl/strings/str_format.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/tensor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "third_party/precompiled/once/library_headers.h"

#endif  // DAGRAD_THIRD_PARTY_PRECOMPILED_TEST_HEADERS_H_
