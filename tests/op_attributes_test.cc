// Equality, hash and text of nodes follow every attribute.

#include <string>
#include <vector>

#include "dagrad/graph/body.h"
#include "dagrad/tests/op_test.h"

namespace dagrad::tests {
namespace {

// An attribute of the same kind with another value.
Attribute Changed(const Attribute& a) {
  switch (a.kind()) {
    case AttrKind::kBool:
      return !a.get<bool>();
    case AttrKind::kInt:
      return a.get<int64_t>() + 1;
    case AttrKind::kFloat:
      return a.get<double>() == 0.25 ? 0.5 : 0.25;
    case AttrKind::kString:
      return a.get<std::string>() + "x";
    case AttrKind::kDType:
      return a.get<DType>() == DType::kInt32 ? DType::kInt64 : DType::kInt32;
    case AttrKind::kShape: {
      Shape s = a.get<Shape>();
      s.push_back(7);
      return s;
    }
    case AttrKind::kInts: {
      auto v = a.get<std::vector<int64_t>>();
      v.push_back(7);
      return v;
    }
    case AttrKind::kFloats: {
      auto v = a.get<std::vector<double>>();
      v.push_back(7);
      return v;
    }
    case AttrKind::kStrings: {
      auto v = a.get<std::vector<std::string>>();
      v.push_back("x");
      return v;
    }
    case AttrKind::kTensor:
      return Tensor::Scalar(12345.0);
    case AttrKind::kFunction: {
      Function f = a.get<BodyPtr>()->function();
      f.name += "_x";
      return *Body::Make(std::move(f));
    }
  }
  return a;
}

TEST_P(OpTest, AChangedAttributeChangesEqualityHashAndText) {
  for (const OpCase& c : AllCases(op())) {
    SCOPED_TRACE(c.Name());
    const auto f = MakeFunction(c);
    ASSERT_TRUE(f.ok()) << f.status();
    const AttrMap& attrs = f->nodes.back().attrs;
    EXPECT_EQ(attrs.size(), op().attrs.size()) << "defaults are filled in";
    for (const AttrMap::Entry& e : attrs.entries()) {
      AttrMap same = attrs;
      same.Set(e.name, e.value);
      EXPECT_TRUE(same == attrs);
      EXPECT_EQ(same.Hash(), attrs.Hash());
      AttrMap other = attrs;
      other.Set(e.name, Changed(e.value));
      EXPECT_FALSE(other == attrs) << e.name;
      EXPECT_NE(other.Hash(), attrs.Hash()) << e.name;
      EXPECT_NE(other.ToString(), attrs.ToString()) << e.name;
    }
  }
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
