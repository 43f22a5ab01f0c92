#ifndef DAGRAD_IO_WRITE_SIGNALS_H_
#define DAGRAD_IO_WRITE_SIGNALS_H_

#include <csignal>

namespace dagrad::io {

// While it lives, what this thread writes fails with an error, EPIPE or EFBIG, where it otherwise
// would end the process by SIGPIPE (the reader of a pipe has left) or SIGXFSZ (the file would
// outgrow the process's limit). Neither other threads nor the process's handlers are touched; a
// signal that was pending before stays so.
class WriteSignalsHeld {
 public:
  WriteSignalsHeld();
  ~WriteSignalsHeld();
  WriteSignalsHeld(const WriteSignalsHeld&) = delete;
  WriteSignalsHeld& operator=(const WriteSignalsHeld&) = delete;

 private:
  sigset_t held_;  // those of the two that were not pending before
  sigset_t old_mask_;
};

}  // namespace dagrad::io

#endif  // DAGRAD_IO_WRITE_SIGNALS_H_
