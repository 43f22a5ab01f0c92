#include "dagrad/tests/fuzz/json_mutator.h"

#include <cmath>
#include <cstring>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/tests/fuzz/fuzzer.h"
#include "dagrad/tests/hostile/hostile_values.h"
#include "nlohmann/json.hpp"

namespace dagrad::tests {
namespace {

using nlohmann::json;

std::vector<json*> AllValues(json* root) {
  std::vector<json*> all = {root};
  for (size_t i = 0; i < all.size(); ++i) {
    if (!all[i]->is_structured()) continue;
    for (json& child : *all[i]) all.push_back(&child);
  }
  return all;
}

void EraseOne(json* value, Rng* rng) {
  if (!value->is_structured() || value->empty()) return;
  auto it = value->begin();
  std::advance(it, Below(value->size(), rng));
  value->erase(it);
}

void Rename(json* value, Rng* rng) {
  if (!value->is_object() || value->empty()) return;
  auto it = value->begin();
  std::advance(it, Below(value->size(), rng));
  const json child = *it;
  value->erase(it);
  (*value)[OneIn(2, rng) ? "axis" : "label_smoothing"] = child;
}

json HostileJson(Rng* rng) {
  switch (Below(7, rng)) {
    case 0:
      return nullptr;
    case 1:
      return HostileInt(rng);
    case 2: {
      const double d = HostileDouble(rng);
      return std::isfinite(d) ? json(d) : json(absl::StrCat(d));  // "inf", as keras/ writes it
    }
    case 3:
      return HostileText(rng);
    case 4:
      return json::array();
    case 5:
      return json::object();
    default:
      return OneIn(2, rng);
  }
}

void Change(json* root, Rng* rng) {
  const std::vector<json*> all = AllValues(root);
  json* value = Pick(all, rng);
  switch (Below(6, rng)) {
    case 0:
      return EraseOne(value, rng);
    case 1:
      return Rename(value, rng);
    case 2: {
      const json copy = *Pick(all, rng);
      *value = copy;
      return;
    }
    case 3:
      if (value->is_array() && !value->empty()) {
        const json copy = (*value)[Below(value->size(), rng)];
        value->push_back(copy);
      }
      return;
    case 4:
      if (value->is_number()) *value = value->get<double>() + 1;
      return;
    default:
      *value = HostileJson(rng);
  }
}

}  // namespace

size_t MutateJsonBehindByte(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  Rng rng(seed);
  if (size < 2 || OneIn(10, &rng)) return LLVMFuzzerMutate(data, size, max_size);
  json document = json::parse(data + 1, data + size, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return LLVMFuzzerMutate(data, size, max_size);
  const uint64_t changes = 1 + Below(3, &rng);
  for (uint64_t i = 0; i < changes; ++i) Change(&document, &rng);
  const std::string text = document.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() + 1 > max_size) return size;
  std::memcpy(data + 1, text.data(), text.size());
  return text.size() + 1;
}

}  // namespace dagrad::tests
