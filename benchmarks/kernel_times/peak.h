#ifndef DAGRAD_BENCHMARKS_KERNEL_TIMES_PEAK_H_
#define DAGRAD_BENCHMARKS_KERNEL_TIMES_PEAK_H_

namespace dagrad::benchmarks {

// What `threads` threads together reach on this machine now, measured for some tenths of a second:
// the limits that kernels are held against.
double PeakFlops(int threads);           // float32 multiply-adds (two each) on registers alone
double PeakBytesPerSecond(int threads);  // read and written by copies far larger than the caches

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_KERNEL_TIMES_PEAK_H_
