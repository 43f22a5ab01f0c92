#include "dagrad/examples/example.h"

#include <iostream>
#include <string>

namespace dagrad::examples {
namespace {

template <typename Picture>
absl::Status ShowPicture(const Flags& flags, const std::string& name, const Picture& picture) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string text, plot::ToText(picture));
  std::cout << "\n" << text;
  const std::string& folder = flags.Get("plots");
  return folder.empty() ? absl::OkStatus() : plot::SaveSvg(picture, folder + "/" + name + ".svg");
}

}  // namespace

absl::Status Show(const Flags& flags, const std::string& name, const plot::Chart& chart) {
  return ShowPicture(flags, name, chart);
}

absl::Status Show(const Flags& flags, const std::string& name, const plot::HeatMap& map) {
  return ShowPicture(flags, name, map);
}

absl::Status ShowHistory(const Flags& flags, const std::string& name, const keras::History& history,
                         const std::string& metric) {
  DAGRAD_ASSIGN_OR_RETURN(const plot::Chart chart, plot::HistoryChart(history, metric));
  return Show(flags, name, chart);
}

absl::StatusOr<io::CsvTable> ReadTable(const Flags& flags, const std::string& made_up) {
  if (!flags.Get("csv").empty()) return io::ReadCsv(flags.Get("csv"));
  std::cout << "Without --csv the table is made up: its columns are those of the course, its rows "
               "are nobody's.\n";
  return io::ParseCsv(made_up);
}

}  // namespace dagrad::examples
