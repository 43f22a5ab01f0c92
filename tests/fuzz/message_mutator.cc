#include "dagrad/tests/fuzz/message_mutator.h"

#include <string>
#include <vector>

namespace dagrad::tests {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

int SomeEnum(Rng* rng) {
  static const std::vector<int> values = {0, 1, 2, 3, 4, 5, 6, 1, 2, 7, -1, 99, 2147483647};
  return Pick(values, rng);
}

constexpr size_t kMaxMessages = 100'000;

// Every message of `root`, at most kMaxMessages.
std::vector<Message*> AllMessages(Message* root) {
  std::vector<Message*> all = {root};
  for (size_t i = 0; i < all.size() && all.size() < kMaxMessages; ++i) {
    const Reflection* reflection = all[i]->GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection->ListFields(*all[i], &fields);
    for (const FieldDescriptor* f : fields) {
      if (f->is_map() || f->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
      if (!f->is_repeated()) {
        all.push_back(reflection->MutableMessage(all[i], f));
        continue;
      }
      for (int k = 0; k < reflection->FieldSize(*all[i], f); ++k)
        all.push_back(reflection->MutableRepeatedMessage(all[i], f, k));
    }
  }
  return all;
}

void SetSingle(Message* m, const FieldDescriptor* f, const TextFor& text_for, Rng* rng) {
  const Reflection* reflection = m->GetReflection();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection->SetInt32(m, f, static_cast<int32_t>(HostileInt(rng)));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection->SetInt64(m, f, HostileInt(rng));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection->SetDouble(m, f, HostileDouble(rng));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return reflection->SetFloat(m, f, static_cast<float>(HostileDouble(rng)));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->SetBool(m, f, OneIn(2, rng));
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection->SetEnumValue(m, f, SomeEnum(rng));
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->SetString(m, f, text_for(*f, rng));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      reflection->MutableMessage(m, f);
      return;
    default:
      return;
  }
}

void AddElement(Message* m, const FieldDescriptor* f, const TextFor& text_for, Rng* rng) {
  const Reflection* reflection = m->GetReflection();
  const int n = reflection->FieldSize(*m, f);
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection->AddInt64(m, f, HostileInt(rng));
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection->AddInt32(m, f, static_cast<int32_t>(HostileInt(rng)));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection->AddDouble(m, f, HostileDouble(rng));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return reflection->AddFloat(m, f, static_cast<float>(HostileDouble(rng)));
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection->AddString(m, f,
                                   n > 0 && OneIn(2, rng)
                                       ? reflection->GetRepeatedString(*m, f, IndexBelow(n, rng))
                                       : text_for(*f, rng));
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      Message* added = reflection->AddMessage(m, f);
      if (n > 0) added->CopyFrom(reflection->GetRepeatedMessage(*m, f, IndexBelow(n, rng)));
      return;
    }
    default:
      return;
  }
}

void ChangeList(Message* m, const FieldDescriptor* f, const TextFor& text_for, Rng* rng) {
  const Reflection* reflection = m->GetReflection();
  const int n = reflection->FieldSize(*m, f);
  if (n == 0) return AddElement(m, f, text_for, rng);
  switch (Below(4, rng)) {
    case 0:
      return AddElement(m, f, text_for, rng);
    case 1:
      return reflection->RemoveLast(m, f);
    case 2:
      return reflection->SwapElements(m, f, IndexBelow(n, rng), IndexBelow(n, rng));
    default:
      if (OneIn(3, rng)) return reflection->ClearField(m, f);
      AddElement(m, f, text_for, rng);
      reflection->SwapElements(m, f, IndexBelow(n, rng), n);
      return reflection->RemoveLast(m, f);
  }
}

}  // namespace

void ChangeAnyField(Message* root, const TextFor& text_for, Rng* rng) {
  const std::vector<Message*> all = AllMessages(root);
  Message* m = Pick(all, rng);
  const auto* type = m->GetDescriptor();
  if (type->field_count() == 0) return;
  const FieldDescriptor* f = type->field(IndexBelow(type->field_count(), rng));
  if (f->is_map()) return;
  if (f->is_repeated()) {
    ChangeList(m, f, text_for, rng);
  } else if (OneIn(8, rng)) {
    m->GetReflection()->ClearField(m, f);
  } else {
    SetSingle(m, f, text_for, rng);
  }
}

}  // namespace dagrad::tests
