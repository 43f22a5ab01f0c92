#ifndef DAGRAD_OPS_LINALG_SPARSE_MAT_MUL_SPARSE_MAT_MUL_H_
#define DAGRAD_OPS_LINALG_SPARSE_MAT_MUL_SPARSE_MAT_MUL_H_

#include <cstdint>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"

namespace dagrad {

// A constant sparse matrix in compressed rows (CSR): row i has values[t] in columns[t] for
// row_starts[i] <= t < row_starts[i + 1].
struct SparseMatrix {
  std::vector<int64_t> row_starts = {0};
  std::vector<int64_t> columns;
  std::vector<double> values;

  int64_t rows() const { return static_cast<int64_t>(row_starts.size()) - 1; }
  // An element of the last row; zeros are left out.
  void Add(int64_t column, double value) {
    if (value != 0) columns.push_back(column), values.push_back(value);
  }
  void EndRow() { row_starts.push_back(static_cast<int64_t>(columns.size())); }
};

// That with rows and columns exchanged, of a matrix of `columns` columns.
SparseMatrix Transposed(const SparseMatrix& a, int64_t columns);

struct SparseMatMulOptions {
  int64_t axis = 0;  // of x, that the matrix's columns meet; negative axes count from the end
};

// The product of a constant sparse matrix with an axis of x: resized images, differences of
// neighbours, means over a graph's edges.
//   y[…, i, …] = Σ_t values[t] · x[…, columns[t], …]    over row_starts[i] <= t < row_starts[i + 1]
// x of floating dtypes; y has a row's number in place of the axis, whose size must be known where
// the matrix has elements. What is not in the matrix is never multiplied: where x is infinite or
// NaN, only what depends on it is. Terms are added in their order. Gradient: the product of ȳ
// with the transposed matrix. Errors: sparse_mat_mul_c1 for the axis, sparse_mat_mul_c2 for a
// matrix that is none, sparse_mat_mul_c3 for columns that x does not have.
Value SparseMatMul(const SparseMatrix& a, Operand x, const SparseMatMulOptions& options = {});

namespace ops {
// "SparseMatMul": attributes row_starts, columns (ints), values (floats), axis (int)
const OpDef& SparseMatMulOp();
}  // namespace ops
}  // namespace dagrad

#endif  // DAGRAD_OPS_LINALG_SPARSE_MAT_MUL_SPARSE_MAT_MUL_H_
