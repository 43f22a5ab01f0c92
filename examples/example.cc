#include "dagrad/examples/example.h"

#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace dagrad::examples {
namespace {

template <typename Picture>
void ShowPicture(const Flags& flags, const std::string& name, const Picture& picture) {
  std::cout << "\n" << OrExit(plot::ToText(picture));
  const std::string& folder = flags.Get("plots");
  if (!folder.empty()) OrExit(plot::SaveSvg(picture, folder + "/" + name + ".svg"));
}

}  // namespace

void Show(const Flags& flags, const std::string& name, const plot::Chart& chart) {
  ShowPicture(flags, name, chart);
}

void Show(const Flags& flags, const std::string& name, const plot::HeatMap& map) {
  ShowPicture(flags, name, map);
}

void Show(const Flags& flags, const std::string& name, const plot::ImageGrid& grid) {
  ShowPicture(flags, name, grid);
}

void ShowHistory(const Flags& flags, const std::string& name, const keras::History& history,
                 const std::string& metric) {
  Show(flags, name, OrExit(plot::HistoryChart(history, metric)));
}

io::CsvTable ReadTable(const Flags& flags, const std::string& made_up) {
  if (!flags.Get("csv").empty()) return OrExit(io::ReadCsv(flags.Get("csv")));
  std::cout << "Without --csv the table is made up: its columns are those of the course, its rows "
               "are nobody's.\n";
  return OrExit(io::ParseCsv(made_up));
}

std::vector<std::string> ReadLines(const std::string& path) {
  std::ifstream file(path);
  if (!file.good()) OrExit(absl::NotFoundError(path + ": cannot be read"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

}  // namespace dagrad::examples
