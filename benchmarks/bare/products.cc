#include "dagrad/benchmarks/bare/products.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/linalg/matmul/matmul_internal.h"
#include "dagrad/ops/nn/conv/conv2d_internal.h"

namespace dagrad::benchmarks {
namespace {

using Kind = runtime::onednn::Convolution::Kind;

// A node with its shapes as numbers.
struct BoundNode {
  const Node& node;
  std::vector<Dims> inputs;
  std::vector<Dims> outputs;
};

absl::StatusOr<BoundNode> Bind(const Function& f, const Node& node, const Bindings& bindings) {
  BoundNode bound{node, {}, {}};
  for (const ValueRef& v : node.inputs) {
    DAGRAD_ASSIGN_OR_RETURN(Dims dims, f.type(v).shape.Bind(bindings));
    bound.inputs.push_back(std::move(dims));
  }
  for (const ValueType& type : node.outputs) {
    DAGRAD_ASSIGN_OR_RETURN(Dims dims, type.shape.Bind(bindings));
    bound.outputs.push_back(std::move(dims));
  }
  return bound;
}

absl::StatusOr<std::vector<Product>> Convolution(const BoundNode& b, Kind kind, const Dims& x,
                                                 const Dims& filter, const Dims& y) {
  Product p;
  p.convolution = true;
  p.kind = kind;
  DAGRAD_ASSIGN_OR_RETURN(p.sizes, ops::conv2d_internal::ReadSizes(b.node.attrs, x, filter, y));
  return std::vector<Product>{p};
}

absl::StatusOr<std::vector<Product>> Forward(const BoundNode& b) {
  return Convolution(b, Kind::kForward, b.inputs[0], b.inputs[1], b.outputs[0]);
}
absl::StatusOr<std::vector<Product>> InputGrad(const BoundNode& b) {
  return Convolution(b, Kind::kInputGrad, b.outputs[0], b.inputs[1], b.inputs[0]);
}
absl::StatusOr<std::vector<Product>> FilterGrad(const BoundNode& b) {
  return Convolution(b, Kind::kFilterGrad, b.inputs[0], b.outputs[0], b.inputs[1]);
}

absl::StatusOr<std::vector<Product>> MatrixProduct(const BoundNode& b) {
  const bool ta = b.node.attrs.Get<bool>("transpose_a");
  const bool tb = b.node.attrs.Get<bool>("transpose_b");
  const auto g = ops::matmul_internal::MakeGeometry(b.inputs[0], b.inputs[1], b.outputs[0], ta, tb);
  Product p;
  p.items = g.batch;
  p.m = g.m;
  p.n = g.n;
  p.k = g.k;
  p.transpose_a = ta;
  p.transpose_b = tb;
  // One matrix for all items is one product of more rows.
  const bool shared_b = std::all_of(g.b_strides.begin(), g.b_strides.end(),
                                    [](int64_t stride) { return stride == 0; });
  if (shared_b && !ta) {
    p.m *= p.items;
    p.items = 1;
  }
  return std::vector<Product>{p};
}

Product Matrices(int64_t items, int64_t m, int64_t n, int64_t k, int count = 1) {
  Product p;
  p.items = items;
  p.m = m;
  p.n = n;
  p.k = k;
  p.count = count;
  return p;
}
Product TransposeA(Product p) {
  p.transpose_a = true;
  return p;
}
Product TransposeB(Product p) {
  p.transpose_b = true;
  return p;
}

// All inputs at once, and the last state of each time step.
absl::StatusOr<std::vector<Product>> Lstm(const BoundNode& b) {
  const Dims& x = b.inputs[0];
  const int64_t units = b.inputs[2][0];
  return std::vector<Product>{
      Matrices(1, x[0] * x[1], 4 * units, x[2]),
      Matrices(1, x[0], 4 * units, units, static_cast<int>(x[1])),
  };
}

// The state's cotangent of each time step, and both kernels' of all steps at once.
absl::StatusOr<std::vector<Product>> LstmGrad(const BoundNode& b) {
  const Dims& x = b.inputs[0];
  const int64_t units = b.inputs[1][0];
  return std::vector<Product>{
      TransposeB(Matrices(1, x[0], units, 4 * units, static_cast<int>(x[1]))),
      TransposeA(Matrices(1, x[2], 4 * units, x[0] * x[1])),
      TransposeA(Matrices(1, units, 4 * units, x[0] * x[1])),
  };
}

// Scores, and what they weigh: whole, as a library's products must be, also where half is masked.
absl::StatusOr<std::vector<Product>> Attention(const BoundNode& b) {
  const Dims& q = b.inputs[0];
  const Dims& v = b.inputs[2];
  const int64_t items = q[0] * q[2];
  return std::vector<Product>{TransposeB(Matrices(items, q[1], v[1], q[3])),
                              Matrices(items, q[1], v[3], v[1])};
}

// The scores once more, their cotangents, and those of queries, keys and values.
absl::StatusOr<std::vector<Product>> AttentionGrad(const BoundNode& b) {
  const Dims& q = b.inputs[0];
  const Dims& v = b.inputs[2];
  const int64_t items = q[0] * q[2];
  return std::vector<Product>{
      TransposeB(Matrices(items, q[1], v[1], q[3])),
      TransposeB(Matrices(items, q[1], v[1], v[3])),
      Matrices(items, q[1], q[3], v[1]),
      TransposeA(Matrices(items, v[1], q[3], q[1])),
      TransposeA(Matrices(items, v[1], v[3], q[1])),
  };
}

struct Reader {
  const char* op;
  absl::StatusOr<std::vector<Product>> (*read)(const BoundNode& b);
};
constexpr Reader kReaders[] = {
    {"Conv2D", Forward},
    {"Conv2DInputGrad", InputGrad},
    {"Conv2DFilterGrad", FilterGrad},
    {"MatMul", MatrixProduct},
    {"Lstm", Lstm},
    {"LstmGrad", LstmGrad},
    {"Attention", Attention},
    {"AttentionGrad", AttentionGrad},
};

void Count(Product product, std::vector<Product>* products) {
  if (product.Flops() == 0) return;
  const std::string name = product.Name();
  for (Product& p : *products) {
    if (p.Name() != name) continue;
    p.count += product.count;
    return;
  }
  products->push_back(std::move(product));
}

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::kForward:
      return "conv";
    case Kind::kInputGrad:
      return "conv input grad";
    case Kind::kFilterGrad:
      break;
  }
  return "conv filter grad";
}

}  // namespace

double Product::Flops() const {
  if (convolution) return ops::conv2d_internal::Flops(sizes);
  return 2.0 * static_cast<double>(items) * static_cast<double>(m) * static_cast<double>(n) *
         static_cast<double>(k);
}

std::string Product::Name() const {
  if (!convolution) {
    return absl::StrCat("matmul ", items > 1 ? absl::StrCat(items, " x ") : "", m, "x", k,
                        transpose_a ? "T" : "", " * ", k, "x", n, transpose_b ? "T" : "");
  }
  const runtime::onednn::ConvolutionSizes& s = sizes;
  return absl::StrCat(KindName(kind), " ", s.batch, "x", s.height, "x", s.width, "x", s.in_channels,
                      " * ", s.filter_height, "x", s.filter_width, "x", s.out_channels,
                      s.stride_y > 1 || s.stride_x > 1 ? absl::StrCat(" /", s.stride_y) : "",
                      s.groups > 1 ? absl::StrCat(" groups ", s.groups) : "",
                      s.pad_top != s.filter_height / 2 ? absl::StrCat(" pad ", s.pad_top) : "");
}

absl::StatusOr<std::vector<Product>> ProductsOf(const Function& function,
                                                const Bindings& bindings) {
  std::vector<Product> products;
  for (const Node& node : function.nodes) {
    for (const Reader& reader : kReaders) {
      if (node.op->name != reader.op) continue;
      DAGRAD_ASSIGN_OR_RETURN(const BoundNode bound, Bind(function, node, bindings));
      DAGRAD_ASSIGN_OR_RETURN(const std::vector<Product> found, reader.read(bound));
      for (const Product& p : found) Count(p, &products);
    }
  }
  return products;
}

}  // namespace dagrad::benchmarks
