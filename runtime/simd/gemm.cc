#include "dagrad/runtime/simd/gemm.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/simd/gemm.cc"
#include "hwy/foreach_target.h"
//
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/simd/gemm_dots.inc"
#include "dagrad/runtime/simd/gemm_few.inc"
#include "dagrad/runtime/simd/gemm_pack.inc"
#include "dagrad/runtime/simd/gemm_tile.inc"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::runtime::simd::HWY_NAMESPACE {
namespace {

// A sum is that of the sums of equal parts of k, at most this long: so it is more precise, part of
// a panel stays in the first cache, and kRowBlock rows of a in the second.
constexpr int64_t kDepth = 256;
constexpr int64_t kRowBlock = 192;
constexpr int64_t kWindowDepth = 384;
// A line of the cache holds many rows' elements of a transposed a, of which a tile uses few: so
// rows are copied, this many at a time, where many panels make it worth while.
constexpr int64_t kCopiedRows = 48;
constexpr int64_t kManyPanels = 16;

// The part of the next panel that a tile fetches: the first tile the first half, others the second.
HWY_INLINE const float* NextOf(const float* next, int64_t row, int64_t k) {
  return row == 0 ? next : next + k * kLanes;
}

// Of all m rows, `width` <= kVectors * kLanes columns.
template <int kVectors, LeftForm kForm>
HWY_INLINE void Strip(int64_t m, int64_t width, TileArgs t) {
  const float* const a = t.a;
  float* const c = t.c;
  const float* const next = t.next;
  ForParts(m, kTileRows, [&](int64_t begin, int64_t end) HWY_ATTR {
    const TileFunction tile = kTiles<kVectors, kForm>[end - begin - 1];
    t.a = a + begin * t.a_row;
    t.c = c + begin * t.ldc;
    t.next = NextOf(next, begin, t.k * t.segments);
    if (width == kVectors * kLanes) {
      tile(t);
    } else {
      PartialTile(tile, t, end - begin, width, kVectors);
    }
  });
}

// The same for rows that PackLeft copied.
template <int kVectors>
HWY_INLINE void PackedStrip(int64_t m, int64_t width, TileArgs t) {
  float* const c = t.c;
  const float* const next = t.next;
  t.a_row = 1;
  ForParts(m, kTileRows, [&](int64_t begin, int64_t end) HWY_ATTR {
    const TileFunction tile = kTiles<kVectors, LeftForm::kColumns>[end - begin - 1];
    t.a_step = end - begin;
    t.c = c + begin * t.ldc;
    t.next = NextOf(next, begin, t.k * t.segments);
    if (width == kVectors * kLanes) {
      tile(t);
    } else {
      PartialTile(tile, t, end - begin, width, kVectors);
    }
    t.a += t.k * t.a_step;
  });
}

HWY_NOINLINE void AnyStrip(int64_t m, bool packed_left, int64_t width, const TileArgs& t) {
  if (packed_left) {
    width <= kLanes ? PackedStrip<1>(m, width, t) : PackedStrip<2>(m, width, t);
  } else if (t.a_row == 1) {
    width <= kLanes ? Strip<1, LeftForm::kColumns>(m, width, t)
                    : Strip<2, LeftForm::kColumns>(m, width, t);
  } else {
    width <= kLanes ? Strip<1, LeftForm::kRows>(m, width, t)
                    : Strip<2, LeftForm::kRows>(m, width, t);
  }
}

int64_t PanelColumnsLoop() { return kPanelColumns; }

void PackRowsLoop(int64_t k, int64_t n, int64_t first, int64_t rows, GemmOperand b,
                  int64_t panel_begin, int64_t panel_end, float* packed) {
  // Few rows at a time, so that each is read on where it ended, or a panel's columns as they are.
  const int64_t together = b.transposed ? rows : 16;
  for (int64_t p = 0; p < rows; p += together) {
    for (int64_t panel = panel_begin; panel < panel_end; ++panel) {
      const int64_t col = panel * kPanelColumns;
      CopyBlock(std::min(together, rows - p), std::min(kPanelColumns, n - col), b, p, col,
                packed + (panel * k + first + p) * kPanelColumns, kPanelColumns);
    }
  }
}

int64_t ScratchFloatsLoop(int64_t m, int64_t n, int64_t k) {
  if (n <= (kManyPanels - 1) * kPanelColumns) return 0;
  return std::min(m, kCopiedRows) * std::min(k, kDepth);
}

void GemmPackedLoop(int64_t m, int64_t n, int64_t k, GemmOperand a, const float* packed,
                    int64_t panel_begin, int64_t panel_end, GemmResult c, float* scratch) {
  const bool pack = scratch != nullptr && a.transposed && panel_end - panel_begin >= kManyPanels;
  ForParts(k, kDepth, [&](int64_t p, int64_t p_end) HWY_ATTR {
    ForParts(m, pack ? kCopiedRows : kRowBlock, [&](int64_t i, int64_t i_end) HWY_ATTR {
      TileArgs t = ArgsOf(p_end - p, a, {}, c);
      const float* const first = packed + (panel_begin * k + p) * kPanelColumns;
      t.a += i * t.a_row + p * t.a_step;
      t.ldb = kPanelColumns;
      t.add = p > 0 || c.add;
      if (pack) {
        PackLeft(i_end - i, t.k, t.a, a.ld, scratch);
        t.a = scratch;
      }
      for (int64_t panel = panel_begin; panel < panel_end; ++panel) {
        const int64_t col = panel * kPanelColumns;
        t.b = packed + (panel * k + p) * kPanelColumns;
        t.bias = p_end == k && c.bias != nullptr ? c.bias + col : nullptr;
        t.c = c.data + i * c.ld + col;
        t.next = panel + 1 < panel_end ? t.b + k * kPanelColumns : first + t.k * kPanelColumns;
        AnyStrip(i_end - i, pack, std::min(kPanelColumns, n - col), t);
      }
    });
  });
}

// Columns [begin, end), at most kPanelColumns, by a copy of b's. k is at most kDepth.
HWY_NOINLINE void CopiedStrip(int64_t m, int64_t begin, int64_t end, int64_t k, GemmOperand b,
                              TileArgs t) {
  HWY_ALIGN float copy[kDepth * kPanelColumns];
  t.ldb = end - begin <= kLanes ? kLanes : kPanelColumns;
  CopyBlock(k, end - begin, b, 0, begin, copy, t.ldb);
  t.b = copy;
  t.c += begin;
  if (t.bias != nullptr) t.bias += begin;
  AnyStrip(m, false, end - begin, t);
}

// All n columns; b has k rows in all segments together, at most kDepth.
HWY_INLINE void AllStrips(int64_t m, int64_t n, int64_t k, GemmOperand b, const TileArgs& t) {
  // Rows of b whose distance is a multiple of a power of two fall on the same lines of the cache:
  // worth a copy if it is used often enough.
  const bool in_place = !b.transposed && (b.ld % 256 != 0 || m < 64);
  for (int64_t col = 0; col < n; col += kPanelColumns) {
    const int64_t width = std::min(kPanelColumns, n - col);
    if (!in_place || width % kLanes != 0) {
      CopiedStrip(m, col, col + width, k, b, t);
      continue;
    }
    TileArgs strip = t;
    strip.b += col;
    strip.c += col;
    if (t.bias != nullptr) strip.bias += col;
    AnyStrip(m, false, width, strip);
  }
}

// The product, or a part of it along k, of at most kDepth. `streamed`: b is in no cache.
HWY_NOINLINE void PartOfGemm(int64_t m, int64_t n, int64_t k, GemmOperand a, GemmOperand b,
                             GemmResult c, bool streamed) {
  const TileArgs t = ArgsOf(k, a, b, c);
  if (!b.transposed && m <= kFewRows) return (streamed ? StreamedFewRows : FewRows)(m, n, t);
  AllStrips(m, n, k, b, t);
}

void GemmLoop(int64_t m, int64_t n, int64_t k, GemmOperand a, GemmOperand b, GemmResult c) {
  const bool streamed = n >= kPanelColumns && b.ld * k > (int64_t{1} << 22);  // 16 MB
  ForParts(k, kDepth, [&](int64_t p, int64_t p_end) HWY_ATTR {
    GemmOperand a_part = a, b_part = b;
    a_part.data += p * (a.transposed ? a.ld : 1);
    b_part.data += p * (b.transposed ? 1 : b.ld);
    const GemmResult part = {c.data, c.ld, p > 0 || c.add, p_end == k ? c.bias : nullptr};
    PartOfGemm(m, n, p_end - p, a_part, b_part, part, streamed);
  });
}

// All panels of the windows of some rows and columns, for a part of the sums.
HWY_INLINE void WindowBlock(int64_t rows, int64_t columns, int64_t n, int64_t panel_begin,
                            int64_t panel_end, const Windows& w, TileArgs t, int64_t c_row) {
  const int64_t panel_step = w.segments * w.segment * kPanelColumns;
  const float* const a = t.a;
  const float* const bias = t.bias;
  float* const c = t.c;
  for (int64_t panel = panel_begin; panel < panel_end; ++panel) {
    const int64_t col = panel * kPanelColumns;
    t.bias = bias == nullptr ? nullptr : bias + col;
    t.next = panel + 1 < panel_end ? t.b + panel_step : t.b;
    for (int64_t y = 0; y < rows; ++y) {
      t.a = a + y * w.row_step;
      t.c = c + y * c_row + col;
      AnyStrip(columns, false, std::min(kPanelColumns, n - col), t);
    }
    t.b += panel_step;
  }
}

void GemmWindowsLoop(int64_t n, const Windows& w, const float* packed, int64_t panel_begin,
                     int64_t panel_end, GemmResult c, int64_t c_row) {
  const int64_t k = w.segments * w.segment;
  const int64_t together = std::max<int64_t>(1, kWindowDepth / w.segment);
  const int64_t rows = std::max<int64_t>(1, kRowBlock / w.columns);
  ForParts(w.segments, together, [&](int64_t s, int64_t s_end) HWY_ATTR {
    ForParts(w.segment, kWindowDepth, [&](int64_t p, int64_t p_end) HWY_ATTR {
      const int64_t first = s * w.segment + p;
      TileArgs t = ArgsOf(p_end - p, {nullptr, w.column_step}, {}, c);
      t.segments = s_end - s;
      t.a_gap = w.segment_step - t.k;
      t.b = packed + (panel_begin * k + first) * kPanelColumns;
      t.ldb = kPanelColumns;
      t.add = first > 0 || c.add;
      if (s_end != w.segments || p_end != w.segment) t.bias = nullptr;
      ForParts(w.rows, rows, [&](int64_t y, int64_t y_end) HWY_ATTR {
        ForParts(w.columns, kRowBlock, [&](int64_t x, int64_t x_end) HWY_ATTR {
          t.a = w.data + y * w.row_step + x * w.column_step + s * w.segment_step + p;
          t.c = c.data + y * c_row + x * c.ld;
          WindowBlock(y_end - y, x_end - x, n, panel_begin, panel_end, w, t, c_row);
        });
      });
    });
  });
}

void GemmTransposedWindowsLoop(int64_t n, const Windows& w, const float* b, GemmResult c) {
  const int64_t rows = std::max<int64_t>(1, kDepth / w.columns);
  ForParts(w.rows, rows, [&](int64_t y, int64_t y_end) HWY_ATTR {
    ForParts(w.columns, kDepth, [&](int64_t x, int64_t x_end) HWY_ATTR {
      const int64_t width = x_end - x;
      const GemmOperand a = {w.data + y * w.row_step + x * w.column_step, w.column_step, true};
      const GemmOperand part = {b + (y * w.columns + x) * n, n};
      TileArgs t = ArgsOf(width, a, part, c);
      t.segments = y_end - y;
      t.a_gap = w.row_step - width * w.column_step;
      t.add = y > 0 || x > 0 || c.add;
      AllStrips(w.segment, n, t.segments * width, part, t);
    });
  });
}

}  // namespace
}  // namespace dagrad::runtime::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::runtime::simd {
namespace {

HWY_EXPORT(PanelColumnsLoop);
HWY_EXPORT(ScratchFloatsLoop);
HWY_EXPORT(GemmPackedLoop);
HWY_EXPORT(GemmLoop);
HWY_EXPORT(GemmDotsLoop);
HWY_EXPORT(PackRowsLoop);
HWY_EXPORT(GemmWindowsLoop);
HWY_EXPORT(GemmTransposedWindowsLoop);

}  // namespace

int64_t PanelColumns() { return HWY_DYNAMIC_DISPATCH(PanelColumnsLoop)(); }
int64_t NumPanels(int64_t n) { return (n + PanelColumns() - 1) / PanelColumns(); }
size_t PackedBytes(int64_t k, int64_t n) {
  return BytesOf<float>(NumPanels(n), PanelColumns(), k).value();
}
void PackRight(int64_t k, int64_t n, GemmOperand b, int64_t panel_begin, int64_t panel_end,
               float* packed) {
  PackRows(k, n, 0, k, b, panel_begin, panel_end, packed);
}
size_t GemmScratchBytes(int64_t m, int64_t n, int64_t k) {
  return BytesOf<float>(HWY_DYNAMIC_DISPATCH(ScratchFloatsLoop)(m, n, k)).value();
}
void GemmPacked(int64_t m, int64_t n, int64_t k, GemmOperand a, const float* packed,
                int64_t panel_begin, int64_t panel_end, GemmResult c, float* scratch) {
  if (m == 0) return;
  HWY_DYNAMIC_DISPATCH(GemmPackedLoop)(m, n, k, a, packed, panel_begin, panel_end, c, scratch);
}

void Gemm(int64_t m, int64_t n, int64_t k, GemmOperand a, GemmOperand b, GemmResult c) {
  if (m == 0 || n == 0) return;
  const auto loop = HWY_DYNAMIC_DISPATCH(GemmLoop);
  if (n == 1 && c.ld == 1 && c.bias == nullptr) {  // a row is faster than a column
    return loop(1, m, k, {b.data, b.ld, !b.transposed}, {a.data, a.ld, !a.transposed},
                {c.data, m, c.add});
  }
  loop(m, n, k, a, b, c);
}

void GemmDots(int64_t m, int64_t n, int64_t k, GemmOperand a, GemmOperand b, GemmResult c) {
  HWY_DYNAMIC_DISPATCH(GemmDotsLoop)(m, n, k, a, b, c);
}

void PackRows(int64_t k, int64_t n, int64_t first, int64_t rows, GemmOperand b, int64_t panel_begin,
              int64_t panel_end, float* packed) {
  HWY_DYNAMIC_DISPATCH(PackRowsLoop)(k, n, first, rows, b, panel_begin, panel_end, packed);
}

void GemmWindows(int64_t n, const Windows& w, const float* packed, int64_t panel_begin,
                 int64_t panel_end, GemmResult c, int64_t c_row) {
  HWY_DYNAMIC_DISPATCH(GemmWindowsLoop)(n, w, packed, panel_begin, panel_end, c, c_row);
}

void GemmTransposedWindows(int64_t n, const Windows& w, const float* b, GemmResult c) {
  HWY_DYNAMIC_DISPATCH(GemmTransposedWindowsLoop)(n, w, b, c);
}

}  // namespace dagrad::runtime::simd
#endif  // HWY_ONCE
