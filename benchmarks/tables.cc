// dagrad's part of benchmarks/tables: reads a CSV file, and makes features of it.
//
//   tables FILE
//
// Prints, in JSON: seconds to read the file, to fit an encoder to the table and to transform the
// table, the peak of resident memory after the reading and at the end, and the sum of all features.
#include <chrono>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "dagrad/benchmarks/process_memory.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/csv.h"
#include "dagrad/io/csv_encoder.h"

namespace dagrad::benchmarks {
namespace {

class Stopwatch {
 public:
  // Seconds since the last call, or the beginning.
  double Lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// Numbers with their mean where one is missing, text as 0 and 1 for each category.
std::vector<io::CsvFeature> FeaturesOf(const io::CsvTable& table) {
  std::vector<io::CsvFeature> features;
  for (const io::CsvColumn& c : table.columns) {
    io::CsvFeature f;
    f.column = c.name;
    if (c.type == io::CsvType::kText) {
      f.encoding = io::CsvEncoding::kOneHot;
      f.fill = io::CsvFill::kKeep;
    } else {
      f.fill = io::CsvFill::kMean;
    }
    features.push_back(f);
  }
  return features;
}

absl::StatusOr<std::string> Measure(const std::string& path) {
  Stopwatch watch;
  DAGRAD_ASSIGN_OR_RETURN(const io::CsvTable table, io::ReadCsv(path));
  const double read = watch.Lap();
  DAGRAD_ASSIGN_OR_RETURN(const int64_t read_peak, PeakResidentBytes());
  watch.Lap();
  DAGRAD_ASSIGN_OR_RETURN(const io::CsvEncoder encoder,
                          io::CsvEncoder::Fit(table, FeaturesOf(table)));
  const double fit = watch.Lap();
  DAGRAD_ASSIGN_OR_RETURN(const Tensor x, encoder.Transform(table));
  const double transform = watch.Lap();
  DAGRAD_ASSIGN_OR_RETURN(const int64_t peak, PeakResidentBytes());
  double sum = 0;
  for (const float v : x.data<float>()) sum += v;
  return absl::StrFormat(
      R"({"read": %.6f, "fit": %.6f, "transform": %.6f, "read_peak": %d, "peak": %d, "sum": %.9g})",
      read, fit, transform, read_peak, peak, sum);
}

}  // namespace
}  // namespace dagrad::benchmarks

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: tables FILE\n";
    return 2;
  }
  const absl::StatusOr<std::string> figures = dagrad::benchmarks::Measure(argv[1]);
  if (!figures.ok()) {
    std::cerr << figures.status() << "\n";
    return 1;
  }
  std::cout << *figures << "\n";
}
