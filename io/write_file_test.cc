// Everything that writes a file, to everything that a path may lead to.
#include "dagrad/io/write_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/test_ops.h"
#include "dagrad/io/file.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/npy.h"
#include "dagrad/io/safetensors.h"
#include "dagrad/io/test_files.h"
#include "dagrad/io/write_signals.h"
#include "gtest/gtest.h"

namespace dagrad::io {
namespace {

namespace files = std::filesystem;
using testing::FreshDirectory;
using testing::Slurp;
using testing::Spill;

Model SmallModel() {
  GraphBuilder g("predict");
  Value x = g.Input("x", DType::kFloat32, {2});
  g.Output("y", dagrad::testing::TestAdd(x, x));
  Model model;
  model.functions.push_back(*g.Build());
  return model;
}

// A writer of the library, and the ending of its files' names.
struct Writer {
  const char* suffix;
  std::function<absl::Status(const std::string& path)> write;
};

const std::vector<Writer>& Writers() {
  static const auto* const writers = new std::vector<Writer>{
      {".txt", [](const std::string& path) { return WriteFile(path, "some text"); }},
      {".npy", [](const std::string& p) { return WriteNpy(p, Tensor::Scalar<float>(1)); }},
      {".safetensors",
       [](const std::string& path) {
         return WriteSafetensors(path, {{{"t", Tensor::Scalar<float>(1)}}, {}});
       }},
      {".pb", [](const std::string& path) { return SaveModel(path, SmallModel(), {}); }},
      {".pbtxt", [](const std::string& path) { return SaveModel(path, SmallModel(), {}); }},
  };
  return *writers;
}

// What the writer writes.
std::string BytesOf(const Writer& writer, const std::string& directory) {
  const std::string path = absl::StrCat(directory, "plain", writer.suffix);
  EXPECT_TRUE(writer.write(path).ok()) << writer.suffix;
  return Slurp(path);
}

std::string ReadAll(int fd) {
  std::string text(65536, '\0');
  const ssize_t n = read(fd, text.data(), text.size());
  text.resize(static_cast<size_t>(std::max<ssize_t>(n, 0)));
  return text;
}

TEST(WriteFileTest, LinksAreFollowedAndStay) {
  const std::string dir = FreshDirectory();
  files::create_directory(dir + "real");
  for (const Writer& w : Writers()) {
    const std::string bytes = BytesOf(w, dir);
    const std::string target = absl::StrCat(dir, "real/file", w.suffix);
    const std::string link = absl::StrCat(dir, "link", w.suffix);
    const std::string second = absl::StrCat(dir, "real/second", w.suffix);
    files::create_symlink(absl::StrCat("real/file", w.suffix), link);
    files::create_symlink(absl::StrCat("../link", w.suffix), second);
    for (const std::string& path : {link, second, link}) {  // first where nothing is yet
      EXPECT_TRUE(w.write(path).ok()) << path;
      EXPECT_TRUE(files::is_symlink(link) && files::is_symlink(second)) << path;
      EXPECT_TRUE(files::is_regular_file(files::symlink_status(target))) << path;
      EXPECT_EQ(Slurp(target), bytes) << path;
      Spill(target, "older");
    }
    const std::string loop = absl::StrCat(dir, "loop", w.suffix);
    files::create_symlink(loop, loop);
    EXPECT_EQ(w.write(loop).code(), absl::StatusCode::kPermissionDenied);
    EXPECT_TRUE(files::is_symlink(loop));
  }
}

TEST(WriteFileTest, PipesAndDevicesAreWrittenInto) {
  const std::string dir = FreshDirectory();
  for (const Writer& w : Writers()) {
    const std::string bytes = BytesOf(w, dir);
    const std::string pipe = absl::StrCat(dir, "pipe", w.suffix);
    const std::string link = absl::StrCat(dir, "link", w.suffix);
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    files::create_symlink(pipe, link);
    const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    for (const std::string& path : {pipe, link}) {
      EXPECT_TRUE(w.write(path).ok()) << path;
      EXPECT_TRUE(files::is_fifo(pipe) && files::is_symlink(link));
      EXPECT_EQ(ReadAll(reader), bytes) << path;
    }
    close(reader);
    const std::string device = absl::StrCat(dir, "null", w.suffix);
    if (mknod(device.c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0) {  // root alone may
      w.write(device).IgnoreError();  // some systems let nobody open a device here
      EXPECT_TRUE(files::is_character_file(device)) << w.suffix;
    }
  }
}

// /dev/stdout leads to such a name.
TEST(WriteFileTest, NamesOfOpenFilesAreWrittenInto) {
  const std::string dir = FreshDirectory();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_TRUE(WriteFile(absl::StrCat("/proc/self/fd/", ends[1]), "to a pipe").ok());
  EXPECT_EQ(ReadAll(ends[0]), "to a pipe");
  close(ends[0]);
  close(ends[1]);
  Spill(dir + "f", "before, ");
  const int file = open((dir + "f").c_str(), O_WRONLY | O_APPEND);
  files::create_symlink(absl::StrCat("/proc/self/fd/", file), dir + "stdout");
  EXPECT_TRUE(WriteFile(dir + "stdout", "written, ").ok());
  EXPECT_EQ(write(file, "after", 5), 5);
  close(file);
  EXPECT_EQ(Slurp(dir + "f"), "before, written, after");
}

TEST(WriteFileTest, DirectoriesAreRefused) {
  const std::string dir = FreshDirectory();
  for (const Writer& w : Writers()) {
    const std::string path = absl::StrCat(dir, "d", w.suffix);
    files::create_directory(path);
    EXPECT_EQ(w.write(path).code(), absl::StatusCode::kInvalidArgument) << path;
    EXPECT_TRUE(files::is_directory(path));
  }
}

TEST(WriteFileTest, PermissionsAreKept) {
  const std::string dir = FreshDirectory();
  for (const Writer& w : Writers()) {
    const std::string path = absl::StrCat(dir, "f", w.suffix);
    ASSERT_TRUE(w.write(path).ok());
    for (const mode_t mode : {0600, 0640, 0444, 0777}) {
      ASSERT_EQ(chmod(path.c_str(), mode), 0);
      const bool given = chown(path.c_str(), 12, 34) == 0;  // root alone may, and not everywhere
      EXPECT_TRUE(w.write(path).ok()) << path;
      struct stat info = {};
      ASSERT_EQ(stat(path.c_str(), &info), 0);
      EXPECT_EQ(info.st_mode & 07777, mode) << path;
      EXPECT_TRUE(!given || (info.st_uid == 12 && info.st_gid == 34)) << path;
    }
  }
}

// The reader leaves before it has read anything. SIGPIPE would end the process.
TEST(WriteFileTest, APipeWithoutReaderIsAnErrorAndNoDeath) {
  const std::string pipe = FreshDirectory() + "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const pid_t reader = fork();
  if (reader == 0) _exit(open(pipe.c_str(), O_RDONLY) < 0 ? 1 : 0);
  EXPECT_EQ(WriteFile(pipe, std::string(1 << 20, 'x')),
            absl::UnavailableError(absl::StrCat("cannot write ", pipe, ": Broken pipe")));
  waitpid(reader, nullptr, 0);
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
}

TEST(WriteSignalsTest, WhatWasPendingAndBlockedStaysSo) {
  sigset_t pipe, old, now;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &old);
  raise(SIGPIPE);
  { const WriteSignalsHeld held; }
  sigpending(&now);
  EXPECT_EQ(sigismember(&now, SIGPIPE), 1);
  {
    const WriteSignalsHeld held;
    raise(SIGXFSZ);
  }
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  EXPECT_EQ(sigismember(&now, SIGPIPE), 1);
  EXPECT_EQ(sigismember(&now, SIGXFSZ), 0);
  const timespec no_time = {0, 0};
  EXPECT_EQ(sigtimedwait(&pipe, nullptr, &no_time), SIGPIPE);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

}  // namespace
}  // namespace dagrad::io
