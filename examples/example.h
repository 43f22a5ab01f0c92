#ifndef DAGRAD_EXAMPLES_EXAMPLE_H_
#define DAGRAD_EXAMPLES_EXAMPLE_H_

// What an example of a course includes: dagrad's Keras, the tools of learning, pictures, flags.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "dagrad/examples/course_data.h"
#include "dagrad/examples/flags.h"
#include "dagrad/graph/or_exit.h"
#include "dagrad/io/csv.h"
#include "dagrad/io/csv_encoder.h"
#include "dagrad/keras/keras.h"
#include "dagrad/learn/learn.h"
#include "dagrad/learn/model_selection.h"
#include "dagrad/learn/pipeline.h"
#include "dagrad/learn/search.h"
#include "dagrad/learn/table.h"
#include "dagrad/plot/charts.h"
#include "dagrad/plot/image_grid.h"

namespace dagrad::examples {

// Prints a picture, and writes it to the folder of the flag --plots, if it is given, as NAME.svg.
void Show(const Flags& flags, const std::string& name, const plot::Chart& chart);
void Show(const Flags& flags, const std::string& name, const plot::HeatMap& map);
void Show(const Flags& flags, const std::string& name, const plot::ImageGrid& grid);
// HistoryChart, shown.
void ShowHistory(const Flags& flags, const std::string& name, const keras::History& history,
                 const std::string& metric);

// Saves a model, or a pipeline, in the folder of the flag --out, if it is given; one of several in
// a folder of its own name in there.
template <typename M>
void Save(const Flags& flags, const M& model, const std::string& name = "") {
  const std::filesystem::path folder = flags.Get("out");
  if (folder.empty()) return;
  std::error_code error;  // if there is one, Save has it too
  if (!name.empty()) std::filesystem::create_directories(folder, error);
  OrExit(model.Save(name.empty() ? folder : folder / name));
}

// The table of the file of --csv; without one `made_up`, text of the same columns, which is said.
io::CsvTable ReadTable(const Flags& flags, const std::string& made_up);

// The lines of a file of text, without their ends.
std::vector<std::string> ReadLines(const std::string& path);

}  // namespace dagrad::examples

// An example is a program of one file: it writes dagrad's names without their namespace.
using namespace dagrad;            // NOLINT
using namespace dagrad::examples;  // NOLINT

#endif  // DAGRAD_EXAMPLES_EXAMPLE_H_
