#include "dagrad/tests/hostile/size_variants.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace dagrad::tests {
namespace {

constexpr int64_t kLarge = int64_t{1} << 40;
constexpr int64_t kSizes[] = {0, 1, (int64_t{1} << 31) - 1, int64_t{1} << 31, kLarge};

// Where a size stands: an axis of an input, of a shape, an integer.
struct Place {
  int input = -1;
  std::string attr;  // where input < 0
  int index = 0;
};

// The places that have one size.
struct Group {
  int64_t size;
  std::vector<Place> places;
};

void AddPlace(Place place, int64_t size, std::vector<Group>* groups) {
  for (Group& g : *groups) {
    if (g.size == size) return g.places.push_back(std::move(place));
  }
  groups->push_back({size, {std::move(place)}});
}

void AddShape(const Shape& shape, int input, const std::string& attr, std::vector<Group>* groups) {
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape.dim(axis).is_known()) AddPlace({input, attr, axis}, shape.dim(axis).value(), groups);
  }
}

std::vector<Group> GroupsOf(const SizeVariant& v) {
  std::vector<Group> groups;
  for (size_t i = 0; i < v.inputs.size(); ++i)
    AddShape(v.inputs[i].shape, static_cast<int>(i), "", &groups);
  for (const AttrMap::Entry& e : v.attrs.entries()) {
    if (const auto* shape = e.value.get_if<Shape>()) AddShape(*shape, -1, e.name, &groups);
    if (const auto* n = e.value.get_if<int64_t>()) AddPlace({-1, e.name, 0}, *n, &groups);
    if (const auto* ints = e.value.get_if<std::vector<int64_t>>()) {
      for (size_t k = 0; k < ints->size(); ++k)
        AddPlace({-1, e.name, static_cast<int>(k)}, (*ints)[k], &groups);
    }
  }
  return groups;
}

void Set(const Place& place, int64_t size, SizeVariant* v) {
  if (place.input >= 0) return v->inputs[place.input].shape.set_dim(place.index, size);
  const Attribute& old = *v->attrs.Find(place.attr);
  if (const auto* shape = old.get_if<Shape>()) {
    Shape changed = *shape;
    changed.set_dim(place.index, size);
    v->attrs.Set(place.attr, changed);
  } else if (const auto* ints = old.get_if<std::vector<int64_t>>()) {
    std::vector<int64_t> changed = *ints;
    changed[place.index] = size;
    v->attrs.Set(place.attr, changed);
  } else {
    v->attrs.Set(place.attr, size);
  }
}

SizeVariant With(SizeVariant v, const std::vector<Place>& places, int64_t size) {
  for (const Place& place : places) Set(place, size, &v);
  return v;
}

}  // namespace

std::string SizeVariant::ToString() const {
  return absl::StrCat(absl::StrJoin(inputs, ", ",
                                    [](std::string* out, const ValueType& type) {
                                      absl::StrAppend(out, type.ToString());
                                    }),
                      "; ", attrs.ToString());
}

void ForSizeVariants(const OpCase& c, absl::FunctionRef<void(const SizeVariant&)> visit) {
  const SizeVariant own = {c.attrs, c.InputTypes()};
  std::set<std::string> visited;
  const auto once = [&](const SizeVariant& v) {
    if (visited.insert(v.ToString()).second) visit(v);
  };
  once(own);
  const std::vector<Group> groups = GroupsOf(own);
  for (const Group& g : groups) {
    for (int64_t size : kSizes) {
      once(With(own, g.places, size));
      for (const Place& place : g.places) once(With(own, {place}, size));
    }
    const SizeVariant empty = With(own, g.places, 0);
    for (const Group& other : groups) {
      if (&other == &g) continue;
      once(With(empty, other.places, kLarge));
      for (const Place& place : other.places) once(With(empty, {place}, kLarge));
    }
    // One place of several that have the same size in the sample by chance.
    for (const Place& zero : g.places) {
      for (const Place& large : g.places) {
        if (&zero != &large) once(With(With(own, {zero}, 0), {large}, kLarge));
      }
    }
  }
}

}  // namespace dagrad::tests
