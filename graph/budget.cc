#include "dagrad/graph/budget.h"

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad {

using Clock = std::chrono::steady_clock;

struct Budget::Account {
  int64_t bytes = 0;
  std::optional<Clock::time_point> deadline;
  std::chrono::nanoseconds time{0};
  std::atomic<int64_t> taken{0};
  std::atomic<bool> cancelled{false};
};

Budget::Budget(const Limits& limits) : account_(std::make_shared<Account>()) {
  account_->bytes = limits.bytes;
  if (!limits.time.has_value()) return;
  account_->time = *limits.time;
  const Clock::time_point now = Clock::now();
  // A time beyond the clock's range is none.
  if (*limits.time < Clock::time_point::max() - now) account_->deadline = now + *limits.time;
}

absl::Status Budget::Take(int64_t bytes, absl::string_view what) const {
  if (account_ == nullptr) return absl::OkStatus();
  int64_t taken = account_->taken.load(std::memory_order_relaxed);
  do {
    if (bytes < 0 || bytes > account_->bytes - taken) {  // negative: wrapped around
      return ResourceExhaustedError(absl::StrCat(what, " takes ", bytes, " bytes; ", taken, " of ",
                                                 account_->bytes, " that are allowed are taken"));
    }
  } while (!account_->taken.compare_exchange_weak(taken, taken + bytes, std::memory_order_relaxed));
  return absl::OkStatus();
}

absl::StatusOr<Budget::Lease> Budget::Lend(int64_t bytes, absl::string_view what) const {
  Lease lease;
  DAGRAD_RETURN_IF_ERROR(Take(bytes, what));
  lease.account_ = account_;
  lease.bytes_ = bytes;
  return lease;
}

absl::Status Budget::CheckAccount() const {
  if (account_->cancelled.load(std::memory_order_relaxed))
    return CancelledError("the work was cancelled");
  if (!account_->deadline.has_value() || Clock::now() < *account_->deadline)
    return absl::OkStatus();
  return DeadlineExceededError(absl::StrCat(
      "the work takes more than the allowed ",
      std::chrono::duration_cast<std::chrono::milliseconds>(account_->time).count(), " ms"));
}

void Budget::Cancel() const {
  if (account_ != nullptr) account_->cancelled.store(true, std::memory_order_relaxed);
}

int64_t Budget::limit() const {
  return account_ == nullptr ? std::numeric_limits<int64_t>::max() : account_->bytes;
}

int64_t Budget::taken() const {
  return account_ == nullptr ? 0 : account_->taken.load(std::memory_order_relaxed);
}

Budget::Lease::Lease(Lease&& other) noexcept
    : account_(std::move(other.account_)), bytes_(std::exchange(other.bytes_, 0)) {}

Budget::Lease& Budget::Lease::operator=(Lease&& other) noexcept {
  std::swap(account_, other.account_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Budget::Lease::~Lease() {
  if (account_ != nullptr) account_->taken.fetch_sub(bytes_, std::memory_order_relaxed);
}

}  // namespace dagrad
