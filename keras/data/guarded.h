#ifndef DAGRAD_KERAS_DATA_GUARDED_H_
#define DAGRAD_KERAS_DATA_GUARDED_H_

#include <exception>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"

namespace dagrad::keras {

// f(), which gives a status; what it throws, and what may not leave a thread, is one too:
// ResourceExhausted for a failed allocation, else Internal with the exception's text.
template <typename F>
auto Guarded(F f) -> decltype(f()) {
  try {
    return f();
  }
  DAGRAD_CATCH_NO_MEMORY
  catch (const std::exception& e) {
    return InternalError(absl::StrCat("Dataset: a function of the pipeline threw: ", e.what()));
  }
  catch (...) {
    return InternalError("Dataset: a function of the pipeline threw what is no std::exception");
  }
}

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_DATA_GUARDED_H_
