#include "dagrad/tests/hostile/hostile_values.h"

#include <limits>

namespace dagrad::tests {

uint64_t Below(uint64_t n, Rng* rng) { return n == 0 ? 0 : (*rng)() % n; }

bool OneIn(uint64_t n, Rng* rng) { return Below(n, rng) == 0; }

int64_t HostileInt(Rng* rng) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kOne = 1;
  static const std::vector<int64_t> small = {0, 1, -1, 2, -2, 3, 4, 5, 7, 8, 9, 16, 31, 64, 100};
  static const std::vector<int64_t> large = {
      127,
      128,
      255,
      256,
      65535,
      65536,
      (kOne << 31) - 1,
      kOne << 31,
      -(kOne << 31),
      -(kOne << 31) - 1,
      (kOne << 32) - 1,
      kOne << 32,
      kOne << 39,
      kOne << 40,
      (kOne << 40) + 1,
      kOne << 47,
      kOne << 62,
      -(kOne << 62),
      kMax,
      kMax - 1,
      kMin,
      kMin + 1,
  };
  return OneIn(2, rng) ? Pick(large, rng) : Pick(small, rng);
}

double HostileDouble(Rng* rng) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  static const std::vector<double> values = {0,
                                             -0.0,
                                             1,
                                             -1,
                                             0.5,
                                             2,
                                             1e-3,
                                             -3.5,
                                             1e30,
                                             1e308,
                                             -1e308,
                                             1e-320,
                                             kInf,
                                             -kInf,
                                             1 - 1e-16,
                                             4294967296.0,
                                             std::numeric_limits<double>::quiet_NaN()};
  return Pick(values, rng);
}

std::string HostileDim(Rng* rng) {
  static const std::vector<std::string> plain = {
      "0", "1", "2", "3", "4", "8", "17", "64", "batch", "time", "batch + 1", "2*batch"};
  static const std::vector<std::string> odd = {"-1",
                                               "-2",
                                               "65536",
                                               "2147483647",
                                               "2147483648",
                                               "4294967296",
                                               "1099511627776",
                                               "4611686018427387904",
                                               "9223372036854775807",
                                               "-9223372036854775808",
                                               "18446744073709551616",
                                               "batch*batch",
                                               "batch - 5",
                                               "floor((batch + 1)/2)",
                                               "floor((batch - 3)/2)",
                                               "floor(batch/0)",
                                               "floor((floor((batch)/3) + 1)/2)",
                                               "-batch",
                                               "",
                                               " ",
                                               "(",
                                               ")",
                                               "batch*",
                                               "0*batch",
                                               "batch*batch*batch*batch*batch*batch*batch*batch",
                                               "4611686018427387904*batch",
                                               "batch + 9223372036854775807",
                                               "a*b",
                                               "a + b",
                                               "1e3",
                                               "0x10",
                                               "\xCF\x80"};
  return OneIn(3, rng) ? Pick(odd, rng) : Pick(plain, rng);
}

std::string HostileText(Rng* rng) {
  static const std::vector<std::string> texts = {"",
                                                 std::string(1, '\0'),
                                                 "\x1b[2J\x1b]8;;http://x\x07",
                                                 "\"];\n<script>",
                                                 "\xff\xfe",
                                                 "\xE2\x80\xAE",
                                                 ":",
                                                 "x:0",
                                                 "a:b:1",
                                                 "same",
                                                 "valid",
                                                 "explicit",
                                                 "relu",
                                                 "../x",
                                                 std::string(2000, 'a')};
  return OneIn(4, rng) ? HostileDim(rng) : Pick(texts, rng);
}

}  // namespace dagrad::tests
