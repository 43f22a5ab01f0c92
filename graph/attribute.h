#ifndef DAGRAD_GRAPH_ATTRIBUTE_H_
#define DAGRAD_GRAPH_ATTRIBUTE_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "dagrad/graph/dtype.h"
#include "dagrad/graph/shape.h"
#include "dagrad/graph/tensor.h"

namespace dagrad {

// A function as the value of an attribute (body.h): never null in a valid node.
class Body;
using BodyPtr = std::shared_ptr<const Body>;

// The kinds of attribute, in the order of Attribute's variant.
enum class AttrKind {
  kBool,
  kInt,
  kFloat,
  kString,
  kDType,
  kShape,
  kInts,
  kFloats,
  kStrings,
  kTensor,
  kFunction
};

absl::string_view AttrKindName(
    AttrKind kind);  // "bool", "int", "float", "string", "dtype", "shape", "ints", …

// The value of one named parameter of a node.
class Attribute {
 public:
  using Variant =
      std::variant<bool, int64_t, double, std::string, DType, Shape, std::vector<int64_t>,
                   std::vector<double>, std::vector<std::string>, Tensor, BodyPtr>;

  Attribute(bool v) : value_(v) {}                      // NOLINT(google-explicit-constructor)
  Attribute(int v) : value_(int64_t{v}) {}              // NOLINT
  Attribute(int64_t v) : value_(v) {}                   // NOLINT
  Attribute(double v) : value_(v) {}                    // NOLINT
  Attribute(const char* v) : value_(std::string(v)) {}  // NOLINT
  Attribute(std::string v) : value_(std::move(v)) {}    // NOLINT
  Attribute(DType v) : value_(v) {}                     // NOLINT
  Attribute(Shape v) : value_(std::move(v)) {}          // NOLINT
  Attribute(std::vector<int64_t> v) : value_(std::move(v)) {}      // NOLINT
  Attribute(std::vector<double> v) : value_(std::move(v)) {}       // NOLINT
  Attribute(std::vector<std::string> v) : value_(std::move(v)) {}  // NOLINT
  Attribute(Tensor v) : value_(std::move(v)) {}                    // NOLINT
  Attribute(BodyPtr v) : value_(std::move(v)) {}                   // NOLINT

  AttrKind kind() const { return static_cast<AttrKind>(value_.index()); }
  template <typename T>
  const T* get_if() const {
    return std::get_if<T>(&value_);
  }
  // T must be the kind's type.
  template <typename T>
  const T& get() const {
    return *std::get_if<T>(&value_);
  }
  const Variant& value() const { return value_; }

  // "true", "3", "0.5", "\"same\"", "float32", "[batch,10]", "{1, 2}", "float32[2] {1, 2}",
  // "step(h, x) -> (h): 5 nodes"
  std::string ToString() const;
  // Bitwise for floats and tensors; structural for functions (Body).
  bool operator==(const Attribute& other) const;
  // Equal attributes have equal hashes.
  uint64_t Hash() const;

 private:
  Variant value_;
};

// The attributes of a node, sorted by name.
class AttrMap {
 public:
  struct Entry {
    std::string name;
    Attribute value;
    std::string unknown_fields;  // of the file that it came from; written back unchanged
  };

  AttrMap() = default;
  AttrMap(std::initializer_list<std::pair<absl::string_view, Attribute>> entries);

  // Adds or replaces.
  void Set(absl::string_view name, Attribute value);
  // Null if there is none.
  const Attribute* Find(absl::string_view name) const;
  Entry* FindEntry(absl::string_view name);
  // The value of an attribute that is known to exist with type T, as an op's schema guarantees for
  // its nodes. If it does not, that is a bug of the caller: the process ends, naming the attribute.
  template <typename T>
  const T& Get(absl::string_view name) const {
    const Attribute* attribute = Find(name);
    const T* value = attribute == nullptr ? nullptr : attribute->get_if<T>();
    if (value == nullptr) DieOfGet(name);
    return *value;
  }

  const std::vector<Entry>& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  bool operator==(const AttrMap& other) const;  // names and values
  uint64_t Hash() const;
  std::string ToString() const;  // "axis=1, keepdims=true"

 private:
  [[noreturn]] void DieOfGet(absl::string_view name) const;

  std::vector<Entry> entries_;
};

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_ATTRIBUTE_H_
