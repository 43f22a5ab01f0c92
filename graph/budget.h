#ifndef DAGRAD_GRAPH_BUDGET_H_
#define DAGRAD_GRAPH_BUDGET_H_

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dagrad {

// What a job may take: bytes of memory, time, and a way to stop it from outside. The job hands it
// on from the file to the run; each part of the work takes the bytes that it needs before it
// allocates them, and looks now and then whether to go on. Copies share one account. Thread-safe;
// all methods are const because the account is shared.
//
// A default Budget has no account: no limit, nothing is counted, and Check() is a comparison.
class Budget {
 public:
  struct Limits {
    int64_t bytes = std::numeric_limits<int64_t>::max();
    std::optional<std::chrono::nanoseconds> time = {};  // from now on
  };
  Budget() = default;
  // With Limits() too it has an account, and so can be cancelled.
  explicit Budget(const Limits& limits);

  // Bytes that are given back when this goes.
  class Lease;
  // Takes `bytes` (>= 0) of what is left, as long as the lease lives. ResourceExhausted, taking
  // nothing, if there are fewer: "the tensor takes 700 bytes; 600 of 1000 that are allowed are
  // taken".
  absl::StatusOr<Lease> Lend(int64_t bytes, absl::string_view what) const;
  // The same for good, as Lend(…) and Keep().
  absl::Status Take(int64_t bytes, absl::string_view what) const;

  // DeadlineExceeded or Cancelled once that is so.
  absl::Status Check() const { return account_ == nullptr ? absl::OkStatus() : CheckAccount(); }
  // Of all copies, for good. Nothing without an account.
  void Cancel() const;

  bool limited() const { return account_ != nullptr; }
  int64_t limit() const;  // bytes
  int64_t taken() const;  // bytes, now

 private:
  struct Account;
  absl::Status CheckAccount() const;

  std::shared_ptr<Account> account_;
};

class Budget::Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease();
  // Gives nothing back: for what the job hands to its caller.
  void Keep() { account_ = nullptr; }

 private:
  friend class Budget;
  std::shared_ptr<Account> account_;
  int64_t bytes_ = 0;
};

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_BUDGET_H_
