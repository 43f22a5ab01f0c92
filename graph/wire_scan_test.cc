// What reading a file takes, counted before it is read, against what it does take.
#include "dagrad/graph/wire_scan.h"

#include <malloc.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/graph.pb.h"
#include "dagrad/graph/serialize.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kMany = 20'000;

// Fields from the model down to a repeated one.
using Path = std::vector<const FieldDescriptor*>;

// Into functions within functions once.
void AddPaths(const google::protobuf::Descriptor* type, const Path& head,
              std::vector<Path>* paths) {
  for (int i = 0; i < type->field_count(); ++i) {
    Path path = head;
    path.push_back(type->field(i));
    if (type->field(i)->is_repeated()) paths->push_back(path);
    const bool again = std::count(path.begin(), path.end(), type->field(i)) > 1;
    if (type->field(i)->message_type() != nullptr && !type->field(i)->is_map() && !again)
      AddPaths(type->field(i)->message_type(), path, paths);
  }
}

void AddElement(const FieldDescriptor* field, absl::string_view text, int number, Message* to) {
  const google::protobuf::Reflection* reflection = to->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      Message* element = reflection->AddMessage(to, field);
      if (!field->is_map()) return;
      const Message& entry = *element;
      entry.GetReflection()->SetString(element, entry.GetDescriptor()->map_key(),
                                       absl::StrCat(text, number));
      return;
    }
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->AddString(to, field, std::string(text));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection->AddInt64(to, field, 1);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection->AddDouble(to, field, 1);
    default:
      FAIL() << field->full_name() << " is of a kind that this test does not know";
  }
}

// A model with kMany elements at the end of the path.
std::string ModelWith(const Path& path, absl::string_view text) {
  proto::Model model;
  Message* at = &model;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    const google::protobuf::Reflection* reflection = at->GetReflection();
    at = path[i]->is_repeated() ? reflection->AddMessage(at, path[i])
                                : reflection->MutableMessage(at, path[i]);
  }
  for (int i = 0; i < kMany; ++i) AddElement(path.back(), text, i, at);
  return model.SerializeAsString();
}

std::string NameOf(const Path& path) {
  std::string name;
  for (const FieldDescriptor* field : path) absl::StrAppend(&name, "/", field->name());
  return name;
}

// Every list of the schema, of elements with nothing in them, with short and with long texts.
TEST(WireScanTest, EveryListTakesNoMoreThanCounted) {
  std::vector<Path> paths;
  AddPaths(proto::Model::descriptor(), {}, &paths);
  ASSERT_GE(paths.size(), 18U);
  ReadLimits limits;
  limits.node_fields = kMany + 10;
  limits.functions = kMany + 10;
  for (const Path& path : paths) {
    for (const absl::string_view text : {"", "ab", "a text that does not fit into the string"}) {
      const std::string bytes = ModelWith(path, text);
      const absl::StatusOr<ReadMemory> counted = ScanModelBytes(bytes, limits);
      ASSERT_TRUE(counted.ok()) << NameOf(path) << counted.status();
      google::protobuf::Arena arena;
      auto* model = google::protobuf::Arena::CreateMessage<proto::Model>(&arena);
      const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
      ASSERT_TRUE(model->ParseFromString(bytes)) << NameOf(path);
      const size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
      // 0 under the address sanitizer.
      const auto taken = static_cast<int64_t>(after - before);
      EXPECT_LE(taken, counted->message + 65536) << NameOf(path) << " of \"" << text << "\"";
      EXPECT_GE(counted->message, kMany) << NameOf(path);
      if (taken == 0) continue;
      EXPECT_LE(counted->message, 5 * taken) << NameOf(path) << " of \"" << text << "\"";
    }
  }
}

TEST(WireScanTest, EmptyMessagesAreRefusedWithinABudget) {
  std::string bytes;
  for (int i = 0; i < 4'000'000; ++i) bytes += std::string("\x22\0", 2);  // Model.states
  ReadLimits limits;
  limits.budget = Budget({.bytes = 256 << 20});
  const OpLookup no_ops = [](absl::string_view) -> const OpDef* { return nullptr; };
  const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
  const absl::Status status = ParseModel(bytes, no_ops, limits).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_LE(mallinfo2().uordblks + mallinfo2().hblkhd, before + (1 << 20));
  EXPECT_EQ(limits.budget.taken(), 0);

  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "states{}";
  EXPECT_EQ(ParseModelText(text, no_ops, limits).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(limits.budget.taken(), 0);
}

}  // namespace
}  // namespace dagrad
