#ifndef DAGRAD_RUNTIME_RUN_MACHINE_PEAK_H_
#define DAGRAD_RUNTIME_RUN_MACHINE_PEAK_H_

namespace dagrad::runtime {

// What threads of this machine do a second at most, together.
struct MachinePeak {
  double flops = 0;         // float32, in matrix products that stay in the caches
  double bytes = 0;         // read and written while copying more than the caches hold
  double cached_bytes = 0;  // likewise, while copying what the first cache holds
};

// As measured now, while nothing else should run, on so many threads at once; some 60 ms.
MachinePeak MeasurePeak(int threads);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_RUN_MACHINE_PEAK_H_
