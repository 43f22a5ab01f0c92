#include "dagrad/io/working_directory.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace dagrad::io {

void EnterBuildWorkingDirectory() {
  const char* const directory = std::getenv("BUILD_WORKING_DIRECTORY");
  if (directory == nullptr) return;
  std::error_code ignored;
  const std::string here = std::filesystem::current_path(ignored).string();
  if (here.find(".runfiles/") == std::string::npos) return;
  // Where it is gone, paths fail as those of a directory that is not there.
  std::filesystem::current_path(directory, ignored);
}

}  // namespace dagrad::io
