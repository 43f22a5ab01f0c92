#ifndef DAGRAD_TESTS_UNDER_SANITIZER_H_
#define DAGRAD_TESTS_UNDER_SANITIZER_H_

extern "C" {
// Of the sanitizers' libraries, where a test is linked with one. The compiler's macros do not say
// it: --config=asan undefines them.
__attribute__((weak)) void __asan_init();
__attribute__((weak)) void __tsan_init();
}

namespace dagrad::tests {

// Whether the address or thread sanitizer watches this process: then figures of time and memory say
// nothing.
inline bool UnderSanitizer() { return __asan_init != nullptr || __tsan_init != nullptr; }

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_UNDER_SANITIZER_H_
