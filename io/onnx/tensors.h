#ifndef DAGRAD_IO_ONNX_TENSORS_H_
#define DAGRAD_IO_ONNX_TENSORS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/onnx/external_data.h"
#include "dagrad/io/onnx/onnx.pb.h"

namespace dagrad::onnx {

// "float16" for 10, …; "type 99" for a number that ONNX does not have.
std::string DataTypeName(int32_t data_type);
// Unimplemented, with its name, for a type that dagrad's graphs do not have.
absl::StatusOr<DType> DTypeFrom(int32_t data_type);
int32_t DataTypeOf(DType dtype);

// The tensor, wherever its elements stand. InvalidArgument where they stand in two fields or in a
// wrong one, DataLoss where they are not as many as the dims need.
absl::StatusOr<Tensor> ToTensor(const proto::Tensor& tensor, ExternalData* external);
// The dense tensor, zeros where it has no values.
absl::StatusOr<Tensor> ToTensor(const proto::SparseTensor& tensor, ExternalData* external);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_TENSORS_H_
