#ifndef DAGRAD_RUNTIME_ONEDNN_OPENMP_H_
#define DAGRAD_RUNTIME_ONEDNN_OPENMP_H_

namespace dagrad::runtime::onednn {

// oneDNN would start OpenMP's threads by itself. Here the threads are ours, and each call of oneDNN
// runs on the thread that makes it: otherwise small calls cost microseconds, a busy neighbour stops
// everything, and results depend on the number of threads. OpenMP keeps its number of threads per
// calling thread, so that the host program's setting in its own threads can be left as it is.

// For a thread that dagrad owns: from now on OpenMP regions that it starts have one thread. Cheap
// when repeated.
void EnsureSingleThreadedOpenMp();

// For any thread: the same in the lifetime of the object; then the thread's setting is as before.
// Costs a few nanoseconds in a thread that called the function above.
class SingleThreadedOpenMp {
 public:
  SingleThreadedOpenMp();
  ~SingleThreadedOpenMp();
  SingleThreadedOpenMp(const SingleThreadedOpenMp&) = delete;
  SingleThreadedOpenMp& operator=(const SingleThreadedOpenMp&) = delete;

 private:
  int host_threads_;
};

}  // namespace dagrad::runtime::onednn

#endif  // DAGRAD_RUNTIME_ONEDNN_OPENMP_H_
