#ifndef DAGRAD_IO_WORKING_DIRECTORY_H_
#define DAGRAD_IO_WORKING_DIRECTORY_H_

namespace dagrad::io {

// For main(): under `bazel run`, which starts programs among their runfiles, goes to the directory
// that the user stands in (BUILD_WORKING_DIRECTORY), so that relative paths are the ones that he
// means. Does nothing for a program that was started in any other way, even by one under `bazel
// run`.
void EnterBuildWorkingDirectory();

}  // namespace dagrad::io

#endif  // DAGRAD_IO_WORKING_DIRECTORY_H_
