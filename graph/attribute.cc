#include "dagrad/graph/attribute.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/body.h"

namespace dagrad {
namespace {

constexpr absl::string_view kKindNames[] = {"bool",    "int",    "float",   "string",
                                            "dtype",   "shape",  "ints",    "floats",
                                            "strings", "tensor", "function"};

uint64_t Bits(double v) {
  uint64_t bits = 0;
  std::memcpy(&bits, &v, sizeof bits);
  return bits;
}

std::string FloatText(double v) { return absl::StrFormat("%.9g", v); }
std::string Quoted(const std::string& s) { return absl::StrCat("\"", absl::CEscape(s), "\""); }

uint64_t HashBytes(const void* bytes, size_t size) {
  return absl::HashOf(absl::string_view(static_cast<const char*>(bytes), size));
}

}  // namespace

absl::string_view AttrKindName(AttrKind kind) { return kKindNames[static_cast<int>(kind)]; }

std::string Attribute::ToString() const {
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool>) {
          return v ? "true" : "false";
        } else if constexpr (std::is_same_v<T, int64_t>) {
          return absl::StrCat(v);
        } else if constexpr (std::is_same_v<T, double>) {
          return FloatText(v);
        } else if constexpr (std::is_same_v<T, std::string>) {
          return Quoted(v);
        } else if constexpr (std::is_same_v<T, DType>) {
          return std::string(DTypeName(v));
        } else if constexpr (std::is_same_v<T, std::vector<int64_t>>) {
          return absl::StrCat("{", absl::StrJoin(v, ", "), "}");
        } else if constexpr (std::is_same_v<T, std::vector<double>>) {
          return absl::StrCat(
              "{", absl::StrJoin(v, ", ", [](std::string* o, double d) { *o += FloatText(d); }),
              "}");
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          return absl::StrCat(
              "{",
              absl::StrJoin(v, ", ", [](std::string* o, const std::string& s) { *o += Quoted(s); }),
              "}");
        } else if constexpr (std::is_same_v<T, BodyPtr>) {
          return v == nullptr ? "no function" : v->ToString();
        } else {
          return v.ToString();
        }
      },
      value_);
}

bool Attribute::operator==(const Attribute& other) const {
  if (kind() != other.kind()) return false;
  return std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        const T& w = other.get<T>();
        if constexpr (std::is_same_v<T, double>) {
          return Bits(v) == Bits(w);
        } else if constexpr (std::is_same_v<T, std::vector<double>>) {
          return std::equal(v.begin(), v.end(), w.begin(), w.end(),
                            [](double a, double b) { return Bits(a) == Bits(b); });
        } else if constexpr (std::is_same_v<T, Tensor>) {
          return SameBits(v, w);
        } else if constexpr (std::is_same_v<T, BodyPtr>) {
          return v == w || (v != nullptr && w != nullptr && *v == *w);
        } else {
          return v == w;
        }
      },
      value_);
}

uint64_t Attribute::Hash() const {
  const uint64_t content = std::visit(
      [](const auto& v) -> uint64_t {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, Shape>) {
          return absl::HashOf(v.ToString());
        } else if constexpr (std::is_same_v<T, double>) {
          return Bits(v);
        } else if constexpr (std::is_same_v<T, std::vector<double>>) {
          return HashBytes(v.data(), v.size() * sizeof(double));
        } else if constexpr (std::is_same_v<T, Tensor>) {
          const uint64_t content = v.dtype() == DType::kString
                                       ? absl::HashOf(v.template data<absl::string_view>())
                                       : HashBytes(v.bytes(), v.byte_size());
          return absl::HashOf(v.dtype(), DimsToString(v.dims()), content);
        } else if constexpr (std::is_same_v<T, BodyPtr>) {
          return v == nullptr ? 0 : v->hash();
        } else {
          return absl::HashOf(v);
        }
      },
      value_);
  return absl::HashOf(value_.index(), content);
}

AttrMap::AttrMap(std::initializer_list<std::pair<absl::string_view, Attribute>> entries) {
  for (const auto& [name, value] : entries) Set(name, value);
}

void AttrMap::Set(absl::string_view name, Attribute value) {
  auto it = std::lower_bound(entries_.begin(), entries_.end(), name,
                             [](const Entry& e, absl::string_view n) { return e.name < n; });
  if (it != entries_.end() && it->name == name) {
    it->value = std::move(value);
  } else {
    entries_.insert(it, Entry{std::string(name), std::move(value), ""});
  }
}

AttrMap::Entry* AttrMap::FindEntry(absl::string_view name) {
  for (Entry& e : entries_) {
    if (e.name == name) return &e;
  }
  return nullptr;
}

const Attribute* AttrMap::Find(absl::string_view name) const {
  const Entry* e = const_cast<AttrMap*>(this)->FindEntry(name);
  return e == nullptr ? nullptr : &e->value;
}

void AttrMap::DieOfGet(absl::string_view name) const {
  const Attribute* attribute = Find(name);
  const std::string what =
      attribute == nullptr
          ? absl::StrCat("AttrMap::Get(): there is no attribute \"", name, "\" in {", ToString(),
                         "}")
          : absl::StrCat("AttrMap::Get(): attribute \"", name, "\" is of another kind, ",
                         AttrKindName(attribute->kind()));
  tensor_internal::DieOnMisuse(what.c_str());
}

bool AttrMap::operator==(const AttrMap& other) const {
  return std::equal(
      entries_.begin(), entries_.end(), other.entries_.begin(), other.entries_.end(),
      [](const Entry& a, const Entry& b) { return a.name == b.name && a.value == b.value; });
}

uint64_t AttrMap::Hash() const {
  uint64_t hash = entries_.size();
  for (const Entry& e : entries_) hash = absl::HashOf(hash, e.name, e.value.Hash());
  return hash;
}

std::string AttrMap::ToString() const {
  return absl::StrJoin(entries_, ", ", [](std::string* out, const Entry& e) {
    absl::StrAppend(out, e.name, "=", e.value.ToString());
  });
}

}  // namespace dagrad
