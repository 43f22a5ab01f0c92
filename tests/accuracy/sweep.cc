#include "dagrad/tests/accuracy/sweep.h"

#include <cstdio>
#include <cstring>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace dagrad::tests {
namespace {

constexpr uint64_t kStride = 4001;
constexpr int64_t kDoubles = 200'000;

}  // namespace

std::map<std::string, std::vector<double>> ReadBounds(size_t columns) {
  std::map<std::string, std::vector<double>> bounds;
  std::ifstream file("docs/accuracy.md");
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    if (cells.size() != columns + 3 || !absl::StartsWith(cells[1], " `")) continue;
    std::vector<double> numbers(columns);
    bool all_numbers = true;
    for (size_t i = 0; i < columns; ++i)
      all_numbers = all_numbers && absl::SimpleAtod(cells[i + 2], &numbers[i]);
    const auto name = absl::StripSuffix(absl::StripPrefix(cells[1], " `"), "` ");
    if (all_numbers) bounds[std::string(name)] = numbers;
  }
  return bounds;
}

bool IsFloatFunction(const OpDef& op) {
  if (!op.Has(kElementwise) || op.Has(kView) || op.outputs.size() != 1) return false;
  if (op.inputs.size() > 2 || op.name == "Cast") return false;
  const auto takes_floats = [](const PortSpec& port) {
    return port.dtypes.Contains(DType::kFloat32) && port.type_variable == "T";
  };
  return std::all_of(op.inputs.begin(), op.inputs.end(), takes_floats) &&
         takes_floats(op.outputs[0]);
}

std::vector<float> Floats() {
  std::vector<float> x = Edges<float>();
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += kStride) {
    const auto word = static_cast<uint32_t>(bits);
    x.emplace_back();
    std::memcpy(&x.back(), &word, sizeof(word));
  }
  return x;
}

std::vector<double> Doubles(std::mt19937_64* random) {
  std::vector<double> x = Edges<double>();
  std::uniform_real_distribution<double> near(-30, 30);
  for (int64_t i = 0; i < kDoubles; ++i) {
    const uint64_t word = (*random)();
    x.emplace_back();
    std::memcpy(&x.back(), &word, sizeof(word));
    x.push_back(near(*random));
  }
  return x;
}

void ExpectWithin(const std::string& name, const std::string& how, const Worst& worst,
                  double bound) {
  std::printf("%-24s %-20s %6.3f ULP at %s\n", name.c_str(), how.c_str(), worst.ulps,
              worst.at.c_str());
  EXPECT_LE(worst.ulps, bound) << name << ", " << how << ": " << worst.at;
}

}  // namespace dagrad::tests
