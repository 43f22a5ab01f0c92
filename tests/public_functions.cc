#include "dagrad/tests/public_functions.h"

#include <fstream>
#include <regex>
#include <set>
#include <string>

namespace dagrad::tests {

std::set<std::string> PublicFunctions(const std::string& header, const std::string& class_name) {
  const std::regex begin("(class|struct) " + class_name + " .*\\{");
  // A declaration begins with two spaces; what is further in belongs to a body or another class.
  const std::regex declaration("  [^ /].*");
  const std::regex function("(operator[^ (]*|[A-Za-z_][A-Za-z_0-9]*)\\(");
  std::set<std::string> names;
  std::ifstream in(header);
  bool inside = false;
  bool is_public = false;
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (!inside) {
      if (!std::regex_match(line, match, begin)) continue;
      inside = true;
      is_public = match[1] == "struct";
    } else if (line == "};") {
      return names;
    } else if (line == " public:" || line == " private:" || line == " protected:") {
      is_public = line == " public:";
    } else if (is_public && std::regex_match(line, declaration) &&
               line.find("= delete") == std::string::npos &&
               std::regex_search(line, match, function)) {
      names.insert(match[1]);
    }
  }
  return names;
}

}  // namespace dagrad::tests
