// dagrad as `benchmarks/wages_seeds` compares it: trains the wages net of the courses from given
// weights, on given batches, and prints the training MSE of the last epoch.
//
//   wages_seeds FILE.npz
//
// FILE: x [n, 9], y [n, 1]; w0 … w5, the kernels and biases of 9-10-5-1; orders [epochs, rows]
// int64, the rows of each epoch in their order.
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/span.h"
#include "dagrad/graph/or_exit.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/npz.h"
#include "dagrad/keras/keras.h"
#include "dagrad/learn/rows.h"

namespace {

namespace keras = dagrad::keras;
using dagrad::OrExit;
using dagrad::Tensor;

Tensor Array(const dagrad::io::Npz& file, const std::string& name) {
  const auto found = file.find(name);
  return OrExit(found == file.end()
                    ? absl::StatusOr<Tensor>(absl::NotFoundError(absl::StrCat("no array ", name)))
                    : found->second.tensor);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "wages_seeds FILE.npz\n";
    return 2;
  }
  const dagrad::io::Npz file = OrExit(dagrad::io::ReadNpz(argv[1]));
  const Tensor x = Array(file, "x"), y = Array(file, "y"), orders = Array(file, "orders");
  keras::Sequential model("wages");
  model.Add(keras::Input({x.dims()[1]}));
  for (const int64_t units : {10, 5}) model.Add(keras::Dense(units, {.activation = "relu"}));
  model.Add(keras::Dense(1));
  std::vector<Tensor> weights;
  for (int i = 0; i < 6; ++i) weights.push_back(Array(file, absl::StrCat("w", i)));
  OrExit(model.SetWeights(weights));
  OrExit(model.Compile({.optimizer = "adam", .loss = "mean_squared_error"}));
  const int64_t rows = orders.dims()[1];
  double loss = 0;
  for (int64_t epoch = 0; epoch < orders.dims()[0]; ++epoch) {
    const absl::Span<const int64_t> order = orders.data<int64_t>().subspan(epoch * rows, rows);
    loss = OrExit(model.Fit(OrExit(dagrad::learn::TakeRows(x, order)),
                            OrExit(dagrad::learn::TakeRows(y, order)),
                            {.verbose = 0, .shuffle = false}))["loss"]
               .back();
  }
  std::cout << absl::StrFormat("%.9g\n", loss);
}
