#include "dagrad/io/power_loss.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "dagrad/io/test_files.h"

namespace dagrad::io::testing {
namespace {

namespace files = std::filesystem;

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

bool Chance(std::mt19937* random) { return ((*random)() & 1) != 0; }

}  // namespace

PowerLossDisk::PowerLossDisk(const std::string& root) : root_(root) {
  for (const auto& entry : files::recursive_directory_iterator(root)) {
    auto file = std::make_shared<File>();
    if (entry.is_symlink()) {
      file->link = files::read_symlink(entry.path()).string();
    } else if (entry.is_directory()) {
      file->is_directory = true;
    } else {
      file->kept = Slurp(entry.path().string());
    }
    kept_[Relative(entry.path().string())] = std::move(file);
  }
  now_ = kept_;
}

std::string PowerLossDisk::Relative(const std::string& path) const {
  absl::string_view rest = path;
  while (absl::ConsumeSuffix(&rest, "/")) {
  }
  if (rest.size() + 1 == root_.size()) return "";
  EXPECT_TRUE(absl::ConsumePrefix(&rest, root_)) << path;
  return std::string(rest);
}

void PowerLossDisk::ApplyChange(const Change& change, size_t bytes, std::string* content) {
  if (change.bytes.empty()) {
    content->resize(std::max(content->size(), change.length), '\0');
    return;
  }
  content->resize(std::max(content->size(), change.offset + bytes), '\0');
  content->replace(change.offset, bytes, change.bytes, 0, bytes);
}

void PowerLossDisk::ApplyName(const NameChange& change, std::map<std::string, FilePtr>* names) {
  if (!change.older_name.empty()) names->erase(change.older_name);
  if (change.file == nullptr) {
    names->erase(change.name);
  } else {
    (*names)[change.name] = change.file;
  }
}

void PowerLossDisk::Sync(const std::string& path) {
  if (!path.empty() && !now_[path]->is_directory) {
    File& file = *now_[path];
    for (const Change& c : file.changes) ApplyChange(c, c.bytes.size(), &file.kept);
    file.changes.clear();
    return;
  }
  std::vector<NameChange> left;
  for (NameChange& change : name_changes_) {
    if (ParentOf(change.name) == path) {
      ApplyName(change, &kept_);
    } else {
      left.push_back(std::move(change));
    }
  }
  name_changes_ = std::move(left);
}

void PowerLossDisk::Apply(const FileOp& op) {
  NameChange change;
  switch (op.kind) {
    case FileOp::kOpen:
      if ((op.number & O_CREAT) == 0) return;
      change = {Relative(op.path), std::make_shared<File>(), ""};
      break;
    case FileOp::kMakeDirectory:
      change = {Relative(op.path), std::make_shared<File>(), ""};
      change.file->is_directory = true;
      break;
    case FileOp::kRename:
      change = {Relative(op.to), now_.at(Relative(op.path)), Relative(op.path)};
      break;
    case FileOp::kRemove:
      change = {Relative(op.path), nullptr, ""};
      break;
    case FileOp::kReserve: {
      File& file = *now_.at(Relative(op.path));
      file.changes.push_back({0, "", static_cast<size_t>(op.number)});
      return;
    }
    case FileOp::kWrite: {
      File& file = *now_.at(Relative(op.path));
      file.changes.push_back({file.position, op.bytes, 0});
      file.position += op.bytes.size();
      return;
    }
    case FileOp::kSync:
      Sync(Relative(op.path));
      return;
    default:
      return;
  }
  ApplyName(change, &now_);
  name_changes_.push_back(std::move(change));
}

std::string PowerLossDisk::ContentAfterLoss(const File& file, std::mt19937* random) {
  std::string content = file.kept;
  for (const Change& change : file.changes) {
    const uint32_t fate = (*random)() % 4;
    if (fate == 0) continue;  // lost
    const size_t size = change.bytes.size();
    const size_t bytes = fate == 1 && size > 0 ? (*random)() % size : size;  // torn, or whole
    if (fate == 2) ApplyChange({0, "", change.offset + size}, 0, &content);  // the length alone
    if (fate != 2 || change.bytes.empty()) ApplyChange(change, bytes, &content);
  }
  return content;
}

void PowerLossDisk::WriteStateAfterLoss(const std::string& target, std::mt19937* random) const {
  std::map<std::string, FilePtr> names = kept_;
  for (const NameChange& change : name_changes_) {
    if (Chance(random)) ApplyName(change, &names);
  }
  files::remove_all(target);
  files::create_directories(target);
  for (const auto& [path, file] : names) {
    // What stands in a directory that was lost is lost.
    if (!ParentOf(path).empty() && !files::is_directory(target + ParentOf(path))) continue;
    if (!file->link.empty()) {
      files::create_symlink(file->link, target + path);
    } else if (file->is_directory) {
      files::create_directory(target + path);
    } else {
      Spill(target + path, ContentAfterLoss(*file, random));
    }
  }
}

}  // namespace dagrad::io::testing
