#ifndef DAGRAD_TESTS_PUBLIC_FUNCTIONS_H_
#define DAGRAD_TESTS_PUBLIC_FUNCTIONS_H_

#include <set>
#include <string>

namespace dagrad::tests {

// The names of the public member functions that a header declares in a class or struct of namespace
// scope, constructors by the name of the class. `header` is a path from the root of the repository,
// which the test has as data: so a test that walks all functions of a class fails when one is
// added. Empty if there is no such class.
std::set<std::string> PublicFunctions(const std::string& header, const std::string& class_name);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_PUBLIC_FUNCTIONS_H_
