#include "dagrad/ops/nn/conv/conv2d_patches.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace dagrad::ops::conv2d_internal {
namespace {

// Rows of the filter over few channels are a handful of floats: a call would cost more than they.
inline void CopyFloats(const float* from, int64_t n, float* to) {
  constexpr int64_t kFew = 64, kFloats = 4;
  if (n > kFew) {
    std::memcpy(to, from, n * sizeof(float));
  } else if (n >= kFloats) {
    for (int64_t i = 0; i < n - kFloats; i += kFloats)
      std::memcpy(to + i, from + i, kFloats * sizeof(float));
    std::memcpy(to + n - kFloats, from + n - kFloats, kFloats * sizeof(float));
  } else {
    for (int64_t i = 0; i < n; ++i) to[i] = from[i];
  }
}

}  // namespace

Patches::Patches(const Sizes& sizes)
    : s(sizes),
      group_in(s.in_channels / s.groups),
      group_out(s.out_channels / s.groups),
      size(s.filter_height * s.filter_width * group_in),
      ld((size + 15) / 16 * 16),
      taps_(s.dilation_x == 1 && s.groups == 1 ? s.filter_width : 1) {
  if (ld % 256 == 0) ld += 16;  // rows should not all fall on the same lines of the cache
}

Patches::Pixel Patches::At(int64_t index) const {
  const int64_t line = index / s.out_width;
  return {line / s.out_height, line % s.out_height, index % s.out_width};
}

void Patches::Advance(Pixel* p) const {
  if (++p->ox < s.out_width) return;
  p->ox = 0;
  if (++p->oy < s.out_height) return;
  p->oy = 0;
  ++p->image;
}

bool Patches::IsInside(const Pixel& p) const {
  const int64_t iy = p.oy * s.stride_y - s.pad_top, ix = p.ox * s.stride_x - s.pad_left;
  return iy >= 0 && iy + (s.filter_height - 1) * s.dilation_y < s.height && ix >= 0 &&
         ix + (s.filter_width - 1) * s.dilation_x < s.width;
}

void Patches::CopyInside(const float* from, const Pixel& p, float* to) const {
  from += Offset(p, p.oy * s.stride_y - s.pad_top, p.ox * s.stride_x - s.pad_left);
  const int64_t row = s.dilation_y * s.width * s.in_channels, n = taps_ * group_in;
  const int64_t step = s.dilation_x * s.in_channels;  // where taps_ is 1
  for (int64_t i = 0; i < s.filter_height; ++i, from += row) {
    for (int64_t j = 0; j < s.filter_width; j += taps_, to += n) CopyFloats(from + j * step, n, to);
  }
}

// Calls f(place, elements, offset) for parts of the patch, in their order: `elements` of it that
// stand one after the other in the images too, from `offset` on, or are padding (offset -1). They
// are those of a row of the filter, or, where its columns lie apart or there are groups, of a tap.
template <typename F>
void Patches::ForEachPart(const Pixel& p, F f) const {
  int64_t place = 0;
  const auto part = [&](int64_t count, int64_t offset) {
    if (count > 0) f(place, count * group_in, offset);
    place += count * group_in;
  };
  for (int64_t i = 0; i < s.filter_height; ++i) {
    const int64_t iy = p.oy * s.stride_y + i * s.dilation_y - s.pad_top;
    const int64_t width = iy >= 0 && iy < s.height ? s.width : 0;
    for (int64_t j = 0; j < s.filter_width; j += taps_) {
      const int64_t ix = p.ox * s.stride_x + j * s.dilation_x - s.pad_left;
      const int64_t before = std::clamp<int64_t>(-ix, 0, taps_);
      const int64_t inside = std::clamp<int64_t>(width - ix - before, 0, taps_ - before);
      part(before, -1);
      part(inside, Offset(p, iy, ix + before));
      part(taps_ - before - inside, -1);
    }
  }
}

void Patches::Copy(const float* x, int64_t group, int64_t begin, int64_t end, float* to) const {
  const float* const from = x + group * group_in;
  Pixel p = At(begin);
  for (int64_t i = begin; i < end; ++i, Advance(&p), to += ld) {
    if (IsInside(p)) {
      CopyInside(from, p, to);
      continue;
    }
    ForEachPart(p, [&](int64_t place, int64_t n, int64_t offset) {
      if (offset < 0) {
        std::fill_n(to + place, n, 0.0f);
      } else {
        CopyFloats(from + offset, n, to + place);
      }
    });
  }
}

void Patches::Add(const float* patches, int64_t group, int64_t begin, int64_t end,
                  float* dx) const {
  float* const to = dx + group * group_in;
  Pixel p = At(begin);
  for (int64_t i = begin; i < end; ++i, Advance(&p), patches += ld) {
    ForEachPart(p, [&](int64_t place, int64_t n, int64_t offset) {
      if (offset < 0) return;
      for (int64_t c = 0; c < n; ++c) to[offset + c] += patches[place + c];
    });
  }
}

}  // namespace dagrad::ops::conv2d_internal
