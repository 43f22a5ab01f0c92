#ifndef DAGRAD_GRAPH_JSON_FWD_H_
#define DAGRAD_GRAPH_JSON_FWD_H_

#include <boost/json/fwd.hpp>

namespace dagrad {

// A value of JSON, declared only, for the headers of the library; who makes or reads one includes
// graph/json.h.
using Json = boost::json::value;

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_JSON_FWD_H_
