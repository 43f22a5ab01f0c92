#include "dagrad/runtime/onednn/openmp.h"

// Of OpenMP's C interface, which is the same in every runtime; omp.h is a compiler's own, and
// another compiler does not find it.
extern "C" {
int omp_get_max_threads();
void omp_set_num_threads(int threads);
}

namespace dagrad::runtime::onednn {

void EnsureSingleThreadedOpenMp() {
  thread_local bool done = false;
  if (done) return;
  omp_set_num_threads(1);
  done = true;
}

SingleThreadedOpenMp::SingleThreadedOpenMp() : host_threads_(omp_get_max_threads()) {
  if (host_threads_ != 1) omp_set_num_threads(1);
}

SingleThreadedOpenMp::~SingleThreadedOpenMp() {
  if (host_threads_ != 1) omp_set_num_threads(host_threads_);
}

}  // namespace dagrad::runtime::onednn
