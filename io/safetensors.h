#ifndef DAGRAD_IO_SAFETENSORS_H_
#define DAGRAD_IO_SAFETENSORS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::io {

// Tensors by name in a file of the safetensors format (github.com/huggingface/safetensors): eight
// bytes of header length, a header in JSON, the tensors' bytes without gaps. All dtypes of dagrad
// but string are read and written (docs/dtypes.md); tensors of others are refused, by name.
struct Safetensors {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

// Beside `metadata`, the file's own carries the CRC-32 of each tensor and of the header under names
// that begin with "dagrad.", so that reading notices a changed byte anywhere; other programs ignore
// them. Equal contents give equal bytes. The write is all or nothing (WriteFile). InvalidArgument
// for an undefined tensor, a name that is no UTF-8, or "__metadata__" as a name.
absl::Status WriteSafetensors(const std::string& path, const Safetensors& contents);

// The same file in pieces, for who writes it otherwise.
struct SafetensorsBytes {
  std::string header;                   // with its length
  std::vector<absl::string_view> data;  // the tensors' own bytes, in the order of the file
};
absl::StatusOr<SafetensorsBytes> EncodeSafetensors(const Safetensors& contents);

struct ReadSafetensorsOptions {
  // Compares the checksums of files that have them.
  bool verify = true;
  bool follow_symlinks = true;
  // Tensors are views of the mapped file, where their alignment allows that, instead of copies.
  bool map = false;
  // Takes the file's bytes for good: mapped ones too, as they may be written to.
  Budget budget = {};
};

// The bytes are read once, into the tensors' own memory, and the checksums are those of what stands
// there: whatever happens to the file afterwards changes no tensor. With `map` nothing is copied,
// and the file must stay as it is for as long as a tensor lives (MappedFile says what happens
// otherwise); writing to a tensor does not change the file.
//
// DataLoss for a file that is truncated, changed, or whose tensors overlap or leave gaps;
// ResourceExhausted for a header above 100 MB or without memory; Unimplemented for another dtype.
absl::StatusOr<Safetensors> ReadSafetensors(const std::string& path,
                                            const ReadSafetensorsOptions& options = {});

}  // namespace dagrad::io

#endif  // DAGRAD_IO_SAFETENSORS_H_
