#include "dagrad/keras/history.h"

#include <limits>
#include <string>
#include <vector>

namespace dagrad::keras {

void Logs::Set(absl::string_view name, double value) {
  for (auto& [key, old] : entries_) {
    if (key != name) continue;
    old = value;
    return;
  }
  entries_.emplace_back(std::string(name), value);
}

double Logs::operator[](absl::string_view name) const {
  for (const auto& [key, value] : entries_) {
    if (key == name) return value;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

bool Logs::Contains(absl::string_view name) const {
  for (const auto& [key, value] : entries_) {
    if (key == name) return true;
  }
  return false;
}

std::vector<double> History::operator[](absl::string_view name) const {
  std::vector<double> values;
  for (const Logs& l : logs) {
    if (l.Contains(name)) values.push_back(l[name]);
  }
  return values;
}

}  // namespace dagrad::keras
