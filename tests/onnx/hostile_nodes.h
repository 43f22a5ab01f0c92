#ifndef DAGRAD_TESTS_ONNX_HOSTILE_NODES_H_
#define DAGRAD_TESTS_ONNX_HOSTILE_NODES_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "dagrad/tests/onnx/hostile_cases.h"

// Tables of models of one node.
namespace dagrad::onnx {

using Ints = std::vector<int64_t>;

struct Attr {
  std::string name;
  std::variant<int64_t, float, std::string, Ints> value;
};

// Its inputs are inputs of the graph, by their names, or numbers: "=[1,2]" and "=7" of int64,
// "=f[0.5]" and "=f7" of float32, "=b1" a bool. Those of the graph, of float32 where it is not said
// otherwise:
//   x0 []   x1 [4]   x2 [3,4]   x3 [2,4,6]   x4 [1,4,6,6]   x5 [1,4,3,3,3]   s2 [n,3]   e2 [0,3]
//   row [1,4]   long [1,65536]   signal [1,4,1]   grid [1,2,2,2]   w_rnn [1,1,6]   r_rnn [1,1,1]
//   yes bool[4]   u8 uint8[4]   ids int64[4]   words string[4]
//   filters [2,4,3,3], [4,2,3,3] and [2,4,0,3]: w4, t4, k4
struct OneNode {
  std::string op;
  std::vector<std::string> inputs;
  std::vector<Attr> attrs = {};
  int outputs = 1;
  int64_t opset = 17;
};

std::string BytesOf(const OneNode& node);

class NodeTable {
 public:
  explicit NodeTable(HostileCases* cases) : cases_(*cases) {}
  void Add(int number, const OneNode& node, Codes accepted = kInvalid);

 private:
  HostileCases& cases_;
};

inline constexpr Codes kTooLarge = kInvalid | kOutOfRange | kExhausted;
inline constexpr Codes kUnread = kInvalid | kUnimplemented;

}  // namespace dagrad::onnx

#endif  // DAGRAD_TESTS_ONNX_HOSTILE_NODES_H_
