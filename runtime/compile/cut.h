#ifndef DAGRAD_RUNTIME_COMPILE_CUT_H_
#define DAGRAD_RUNTIME_COMPILE_CUT_H_

#include <string>
#include <vector>

#include "dagrad/graph/graph.h"

namespace dagrad::runtime {

// A function whose sizes depend on data (graph/data_dims.h) as pieces that run one after the other,
// each with sizes that are known when it begins. A symbol that a piece computes is an input of the
// pieces behind it, [n, 0] of bytes, so that their plans are made and cached by its number.
struct Cut {
  // Where a value stands when the pieces run.
  struct Source {
    enum class Kind {
      kFeed,   // feed `index` of the function
      kValue,  // output `index` of `piece`
      kDim,    // the number that output `index` of `piece`, an int64 scalar, is
    };
    Kind kind = Kind::kFeed;
    int piece = 0;
    int index = 0;
  };
  struct Piece {
    Function function;
    std::vector<Source> inputs;     // by input of the function
    std::vector<std::string> dims;  // symbols of those that are dims, by input; else ""
  };
  std::vector<Piece> pieces;
  std::vector<Source> outputs;  // by output of the whole function
};

// Of a valid function. A node stands in the first piece whose sizes it needs; what has no inputs
// (constants, state that is read) in each that uses it. Only the last piece updates state.
Cut CutAtDataDims(const Function& function);

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_CUT_H_
