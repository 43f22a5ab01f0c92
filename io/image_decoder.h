#ifndef DAGRAD_IO_IMAGE_DECODER_H_
#define DAGRAD_IO_IMAGE_DECODER_H_

#include <csetjmp>
#include <cstdint>
#include <type_traits>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/image.h"

// What ParseImage is made of.
namespace dagrad::io::image_internal {

// Pixels, uint8 [height, width, channels], and the bytes that are taken for them.
struct Pixels {
  Tensor tensor;
  Budget::Lease lease;
};
// Space for them; ResourceExhausted above options.max_bytes or the budget.
absl::StatusOr<Pixels> Allocate(uint64_t height, uint64_t width, const ReadImageOptions& options);

// options.channels is 3 or 4.
absl::StatusOr<Pixels> ParsePng(absl::string_view bytes, const ReadImageOptions& options);
absl::StatusOr<Pixels> ParseJpeg(absl::string_view bytes, const ReadImageOptions& options);
absl::StatusOr<Pixels> ParseBmp(absl::string_view bytes, const ReadImageOptions& options);

// Calls step(), of code in C that gives up by longjmp(jump, 1): whether it did not. Nothing that is
// left so has a destructor to be called: the step calls that code alone.
template <typename Step>
[[gnu::noinline]] bool Completed(std::jmp_buf& jump, const Step& step) {
  static_assert(std::is_trivially_destructible_v<Step>);
  if (setjmp(jump) != 0) return false;
  step();
  return true;
}

}  // namespace dagrad::io::image_internal

#endif  // DAGRAD_IO_IMAGE_DECODER_H_
