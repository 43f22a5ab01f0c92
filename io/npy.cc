#include "dagrad/io/npy.h"

#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "dagrad/io/npy_header.h"
#include "dagrad/io/npy_text.h"
#include "dagrad/io/write_file.h"

namespace dagrad::io {
namespace {

constexpr char kMagic[] = "\x93NUMPY";

struct Descr {
  DType dtype;
  absl::string_view text;
};
constexpr Descr kDescrs[] = {
    {DType::kFloat32, "<f4"}, {DType::kFloat64, "<f8"}, {DType::kInt32, "<i4"},
    {DType::kInt64, "<i8"},   {DType::kUInt8, "|u1"},   {DType::kBool, "|b1"},
    {DType::kFloat16, "<f2"}, {DType::kInt8, "|i1"},    {DType::kInt16, "<i2"},
    {DType::kUInt16, "<u2"},  {DType::kUInt32, "<u4"},  {DType::kUInt64, "<u8"}};

absl::StatusOr<DType> DTypeFrom(absl::string_view text) {
  for (const Descr& d : kDescrs) {
    if (d.text == text) return d.dtype;
  }
  return UnimplementedError(absl::StrCat(
      "arrays of type \"", Printable(text), "\" are not read; known: ",
      absl::StrJoin(kDescrs, ", ",
                    [](std::string* out, const Descr& d) { absl::StrAppend(out, d.text); })));
}

// Row-major from column-major: the element at (i0, i1, …) stands at i0 + n0·(i1 + n1·(…)).
void FromFortranOrder(absl::string_view bytes, Tensor* tensor) {
  const size_t size = DTypeSize(tensor->dtype());
  const Dims& dims = tensor->dims();
  std::vector<int64_t> stride(dims.size(), 1);
  for (size_t a = 1; a < dims.size(); ++a) stride[a] = stride[a - 1] * dims[a - 1];
  std::vector<int64_t> index(dims.size(), 0);
  char* out = static_cast<char*>(tensor->mutable_bytes());
  int64_t from = 0;
  for (int64_t n = tensor->num_elements(); n > 0; --n, out += size) {
    std::memcpy(out, bytes.data() + from * static_cast<int64_t>(size), size);
    for (size_t a = dims.size(); a-- > 0;) {
      from += stride[a];
      if (++index[a] < dims[a]) break;
      from -= stride[a] * dims[a];
      index[a] = 0;
    }
  }
}

absl::string_view DescrOf(DType dtype) {
  for (const Descr& d : kDescrs) {
    if (d.dtype == dtype) return d.text;
  }
  return "";
}

std::string HeaderText(const Tensor& tensor, absl::string_view descr) {
  std::string shape = absl::StrJoin(tensor.dims(), ", ");
  if (tensor.rank() == 1) shape += ",";
  std::string text =
      absl::StrCat("{'descr': '", descr, "', 'fortran_order': False, 'shape': (", shape, "), }");
  text.resize((text.size() + 11 + 63) / 64 * 64 - 11, ' ');  // data is aligned to 64 bytes
  return text + "\n";
}

// In the order of the file.
absl::StatusOr<Tensor> ReadElements(ByteReader* reader, const NpyHeader& header,
                                    const Budget& budget) {
  if (const std::optional<NpyText> text = ParseNpyText(header.descr))
    return ReadNpyText(reader, *text, header.shape, budget);
  DAGRAD_ASSIGN_OR_RETURN(const DType dtype, DTypeFrom(header.descr));
  DAGRAD_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(header.shape));
  const size_t needed = static_cast<size_t>(count) * DTypeSize(dtype);
  if (reader->left() != needed) {
    return DataLossError(absl::StrCat(DTypeName(dtype), DimsToString(header.shape), " takes ",
                                      needed, " bytes; the file has ", reader->left()));
  }
  DAGRAD_RETURN_IF_ERROR(budget.Check());
  DAGRAD_RETURN_IF_ERROR(budget.Take(static_cast<int64_t>(needed), "the tensor"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(dtype, header.shape));
  if (needed > 0) {
    DAGRAD_RETURN_IF_ERROR(reader->Read(static_cast<char*>(tensor.mutable_bytes()), needed));
  }
  const absl::string_view bytes(static_cast<const char*>(tensor.bytes()), needed);
  if (dtype == DType::kBool &&
      bytes.find_first_not_of(absl::string_view("\0\1", 2)) != bytes.npos) {
    return DataLossError("a bool is neither 0 nor 1");
  }
  return tensor;
}

absl::StatusOr<Tensor> ReadFrom(ByteReader* reader, const Budget& budget) {
  DAGRAD_ASSIGN_OR_RETURN(const NpyHeader header, TakeNpyHeader(reader));
  DAGRAD_ASSIGN_OR_RETURN(Tensor tensor, ReadElements(reader, header, budget));
  if (!header.fortran_order || tensor.rank() < 2 || tensor.byte_size() == 0) return tensor;
  DAGRAD_ASSIGN_OR_RETURN(
      const Budget::Lease twice,
      budget.Lend(static_cast<int64_t>(tensor.byte_size()), "the tensor in Fortran order"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor row_major, Tensor::Allocate(tensor.dtype(), header.shape));
  FromFortranOrder(absl::string_view(static_cast<const char*>(tensor.bytes()), tensor.byte_size()),
                   &row_major);
  DAGRAD_RETURN_IF_ERROR(row_major.OwnText());
  return row_major;
}

}  // namespace

absl::StatusOr<Tensor> ParseNpy(absl::string_view bytes, const Budget& budget) try {
  MemoryReader reader(bytes);
  return ReadFrom(&reader, budget);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Tensor> ReadNpy(const std::string& path, const Budget& budget) try {
  DAGRAD_ASSIGN_OR_RETURN(FileReader reader, FileReader::Open(path));
  absl::StatusOr<Tensor> tensor = ReadFrom(&reader, budget);
  if (tensor.ok()) return tensor;
  return Prefixed(Printable(path, 1024), tensor.status());
}
DAGRAD_CATCH_NO_MEMORY

absl::Status WriteNpy(const std::string& path, const Tensor& tensor) try {
  if (!tensor.defined()) {
    return InvalidArgumentError(
        absl::StrCat("cannot write ", Printable(path, 1024), ": the tensor is undefined"));
  }
  if (tensor.dtype() == DType::kBFloat16) {
    return UnimplementedError(absl::StrCat("cannot write ", Printable(path, 1024),
                                           ": NumPy has no bfloat16; cast to float32"));
  }
  EncodedNpyText text = {.descr = std::string(DescrOf(tensor.dtype())), .bytes = ""};
  absl::string_view data(static_cast<const char*>(tensor.bytes()), tensor.byte_size());
  if (tensor.dtype() == DType::kString) {
    absl::StatusOr<EncodedNpyText> encoded = EncodeNpyText(tensor);
    if (!encoded.ok())
      return Prefixed(absl::StrCat("cannot write ", Printable(path, 1024)), encoded.status());
    text = *std::move(encoded);
    data = text.bytes;
  }
  const std::string header = HeaderText(tensor, text.descr);
  std::string start(kMagic, 6);
  start += '\1';
  start += '\0';
  start += static_cast<char>(header.size() & 0xFF);
  start += static_cast<char>(header.size() >> 8);
  return WriteFile(path, {start, header, data});
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
