#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/tensor.h"
#include "dagrad/ops/elementwise/unary/unary_internal.h"

namespace dagrad::ops::unary_internal {
namespace {

constexpr double kAlpha = 0.3;
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Known {
  absl::string_view op;
  std::vector<double> x, y;
};

// Printed by golden.py.
const std::vector<Known>& KnownValues() {
  static const auto* const known = new std::vector<Known>{
      {"Abs", {-2.5, -0.75, 0.5, 1.25}, {2.5, 0.75, 0.5, 1.25}},
      {"Square", {-2.5, -0.75, 0.5, 1.25}, {6.25, 0.5625, 0.25, 1.5625}},
      {"Relu", {-2.5, -0.75, 0.5, 1.25}, {0.0, 0.0, 0.5, 1.25}},
      {"Relu6", {-2.5, 0.5, 5.75, 8.5}, {0.0, 0.5, 5.75, 6.0}},
      {"Exp",
       {-700.0, -2.5, 0.5, 88.0},
       {9.85967654375977e-305, 0.0820849986238988, 1.6487212707001282, 1.6516362549940018e+38}},
      {"Expm1",
       {-50.0, -1e-10, 0.5, 2.0},
       {-1.0, -9.999999999500001e-11, 0.6487212707001282, 6.38905609893065}},
      {"Log",
       {1e-30, 0.3, 1.0, 7.25, 1e+30},
       {-69.07755278982137, -1.2039728043259361, 0.0, 1.9810014688665833, 69.07755278982137}},
      {"Log1p",
       {-0.75, 1e-10, 0.5, 30.0},
       {-1.3862943611198906, 9.999999999500001e-11, 0.4054651081081644, 3.4339872044851463}},
      {"Sqrt",
       {0.0, 0.3, 2.0, 1e+20},
       {0.0, 0.5477225575051661, 1.4142135623730951, 10000000000.0}},
      {"Rsqrt", {0.3, 2.0, 1e+20}, {1.8257418583505538, 0.7071067811865476, 1e-10}},
      {"Reciprocal", {-0.3, 2.0, 1e+20}, {-3.3333333333333335, 0.5, 1e-20}},
      {"Sin",
       {-2.5, -0.75, 0.5, 1.25},
       {-0.5984721441039565, -0.6816387600233341, 0.479425538604203, 0.9489846193555862}},
      {"Cos",
       {-2.5, -0.75, 0.5, 1.25},
       {-0.8011436155469337, 0.7316888688738209, 0.8775825618903728, 0.3153223623952687}},
      {"Tan",
       {-2.5, -0.75, 0.5, 1.25},
       {0.7470222972386603, -0.9315964599440725, 0.5463024898437905, 3.0095696738628313}},
      {"Asin",
       {-1.0, -0.5, 0.25, 0.875},
       {-1.5707963267948966, -0.5235987755982989, 0.25268025514207865, 1.0654358165107394}},
      {"Acos",
       {-1.0, -0.5, 0.25, 0.875},
       {3.141592653589793, 2.0943951023931957, 1.318116071652818, 0.5053605102841573}},
      {"Atan",
       {-2.5, -0.75, 0.5, 1.25},
       {-1.1902899496825317, -0.6435011087932844, 0.4636476090008061, 0.8960553845713439}},
      {"Sinh",
       {-2.5, -1e-10, 0.5, 5.0},
       {-6.0502044810397875, -1e-10, 0.5210953054937474, 74.20321057778875}},
      {"Cosh",
       {-2.5, -0.75, 0.5, 1.25},
       {6.132289479663686, 1.2946832846768448, 1.1276259652063807, 1.8884238771610158}},
      {"Tanh",
       {-2.5, -0.75, 0.5, 1.25},
       {-0.9866142981514303, -0.6351489523872873, 0.46211715726000974, 0.8482836399575129}},
      {"Asinh",
       {-2.5, -0.75, 0.5, 1.25},
       {-1.6472311463710958, -0.6931471805599453, 0.48121182505960347, 1.0475930126492587}},
      {"Acosh", {1.0, 1.5, 30.0}, {0.0, 0.9624236501192069, 4.0940666686320855}},
      {"Atanh", {-0.75, 0.25, 0.5}, {-0.9729550745276566, 0.25541281188299536, 0.5493061443340549}},
      {"Sigmoid",
       {-700.0, -2.5, 0.5, 40.0},
       {9.85967654375977e-305, 0.07585818002124355, 0.6224593312018546, 1.0}},
      {"Softplus",
       {-700.0, -2.5, 0.0, 0.5, 800.0},
       {9.85967654375977e-305, 0.07888973429254963, 0.6931471805599453, 0.9740769841801067, 800.0}},
      {"Softsign",
       {-1e+20, -0.75, 1e-10, 0.5, 3.0},
       {-1.0, -0.42857142857142855, 9.999999999e-11, 0.3333333333333333, 0.75}},
      {"Erf",
       {-6.0, -0.75, 1e-10, 0.5, 2.5},
       {-1.0, -0.7111556336535151, 1.1283791670955126e-10, 0.5204998778130465, 0.999593047982555}},
      {"LeakyRelu", {-2.5, -0.75, 0.5, 1.25}, {-0.75, -0.225, 0.5, 1.25}},
      {"Elu", {-2.5, -0.75, 0.5, 1.25}, {-0.27537450041283035, -0.15829003417769558, 0.5, 1.25}},
  };
  return *known;
}

// Conventions at kinks, jumps, infinities and NaN, that mathematics leaves open or that are limits.
const std::vector<Known>& EdgeValues() {
  static const auto* const known = new std::vector<Known>{
      {"Abs", {-0.0, -kInf, kNan}, {0.0, kInf, kNan}},
      {"Sign", {-3, -0.0, 0, 5, -kInf, kNan}, {-1, 0, 0, 1, -1, kNan}},
      {"Relu", {-0.0, -kInf, kInf, kNan}, {0, 0, kInf, kNan}},
      {"Relu6", {-0.0, 6, -kInf, kInf, kNan}, {-0.0, 6, 0, 6, kNan}},
      {"Exp", {-kInf, 0, kInf, kNan}, {0, 1, kInf, kNan}},
      {"Expm1", {-kInf, -0.0, kInf, kNan}, {-1, -0.0, kInf, kNan}},
      {"Log", {0, kInf, -1, kNan}, {-kInf, kInf, kNan, kNan}},
      {"Log1p", {-1, kInf, -2, kNan}, {-kInf, kInf, kNan, kNan}},
      {"Sqrt", {-0.0, kInf, -1, kNan}, {-0.0, kInf, kNan, kNan}},
      {"Rsqrt", {0, kInf, -1, kNan}, {kInf, 0, kNan, kNan}},
      {"Reciprocal", {0, -0.0, -kInf, kNan}, {kInf, -kInf, -0.0, kNan}},
      {"Sin", {-0.0, kInf, kNan}, {-0.0, kNan, kNan}},
      {"Cos", {-0.0, kInf, kNan}, {1, kNan, kNan}},
      {"Tanh", {-kInf, -0.0, kInf, kNan}, {-1, -0.0, 1, kNan}},
      {"Sigmoid", {-kInf, 0, kInf, kNan}, {0, 0.5, 1, kNan}},
      {"Softplus", {-kInf, kInf, kNan}, {0, kInf, kNan}},
      {"Softsign", {-kInf, -0.0, kInf, kNan}, {-1, -0.0, 1, kNan}},
      {"Erf", {-kInf, -0.0, kInf, kNan}, {-1, -0.0, 1, kNan}},
      {"LeakyRelu", {0, -kInf, kInf, kNan}, {0, -kInf, kInf, kNan}},
      {"Elu", {-0.0, -kInf, kInf, kNan}, {-0.0, -kAlpha, kInf, kNan}},
      {"Floor",
       {-1.5, -1, -0.5, -0.0, 0.5, 1e30, -kInf, kNan},
       {-2, -1, -1, -0.0, 0, 1e30, -kInf, kNan}},
      {"Ceil",
       {-1.5, -1, -0.5, -0.0, 0.5, 1e30, -kInf, kNan},
       {-1, -1, -0.0, -0.0, 1, 1e30, -kInf, kNan}},
      {"Round", {-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 1e30, kNan}, {-2, -2, -0.0, 0, 2, 2, 1e30, kNan}},
  };
  return *known;
}

AttrMap Attrs(const Entry& entry) {
  return entry.has_alpha ? AttrMap{{"alpha", kAlpha}} : AttrMap();
}

Sample Draw(const Entry& entry, std::string name, Dims dims, double lo, double hi) {
  Sample s;
  s.name = std::move(name);
  s.inputs = {InputSample::Float(std::move(dims), lo, hi)};
  s.attrs = Attrs(entry);
  s.smooth = !entry.is_predicate;
  return s;
}

Sample Given(const Entry& entry, std::string name, Tensor x, Tensor y) {
  Sample s;
  s.name = std::move(name);
  s.inputs = {InputSample::Given(std::move(x))};
  s.attrs = Attrs(entry);
  s.smooth = false;
  s.expected = {std::move(y)};
  return s;
}

template <typename T>
Tensor Vector(const std::vector<T>& values) {
  return Tensor::Of<T>({static_cast<int64_t>(values.size())}, values);
}

void AddKnown(const Entry& entry, const std::vector<Known>& table, const std::string& name,
              Samples* s) {
  for (const Known& k : table) {
    if (k.op == entry.name) s->samples.push_back(Given(entry, name, Vector(k.x), Vector(k.y)));
  }
}

// The ops of any number: of {least, -3, 0, 5}, or {0, 3, 20, 255}.
template <typename T>
void AddInteger(const Entry& entry, Samples* s) {
  constexpr T lo = std::numeric_limits<T>::min();
  const std::vector<T> x =
      lo == 0 ? std::vector<T>{0, 3, 20, 255} : std::vector<T>{lo, static_cast<T>(-3), 0, 5};
  std::vector<T> y;
  if (entry.name == "Abs") {
    y = lo == 0 ? x : std::vector<T>{lo, 3, 0, 5};
  } else if (entry.name == "Sign") {
    y = lo == 0 ? std::vector<T>{0, 1, 1, 1}
                : std::vector<T>{static_cast<T>(-1), static_cast<T>(-1), 0, 1};
  } else if (entry.name == "Square") {
    y = lo == 0 ? std::vector<T>{0, 9, 144, 1} : std::vector<T>{0, 9, 0, 25};
  } else if (entry.name == "Relu6") {
    y = lo == 0 ? std::vector<T>{0, 3, 6, 6} : std::vector<T>{0, 0, 0, 5};
  } else {  // Relu
    y = lo == 0 ? x : std::vector<T>{0, 0, 0, 5};
  }
  s->samples.push_back(Given(entry, std::string(DTypeName(DTypeOf<T>())), Vector(x), Vector(y)));
}

void AddPredicate(const Entry& entry, Samples* s) {
  const bool nan = entry.name == "IsNan";
  const bool inf = entry.name == "IsInf";
  const bool finite = entry.name == "IsFinite";
  s->samples.push_back(Given(entry, "known", Vector<double>({kNan, kInf, -kInf, 0, -1.5}),
                             Tensor::Of<bool>({5}, {nan, inf, inf, finite, finite})));
}

}  // namespace

Samples MakeSamples(const Entry& entry) {
  Samples s;
  s.samples = {Draw(entry, "matrix", {3, 35}, entry.lo, entry.hi),
               Draw(entry, "vector", {7}, entry.lo, entry.hi),
               Draw(entry, "rank_0", {}, entry.lo, entry.hi),
               Draw(entry, "empty", {0, 3}, entry.lo, entry.hi)};
  if (entry.lo < 0 && entry.hi < 0 && entry.name != "Floor" && entry.name != "Ceil") {
    s.samples.push_back(Draw(entry, "positive", {5, 7}, 0.1, 2));  // the other side of the kink
  }
  AddKnown(entry, KnownValues(), "known", &s);
  AddKnown(entry, EdgeValues(), "edges", &s);
  if (entry.is_predicate) AddPredicate(entry, &s);
  if (entry.dtypes.Contains(DType::kInt32)) {
    AddInteger<int32_t>(entry, &s);
    AddInteger<int64_t>(entry, &s);
    AddInteger<uint8_t>(entry, &s);
  }
  return s;
}

}  // namespace dagrad::ops::unary_internal
