#ifndef DAGRAD_RUNTIME_MACHINE_PEAK_H_
#define DAGRAD_RUNTIME_MACHINE_PEAK_H_

namespace dagrad::runtime {

// What one thread of this machine can do a second at most, as measured while nothing else runs.
struct MachinePeak {
  double flops = 0;  // float32, in a matrix product that stays in the caches
  double bytes = 0;  // read and written while copying more than the caches hold
};

// Takes some 60 ms on the calling thread, at the first call; later ones give the same.
MachinePeak MeasuredPeak();

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_MACHINE_PEAK_H_
