#ifndef DAGRAD_TESTS_HOSTILE_HOSTILE_VALUES_H_
#define DAGRAD_TESTS_HOSTILE_HOSTILE_VALUES_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace dagrad::tests {

// What a hostile file would hold: limits of types, signs, powers of two and their neighbours,
// special floats, text with control bytes. Half of the draws are small, so that files stay
// meaningful.
using Rng = std::mt19937_64;

// A number below `n`; 0 for n = 0.
uint64_t Below(uint64_t n, Rng* rng);
// True once in `n` draws.
bool OneIn(uint64_t n, Rng* rng);

template <typename T>
const T& Pick(const std::vector<T>& list, Rng* rng) {
  return list[Below(list.size(), rng)];
}

int64_t HostileInt(Rng* rng);
double HostileDouble(Rng* rng);
// A dimension as files write it: numbers, symbols, expressions, damaged ones.
std::string HostileDim(Rng* rng);
// A name or other text.
std::string HostileText(Rng* rng);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_HOSTILE_HOSTILE_VALUES_H_
