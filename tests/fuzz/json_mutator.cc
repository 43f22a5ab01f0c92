#include "dagrad/tests/fuzz/json_mutator.h"

#include <cstring>
#include <iterator>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/json.h"
#include "dagrad/tests/fuzz/fuzzer.h"
#include "dagrad/tests/hostile/hostile_values.h"

namespace dagrad::tests {
namespace {

std::vector<Json*> AllValues(Json* root) {
  std::vector<Json*> all = {root};
  for (size_t i = 0; i < all.size(); ++i) {
    if (boost::json::array* const list = all[i]->if_array()) {
      for (Json& item : *list) all.push_back(&item);
    } else if (boost::json::object* const object = all[i]->if_object()) {
      for (auto& member : *object) all.push_back(&member.value());
    }
  }
  return all;
}

// The place of one of the values within.
template <typename List>
auto AnyOf(List* list, Rng* rng) {
  return std::next(list->begin(), static_cast<int64_t>(Below(list->size(), rng)));
}

void EraseOne(Json* value, Rng* rng) {
  boost::json::array* const list = value->if_array();
  boost::json::object* const object = value->if_object();
  if (list != nullptr && !list->empty()) list->erase(AnyOf(list, rng));
  if (object != nullptr && !object->empty()) object->erase(AnyOf(object, rng));
}

void Rename(Json* value, Rng* rng) {
  boost::json::object* const object = value->if_object();
  if (object == nullptr || object->empty()) return;
  const auto member = AnyOf(object, rng);
  const Json child = member->value();
  object->erase(member);
  (*object)[OneIn(2, rng) ? "axis" : "label_smoothing"] = child;
}

void RepeatOne(Json* value, Rng* rng) {
  boost::json::array* const list = value->if_array();
  if (list == nullptr || list->empty()) return;
  const Json copy = *AnyOf(list, rng);
  list->push_back(copy);
}

Json HostileJson(Rng* rng) {
  switch (Below(7, rng)) {
    case 0:
      return nullptr;
    case 1:
      return HostileInt(rng);
    case 2:
      return NumberToJson(HostileDouble(rng));
    case 3:
      return Json(HostileText(rng));
    case 4:
      return boost::json::array();
    case 5:
      return boost::json::object();
    default:
      return OneIn(2, rng);
  }
}

void Change(Json* root, Rng* rng) {
  const std::vector<Json*> all = AllValues(root);
  Json* const value = Pick(all, rng);
  double number = 0;
  switch (Below(6, rng)) {
    case 0:
      return EraseOne(value, rng);
    case 1:
      return Rename(value, rng);
    case 2: {
      const Json copy = *Pick(all, rng);
      *value = copy;
      return;
    }
    case 3:
      return RepeatOne(value, rng);
    case 4:
      if (ReadJson(value, &number)) *value = number + 1;
      return;
    default:
      *value = HostileJson(rng);
  }
}

}  // namespace

size_t MutateJsonBehindByte(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  Rng rng(seed);
  if (size < 2 || OneIn(10, &rng)) return LLVMFuzzerMutate(data, size, max_size);
  absl::StatusOr<Json> document =
      ParseJson(absl::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  if (!document.ok()) return LLVMFuzzerMutate(data, size, max_size);
  const uint64_t changes = 1 + Below(3, &rng);
  for (uint64_t i = 0; i < changes; ++i) Change(&*document, &rng);
  const std::string text = JsonText(*document);
  if (text.size() + 1 > max_size) return size;
  std::memcpy(data + 1, text.data(), text.size());
  return text.size() + 1;
}

}  // namespace dagrad::tests
