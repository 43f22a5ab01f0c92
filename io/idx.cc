#include "dagrad/io/idx.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "zlib.h"

namespace dagrad::io {
namespace {

// The most that deflate can shrink anything, rounded up.
constexpr size_t kMaxDeflateRatio = 1032;
constexpr size_t kPiece = size_t{64} << 10;
constexpr char kGzip[] = "\x1f\x8b";

// Bytes in the order of the file, unpacked where they are packed.
class Source {
 public:
  virtual ~Source() = default;
  // Fills `out`; DataLoss if there are not as many.
  virtual absl::Status Read(char* out, size_t size) = 0;
  // OK if nothing is left.
  virtual absl::Status Finish() = 0;
  // No more than so many can come.
  virtual size_t UpperBound() const = 0;
};

class PlainSource : public Source {
 public:
  PlainSource(std::string start, ByteReader* bytes) : start_(std::move(start)), bytes_(*bytes) {}
  absl::Status Read(char* out, size_t size) override {
    const size_t n = std::min(size, start_.size());
    std::copy_n(start_.data(), n, out);
    start_.erase(0, n);
    return bytes_.Read(out + n, size - n);
  }
  absl::Status Finish() override {
    if (UpperBound() == 0) return absl::OkStatus();
    return DataLossError(absl::StrCat("it has ", UpperBound(), " bytes too many"));
  }
  size_t UpperBound() const override { return start_.size() + bytes_.left(); }

 private:
  std::string start_;
  ByteReader& bytes_;
};

class GzipSource : public Source {
 public:
  // `start` is what has been read of `packed` already.
  GzipSource(const std::string& start, ByteReader* packed) : packed_(*packed), piece_(start) {
    piece_.resize(kPiece);
    Feed(start.size());
  }
  ~GzipSource() override { inflateEnd(&stream_); }

  absl::Status Init() {
    if (inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK) return absl::OkStatus();  // 16: gzip only
    return ResourceExhaustedError("no memory to unpack gzip");
  }
  absl::Status Read(char* out, size_t size) override {
    while (size > 0) {
      const uInt piece = static_cast<uInt>(std::min<size_t>(size, INT_MAX));
      stream_.next_out = reinterpret_cast<Bytef*>(out);
      stream_.avail_out = piece;
      DAGRAD_RETURN_IF_ERROR(Step());
      out += piece - stream_.avail_out;
      size -= piece - stream_.avail_out;
      if (ended_ && size > 0) return DataLossError("it is truncated");
    }
    return absl::OkStatus();
  }
  absl::Status Finish() override {
    char extra = 0;
    while (!ended_) {
      stream_.next_out = reinterpret_cast<Bytef*>(&extra);
      stream_.avail_out = 1;
      DAGRAD_RETURN_IF_ERROR(Step());
      if (stream_.avail_out == 0) return DataLossError("it has bytes too many");
    }
    if (stream_.avail_in == 0 && packed_.left() == 0) return absl::OkStatus();
    return DataLossError("bytes follow its gzip data");
  }
  size_t UpperBound() const override {
    const size_t left = packed_.left() + stream_.avail_in;
    return left > SIZE_MAX / kMaxDeflateRatio ? SIZE_MAX : (left + 32) * kMaxDeflateRatio;
  }

 private:
  void Feed(size_t size) {
    stream_.next_in = reinterpret_cast<Bytef*>(piece_.data());
    stream_.avail_in = static_cast<uInt>(size);
  }
  // Unpacks until the output is full, the input is used up or the data ends.
  absl::Status Step() {
    if (stream_.avail_in == 0) {
      const size_t size = std::min(packed_.left(), kPiece);
      DAGRAD_RETURN_IF_ERROR(packed_.Read(piece_.data(), size));
      Feed(size);
    }
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      ended_ = true;
      return absl::OkStatus();
    }
    if (result == Z_OK) return absl::OkStatus();
    if (result == Z_MEM_ERROR) return ResourceExhaustedError("no memory to unpack gzip");
    if (result == Z_BUF_ERROR) return DataLossError("its gzip data is truncated");
    return DataLossError(
        absl::StrCat("its gzip data is broken: ", stream_.msg == nullptr ? "?" : stream_.msg));
  }

  ByteReader& packed_;
  std::string piece_;
  z_stream stream_ = {};
  bool ended_ = false;
};

// An element type of the format and what it becomes.
struct ElementType {
  unsigned char code;
  size_t size;
  DType dtype;
};
constexpr ElementType kTypes[] = {{0x08, 1, DType::kUInt8},   {0x09, 1, DType::kInt32},
                                  {0x0B, 2, DType::kInt32},   {0x0C, 4, DType::kInt32},
                                  {0x0D, 4, DType::kFloat32}, {0x0E, 8, DType::kFloat64}};

struct Header {
  ElementType type;
  Dims dims;
};

absl::StatusOr<Header> ReadHeader(Source* source) {
  unsigned char start[4];
  DAGRAD_RETURN_IF_ERROR(source->Read(reinterpret_cast<char*>(start), 4));
  if (start[0] != 0 || start[1] != 0) return DataLossError("it does not begin as an IDX file");
  const ElementType* type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                         [&](const ElementType& t) { return t.code == start[2]; });
  if (type == std::end(kTypes)) {
    return UnimplementedError(absl::StrCat("element type ", start[2], " is unknown"));
  }
  Header header{*type, {}};
  for (int i = 0; i < start[3]; ++i) {
    unsigned char d[4];
    DAGRAD_RETURN_IF_ERROR(source->Read(reinterpret_cast<char*>(d), 4));
    header.dims.push_back(int64_t{d[0]} << 24 | d[1] << 16 | d[2] << 8 | d[3]);
  }
  return header;
}

// Big-endian elements of `size` bytes, from element `first` on.
void Decode(absl::string_view raw, size_t size, int64_t first, Tensor* tensor) {
  const auto* from = reinterpret_cast<const unsigned char*>(raw.data());
  const auto n = static_cast<int64_t>(raw.size() / size);
  auto next = [&] {
    uint64_t bits = 0;
    for (size_t i = 0; i < size; ++i) bits = bits << 8 | *from++;
    return bits;
  };
  DispatchDType(tensor->dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = tensor->mutable_data<T>().data() + first;
    for (int64_t i = 0; i < n; ++i) {
      const uint64_t bits = next();
      if constexpr (std::is_same_v<T, float>) {
        const auto word = static_cast<uint32_t>(bits);
        std::memcpy(&to[i], &word, sizeof word);
      } else if constexpr (std::is_same_v<T, double>) {
        std::memcpy(&to[i], &bits, sizeof bits);
      } else if constexpr (std::is_same_v<T, int32_t>) {
        const int shift = static_cast<int>(64 - 8 * size);  // extends the sign
        to[i] = static_cast<T>(static_cast<int64_t>(bits << shift) >> shift);
      }
    }
  });
}

// Fills the tensor from the source, a piece at a time.
absl::Status ReadElements(Source* source, const ElementType& type, const Budget& budget,
                          Tensor* tensor) {
  constexpr int64_t kPiece = int64_t{1} << 17;  // elements
  const auto size = static_cast<int64_t>(type.size);
  std::string raw;
  for (int64_t first = 0; first < tensor->num_elements(); first += kPiece) {
    DAGRAD_RETURN_IF_ERROR(budget.Check());
    const int64_t count = std::min(kPiece, tensor->num_elements() - first);
    if (type.dtype == DType::kUInt8) {
      char* to = static_cast<char*>(tensor->mutable_bytes()) + first;
      DAGRAD_RETURN_IF_ERROR(source->Read(to, static_cast<size_t>(count)));
      continue;
    }
    raw.resize(static_cast<size_t>(count * size));
    DAGRAD_RETURN_IF_ERROR(source->Read(raw.data(), raw.size()));
    Decode(raw, type.size, first, tensor);
  }
  return absl::OkStatus();
}

absl::StatusOr<Tensor> ReadFrom(Source* source, const ReadIdxOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const Header header, ReadHeader(source));
  DAGRAD_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(header.dims));
  const size_t in_file = static_cast<size_t>(count) * header.type.size;
  const size_t in_memory = static_cast<size_t>(count) * DTypeSize(header.type.dtype);
  const std::string shape = DimsToString(header.dims);
  if (in_memory > options.max_bytes) {
    return ResourceExhaustedError(absl::StrCat("its ", shape, " elements take ", in_memory,
                                               " bytes; the limit is ", options.max_bytes));
  }
  if (in_file > source->UpperBound()) {
    return DataLossError(
        absl::StrCat("its header promises ", shape, ", which its size cannot hold"));
  }
  DAGRAD_RETURN_IF_ERROR(options.budget.Take(static_cast<int64_t>(in_memory), "the tensor"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(header.type.dtype, header.dims));
  DAGRAD_RETURN_IF_ERROR(ReadElements(source, header.type, options.budget, &tensor));
  DAGRAD_RETURN_IF_ERROR(source->Finish());
  return tensor;
}

absl::StatusOr<Tensor> ReadAll(ByteReader* bytes, const ReadIdxOptions& options) {
  std::string start(std::min<size_t>(2, bytes->left()), '\0');
  DAGRAD_RETURN_IF_ERROR(bytes->Read(start.data(), start.size()));
  if (start == kGzip) {
    GzipSource source(start, bytes);
    DAGRAD_RETURN_IF_ERROR(source.Init());
    return ReadFrom(&source, options);
  }
  PlainSource source(start, bytes);
  return ReadFrom(&source, options);
}

}  // namespace

absl::StatusOr<Tensor> ParseIdx(absl::string_view bytes, const ReadIdxOptions& options) try {
  MemoryReader reader(bytes);
  return ReadAll(&reader, options);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Tensor> ReadIdx(const std::string& path, const ReadIdxOptions& options) try {
  DAGRAD_ASSIGN_OR_RETURN(FileReader reader, FileReader::Open(path));
  absl::StatusOr<Tensor> tensor = ReadAll(&reader, options);
  if (tensor.ok()) return tensor;
  return Prefixed(Printable(path, 1024), tensor.status());
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
