#ifndef DAGRAD_BENCHMARKS_ORDER_H_
#define DAGRAD_BENCHMARKS_ORDER_H_

#include <iostream>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/json.h"

namespace dagrad::benchmarks {

// What an order says under `key`; a T is read by ReadJson.
template <typename T>
absl::StatusOr<T> Ordered(const Json& order, absl::string_view key) {
  T value;
  if (ReadJson(Member(order, key), &value)) return value;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", key, "\" is missing or bad in the order ", JsonText(order)));
}

// One line of the protocol.
inline void WriteLine(const Json& json) { std::cout << JsonText(json) << std::endl; }

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_ORDER_H_
