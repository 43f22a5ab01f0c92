// Hostile files of ONNX: tensors whose bytes are in other files.
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/test_files.h"
#include "dagrad/tests/onnx/hostile_cases.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

namespace files = std::filesystem;

std::string OfEntries(const Entries& entries) {
  ModelMaker m;
  m.Output("h");
  SetOutside("h", entries, m.graph().add_initializer());
  return BytesOf(m);
}

// ---- 90: other places of a tensor. The model is y = x otherwise.

struct Place {
  const char* name;
  proto::Tensor* (*add)(ModelMaker& m);
};

proto::Tensor* AddValue(proto::Node* node) {
  return AddAttribute(node, "value", kTypeTensor)->mutable_t();
}

proto::Tensor* AddIf(ModelMaker& m, const std::string& condition) {
  proto::Node* node = m.Node("If", {condition}, {"z"});
  AddTo(AddGraph(node, "else_branch", {}, {"e"}), "Identity", {"x"}, {"e"});
  return AddGraph(node, "then_branch", {}, {"h"})->add_initializer();
}

const Place kPlaces[] = {
    {"values of a sparse tensor",
     [](ModelMaker& m) {
       proto::SparseTensor* t = m.graph().add_sparse_initializer();
       t->add_dims(4);
       t->mutable_indices()->set_data_type(kInt64);
       t->mutable_indices()->add_dims(0);
       return t->mutable_values();
     }},
    {"indices of a sparse tensor",
     [](ModelMaker& m) {
       proto::SparseTensor* t = m.graph().add_sparse_initializer();
       t->add_dims(4);
       t->mutable_values()->set_name("s");
       t->mutable_values()->set_data_type(kFloat);
       t->mutable_values()->add_dims(0);
       return t->mutable_indices();
     }},
    {"a constant", [](ModelMaker& m) { return AddValue(m.Node("Constant", {}, {"z"})); }},
    {"a value of a shape",
     [](ModelMaker& m) {
       m.Integers("size", {2});
       return AddValue(m.Node("ConstantOfShape", {"size"}, {"z"}));
     }},
    {"a branch that is taken",
     [](ModelMaker& m) {
       proto::Tensor* t = m.graph().add_initializer();
       t->set_name("condition");
       t->set_data_type(kBool);
       t->add_int32_data(1);
       return AddIf(m, "condition");
     }},
    {"a branch that may be taken",
     [](ModelMaker& m) {
       m.Input("b", kBool, {});
       return AddIf(m, "b");
     }},
    {"a loop",
     [](ModelMaker& m) {
       m.Input("n", kInt64, {});
       proto::Node* node = m.Node("Loop", {"n", "", "x"}, {"z"});
       return AddGraph(node, "body", {"i", "c", "s"}, {"c", "h"})->add_initializer();
     }},
    {"a function",
     [](ModelMaker& m) {
       m.Node("F", {"x"}, {"z"})->set_domain("mine");
       return AddValue(AddTo(AddFunction(m, "F", {"a"}), "Constant", {}, {"r"}));
     }},
    {"an attribute of a call",
     [](ModelMaker& m) {
       proto::Node* call = m.Node("F", {"x"}, {"z"});
       call->set_domain("mine");
       proto::Function* f = AddFunction(m, "F", {"a"});
       f->add_attribute("value");
       AddAttribute(AddTo(f, "Constant", {}, {"r"}), "value", kTypeTensor)
           ->set_ref_attr_name("value");
       return AddValue(call);
     }},
};

void AddPlaces(const std::string& directory, HostileCases* cases) {
  for (const Place& place : kPlaces) {
    for (const Entries& entries :
         {Entries{{"location", "../secret.bin"}}, Entries{{"location", "/etc/passwd"}},
          Entries{{"location", "out.bin"}}, Entries{{"location", "w.bin"}, {"offset", "-1"}}}) {
      cases->push_back({90, absl::StrCat(place.name, ", ", entries.back().second),
                        kDenied | kInvalid | kMustBeKnown,
                        [add = place.add, entries] {
                          ModelMaker m;
                          m.Input("x", kFloat, {"4"}).Output("y");
                          SetOutside("h", entries, add(m));
                          m.Node("Identity", {"x"}, {"y"});
                          return BytesOf(m);
                        },
                        directory});
    }
  }
}

// The model's directory, with 32 bytes in w.bin, and what stands beside it and in it.
void MakeFiles(const std::string& directory) {
  files::create_directories(directory + "/model/sub");
  const std::string bytes(32, '\1');
  for (const char* name : {"/secret.bin", "/model/w.bin", "/model/sub/w.bin"})
    io::testing::Spill(directory + name, bytes);
  files::create_symlink("w.bin", directory + "/model/link.bin");
  files::create_symlink("../secret.bin", directory + "/model/out.bin");
  files::create_symlink(directory + "/secret.bin", directory + "/model/sub/out.bin");
  files::create_symlink("sub/out.bin", directory + "/model/to_out.bin");
  files::create_symlink("hard.bin", directory + "/model/to_hard.bin");
  files::create_symlink("/dev/zero", directory + "/model/to_zero.bin");
  files::create_symlink("/proc/self/fd/0", directory + "/model/to_stdin.bin");
  files::create_symlink("sub/.", directory + "/model/to_sub.bin");
  files::create_symlink("none.bin", directory + "/model/to_none.bin");
  files::create_symlink("loop.bin", directory + "/model/loop.bin");
  files::create_directory_symlink("..", directory + "/model/up");
  files::create_directory_symlink("/", directory + "/model/top");
  files::create_directory_symlink("sub", directory + "/model/down");
  files::create_hard_link(directory + "/secret.bin", directory + "/model/hard.bin");
  EXPECT_EQ(mkfifo((directory + "/model/pipe").c_str(), 0600), 0);
}

}  // namespace

HostileCases ExternalCases(const std::string& directory) {
  MakeFiles(directory);
  HostileCases cases;
  const std::string model = directory + "/model";
  const auto add = [&](int number, const Entries& entries, Codes accepted,
                       const std::string& where) {
    std::string name;
    for (const auto& [key, value] : entries)
      absl::StrAppend(&name, key, " ", value.substr(0, 40), " ");
    cases.push_back({number, name, accepted, [entries] { return OfEntries(entries); }, where});
  };
  constexpr Codes kOutside = kDenied | kInvalid;
  for (const std::string& location : {std::string("../secret.bin"),
                                      std::string("sub/../../secret.bin"),
                                      std::string("sub/../w.bin"),
                                      std::string("/etc/passwd"),
                                      std::string("/"),
                                      std::string("//w.bin"),
                                      std::string("C:\\w.bin"),
                                      std::string("sub\\..\\w.bin"),
                                      std::string(),
                                      std::string("."),
                                      std::string(".."),
                                      std::string("./"),
                                      std::string("./."),
                                      std::string("./.."),
                                      std::string("./../secret.bin"),
                                      std::string("w.bin/."),
                                      std::string(".//w.bin"),
                                      std::string("sub/./w.bin"),
                                      std::string("sub//w.bin"),
                                      std::string("w.bin/"),
                                      std::string("w.bin\0", 6),
                                      std::string("w.bin\0.txt", 10),
                                      std::string(64 << 10, 'a'),
                                      std::string("\x1b[2J/../x")})
    add(87, {{"location", location}}, kOutside, model);
  for (const std::string& location :
       {std::string("%2e%2e/secret.bin"), std::string("w.bin%00"), std::string("file:w.bin"),
        Repeated("a/", 32 << 10) + "w.bin"})
    add(87, {{"location", location}}, kOutside | kNotFound, model);
  for (const char* location :
       {"out.bin", "sub/out.bin", "down/out.bin", "to_out.bin", "to_none.bin", "loop.bin",
        "up/secret.bin", "up", "top/etc/passwd", "top", "to_zero.bin", "to_stdin.bin", "to_sub.bin",
        "hard.bin", "to_hard.bin", "pipe", "sub", "down", "link.bin/w.bin"})
    add(88, {{"location", location}}, kOutside, model);
  // Those that lead to a file inside.
  for (const char* location :
       {"link.bin", "./link.bin", "down/w.bin", "up/model/w.bin", "./w.bin", "./././sub/w.bin"})
    add(88, {{"location", location}}, kOk, model);
  for (const char* device : {"zero", "null", "full", "tty", "stdin", "fd"})
    add(88, {{"location", device}}, kOutside | kNotFound | kUnavailable, "/dev");
  add(88, {{"location", "w.bin/w.bin"}}, kOutside, model);
  const std::vector<std::string> numbers = {"-1",
                                            "+4",
                                            " 4",
                                            "4 ",
                                            "1e9",
                                            "0x10",
                                            "4.0",
                                            "",
                                            "\n4",
                                            "four",
                                            "\xd9\xa4",
                                            "nan",
                                            "9223372036854775808",
                                            "18446744073709551616"};
  for (const std::string& number : numbers) {
    add(89, {{"location", "w.bin"}, {"offset", number}}, kInvalid, model);
    add(89, {{"location", "w.bin"}, {"length", number}}, kInvalid, model);
  }
  for (const char* offset : {"17", "32", "33", "1125899906842624", "9223372036854775807"}) {
    add(89, {{"location", "w.bin"}, {"offset", offset}}, kInvalid | kDataLoss, model);
    add(89, {{"location", "w.bin"}, {"offset", offset}, {"length", "16"}}, kInvalid | kDataLoss,
        model);
  }
  for (const char* length : {"0", "15", "17", "32", "1125899906842624", "9223372036854775807"})
    add(89, {{"location", "w.bin"}, {"length", length}}, kInvalid | kDataLoss, model);
  AddPlaces(model, &cases);
  for (const Entries& entries :
       {Entries{}, Entries{{"length", "16"}}, Entries{{"location", "w.bin"}, {"__class__", "os"}},
        Entries{{"location", "w.bin"}, {"mmap", "1"}}, Entries{{"location", "w.bin"}, {"", ""}},
        Entries{{"Location", "w.bin"}}, Entries{{"location", "w.bin"}, {"location", "w.bin"}},
        Entries{{"location", "w.bin"}, {"offset", "0"}, {"offset", "16"}},
        Entries{{"location", "w.bin"}, {"prepacked", "x"}},
        Entries{{"location", "w.bin"}, {"prepacked_0", "x"}, {"prepacked_0", "y"}},
        Entries{{"location", "w.bin"}, {"basepath", ".."}}})
    add(91, entries, kInvalid, model);
  add(91, {{"location", "w.bin"}, {"prepacked_0", "../secret.bin|-1;x"}, {"prepacked_", ""}}, kOk,
      model);
  for (const char* marker : {"*/_ORT_MEM_ADDR_/*", "__in_memory__", "<memory>", "data:,0"})
    add(91, {{"location", marker}, {"offset", "0"}, {"length", "16"}}, kInvalid | kNotFound, model);
  return cases;
}

}  // namespace dagrad::onnx
