#include "dagrad/keras/callbacks/history.h"

#include <algorithm>
#include <limits>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/keras/callbacks/progress_bar.h"

namespace dagrad::keras {

namespace {

template <typename Entries>
auto Find(Entries& entries, absl::string_view name) {
  return std::find_if(entries.begin(), entries.end(),
                      [&](const auto& e) { return e.first == name; });
}

template <typename T>
void SetIn(std::vector<std::pair<std::string, T>>* entries, absl::string_view name, T value) {
  const auto old = Find(*entries, name);
  if (old != entries->end()) {
    old->second = std::move(value);
  } else {
    entries->emplace_back(std::string(name), std::move(value));
  }
}

}  // namespace

void Logs::Set(absl::string_view name, double value) { SetIn(&entries_, name, value); }
void Logs::Set(absl::string_view name, Tensor value) { SetIn(&tensors_, name, std::move(value)); }

double Logs::operator[](absl::string_view name) const {
  const auto found = Find(entries_, name);
  return found == entries_.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

Tensor Logs::GetTensor(absl::string_view name) const {
  const auto found = Find(tensors_, name);
  return found == tensors_.end() ? Tensor() : found->second;
}

bool Logs::Contains(absl::string_view name) const { return Find(entries_, name) != entries_.end(); }

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
  for (const auto& [name, tensor] : logs.tensors()) {
    out << separator << name << ": " << tensor.ToString();
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
