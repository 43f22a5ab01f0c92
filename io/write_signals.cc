#include "dagrad/io/write_signals.h"

#include <cerrno>
#include <csignal>
#include <ctime>
#include <initializer_list>

namespace dagrad::io {

WriteSignalsHeld::WriteSignalsHeld() {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  sigemptyset(&held_);
  for (const int signal : {SIGPIPE, SIGXFSZ}) {
    if (sigismember(&pending, signal) == 0) sigaddset(&held_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &held_, &old_mask_);
}

WriteSignalsHeld::~WriteSignalsHeld() {
  const int error = errno;  // of the write
  const timespec no_time = {0, 0};
  while (sigtimedwait(&held_, nullptr, &no_time) >= 0 || errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
  errno = error;
}

}  // namespace dagrad::io
