#include "dagrad/keras/models/per_output.h"

#include <algorithm>

namespace dagrad::keras {

OutputMetrics::OutputMetrics(std::initializer_list<Item> items) {
  const bool lists =
      std::any_of(items.begin(), items.end(), [](const Item& item) { return item.is_list; });
  for (const Item& item : items) {
    if (lists) {
      of_each.push_back(item.metrics);
    } else {
      list.insert(list.end(), item.metrics.begin(), item.metrics.end());
    }
  }
}

}  // namespace dagrad::keras
