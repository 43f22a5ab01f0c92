#ifndef DAGRAD_GRAPH_ALLOCATION_GUARD_H_
#define DAGRAD_GRAPH_ALLOCATION_GUARD_H_

#include <new>
#include <stdexcept>

#include "absl/status/status.h"

// Behind a function that is a try block: where an allocation in it fails, or is of more than a
// container can hold, its result is NoMemoryStatus().
//
//   absl::Status Save(const std::string& path) try {
//     …
//   }
//   DAGRAD_CATCH_NO_MEMORY
//
// So are the functions by which programs enter the library and that give a status: what reads and
// writes files, models, tables and text; Tensor's; GraphBuilder::Build, Gradients, CheckGradients;
// Executable's and the interpreter's; Keras's models and layers; the commands. Functions without a
// status (of options, of ops that return a Value, StateStore::Set) throw std::bad_alloc as the
// standard library does.
#define DAGRAD_CATCH_NO_MEMORY         \
  catch (const std::bad_alloc&) {      \
    return ::dagrad::NoMemoryStatus(); \
  }                                    \
  catch (const std::length_error&) {   \
    return ::dagrad::NoMemoryStatus(); \
  }

namespace dagrad {

// ResourceExhausted: "there is no memory left". Does without a text where there is no memory for
// it.
absl::Status NoMemoryStatus() noexcept;

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_ALLOCATION_GUARD_H_
