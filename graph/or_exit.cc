#include "dagrad/graph/or_exit.h"

#include <cstdlib>
#include <iostream>

namespace dagrad {

void OrExit(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << status << "\n";
  std::exit(EXIT_FAILURE);
}

}  // namespace dagrad
