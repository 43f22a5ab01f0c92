#ifndef DAGRAD_GRAPH_SOURCE_LOCATION_H_
#define DAGRAD_GRAPH_SOURCE_LOCATION_H_

namespace dagrad {

// A line of C++, as a default argument catches it at the caller's:
// `void F(SourceLocation here = SourceLocation::Current())`. `file` lives as long as the program.
struct SourceLocation {
  const char* file = "";
  int line = 0;  // 0: unknown

  static constexpr SourceLocation Current(const char* file = __builtin_FILE(),
                                          int line = __builtin_LINE()) {
    return {file, line};
  }
};

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_SOURCE_LOCATION_H_
