#ifndef DAGRAD_KERAS_LAYERS_LAYER_OPTIONS_H_
#define DAGRAD_KERAS_LAYERS_LAYER_OPTIONS_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/keras/layers/layer.h"

// What options of several layers have in common.
namespace dagrad::keras {

// Of one example, or nothing: .input_shape = {28, 28, 1}.
struct InputShape : std::optional<Dims> {
  using std::optional<Dims>::optional;
  InputShape() = default;
  InputShape(std::initializer_list<int64_t> dims) : std::optional<Dims>(Dims(dims)) {}
};

struct LayerOptions {
  InputShape input_shape = {};
  std::string name = {};
};

// One axis, or several: .axis = -1, .axis = {1, 2}.
struct Axes {
  std::vector<int64_t> values;
  Axes(int64_t one) : values({one}) {}  // NOLINT(google-explicit-constructor)
  Axes(int one) : values({one}) {}      // NOLINT(google-explicit-constructor)
  Axes(std::vector<int64_t> all)        // NOLINT(google-explicit-constructor)
      : values(std::move(all)) {}
  Axes(std::initializer_list<int64_t> all) : values(all) {}
};

// An int stands for both directions: .kernel_size of 3 is {3, 3}.
struct Size2D {
  int64_t height = 1;
  int64_t width = 1;
  Size2D(int64_t both) : height(both), width(both) {}  // NOLINT(google-explicit-constructor)
  Size2D(int both) : height(both), width(both) {}      // NOLINT(google-explicit-constructor)
  Size2D(int64_t h, int64_t w) : height(h), width(w) {}
};

// An int stands for all directions.
struct Size3D {
  int64_t depth = 1, height = 1, width = 1;
  Size3D(int64_t all) : Size3D(all, all, all) {}  // NOLINT(google-explicit-constructor)
  Size3D(int all) : Size3D(all, all, all) {}      // NOLINT(google-explicit-constructor)
  Size3D(int64_t d, int64_t h, int64_t w) : depth(d), height(h), width(w) {}
};

// An int stands for both ends of the steps.
struct Padding1D {
  int64_t before = 0, after = 0;
  Padding1D(int64_t both) : Padding1D(both, both) {}  // NOLINT(google-explicit-constructor)
  Padding1D(int both) : Padding1D(both, both) {}      // NOLINT(google-explicit-constructor)
  Padding1D(int64_t b, int64_t a) : before(b), after(a) {}
};

// An int stands for all sides, two for height (top and bottom) and width (left and right).
struct Padding2D {
  int64_t top = 0, bottom = 0, left = 0, right = 0;
  Padding2D(int64_t all) : Padding2D(all, all) {}  // NOLINT(google-explicit-constructor)
  Padding2D(int all) : Padding2D(all, all) {}      // NOLINT(google-explicit-constructor)
  Padding2D(int64_t h, int64_t w) : Padding2D(h, h, w, w) {}
  Padding2D(int64_t t, int64_t b, int64_t l, int64_t r) : top(t), bottom(b), left(l), right(r) {}
};

// An int stands for all sides, three for both sides of depth, height and width.
struct Padding3D {
  Padding1D depth = 0, height = 0, width = 0;
  Padding3D(int64_t all) : Padding3D(all, all, all) {}  // NOLINT(google-explicit-constructor)
  Padding3D(int all) : Padding3D(all, all, all) {}      // NOLINT(google-explicit-constructor)
  Padding3D(Padding1D d, Padding1D h, Padding1D w) : depth(d), height(h), width(w) {}
};

// Where a random factor is drawn from. One number f stands for [-f, f], or for [0, f] where it
// cannot be negative: the layer says which numbers it takes.
struct Factor {
  double lower = 0, upper = 0;
  Factor(double f) : lower(f < 0 ? f : -f), upper(f < 0 ? -f : f) {}  // NOLINT
  Factor(double low, double high) : lower(low), upper(high) {}
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_LAYERS_LAYER_OPTIONS_H_
