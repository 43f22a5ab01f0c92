#include "dagrad/keras/callbacks/history.h"

#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "dagrad/keras/callbacks/progress_bar.h"

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

std::ostream& operator<<(std::ostream& out, const Logs& logs) {
  const char* separator = "";
  for (const auto& [name, value] : logs.entries()) {
    out << separator << name << ": " << FormatLogValue(value);
    separator = ", ";
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const History& history) {
  for (size_t i = 0; i < history.logs.size(); ++i)
    out << "epoch " << history.epoch[i] + 1 << ": " << history.logs[i] << '\n';
  return out;
}

std::ostream& operator<<(std::ostream& out, const absl::StatusOr<Logs>& logs) {
  return logs.ok() ? out << *logs : out << logs.status();
}

std::ostream& operator<<(std::ostream& out, const absl::StatusOr<History>& history) {
  return history.ok() ? out << *history : out << history.status();
}

}  // namespace dagrad::keras
