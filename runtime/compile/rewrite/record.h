#ifndef DAGRAD_RUNTIME_COMPILE_REWRITE_RECORD_H_
#define DAGRAD_RUNTIME_COMPILE_REWRITE_RECORD_H_

#include <string>

namespace dagrad {

// What a rewrite did: which rule, to which named node, why.
struct RewriteRecord {
  std::string rule;  // "fold_constants"
  std::string node;
  std::string reason;
};

}  // namespace dagrad

#endif  // DAGRAD_RUNTIME_COMPILE_REWRITE_RECORD_H_
