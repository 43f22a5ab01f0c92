#ifndef DAGRAD_GRAPH_ERROR_LIST_H_
#define DAGRAD_GRAPH_ERROR_LIST_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/error.h"

namespace dagrad {

// Errors with their place in front, up to a limit: 1 for callers that want the first alone.
class ErrorList {
 public:
  ErrorList(size_t limit, std::vector<absl::Status>* errors) : limit_(limit), errors_(errors) {}

  bool full() const { return errors_->size() >= limit_; }
  size_t size() const { return errors_->size(); }
  size_t limit() const { return limit_; }
  std::vector<absl::Status>* list() { return errors_; }
  void Add(absl::string_view where, const absl::Status& status) {
    if (status.ok() || full()) return;
    errors_->push_back(where.empty() ? status : Prefixed(where, status));
  }

 private:
  size_t limit_;
  std::vector<absl::Status>* errors_;
};

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_ERROR_LIST_H_
