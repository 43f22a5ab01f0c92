#ifndef DAGRAD_IO_SAFETENSORS_H_
#define DAGRAD_IO_SAFETENSORS_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/file.h"

namespace dagrad::io {

// Tensors by name in a file of the safetensors format (github.com/huggingface/safetensors): eight
// bytes of header length, a header in JSON, the tensors' bytes without gaps. F32, F64, I32, I64, U8
// and BOOL are read and written; tensors of other dtypes are refused, by name.
struct Safetensors {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

// Beside `metadata`, the file's own carries the CRC-32 of each tensor and of the header under names
// that begin with "dagrad.", so that reading notices a changed byte anywhere; other programs ignore
// them. Equal contents give equal bytes. The write is all or nothing (WriteFile). InvalidArgument
// for an undefined tensor, a name that is no UTF-8, or "__metadata__" as a name.
absl::Status WriteSafetensors(const std::string& path, const Safetensors& contents);

// What stands before the tensors' bytes; those follow in the order of dtype size, largest first,
// then name.
absl::StatusOr<std::string> SafetensorsHeader(const Safetensors& contents);

struct ReadSafetensorsOptions {
  // Compares the checksums of files that have them, which reads every byte once.
  bool verify = true;
  bool follow_symlinks = true;
};

// The file is mapped, not read: tensors are views of it where their alignment allows that, and keep
// it alive. They may be written to, which does not change the file. DataLoss for a file that is
// truncated, changed, or whose tensors overlap or leave gaps; ResourceExhausted for a header above
// 100 MB; Unimplemented for another dtype.
absl::StatusOr<Safetensors> ReadSafetensors(const std::string& path,
                                            const ReadSafetensorsOptions& options = {});

}  // namespace dagrad::io

#endif  // DAGRAD_IO_SAFETENSORS_H_
