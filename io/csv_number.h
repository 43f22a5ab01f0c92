#ifndef DAGRAD_IO_CSV_NUMBER_H_
#define DAGRAD_IO_CSV_NUMBER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace dagrad::io {

// Numbers in fields: what absl::SimpleAtoi and SimpleAtod take, with blanks around it or without,
// and several times as fast for usual ones. All of `text` must be the number.
bool ParseInt(absl::string_view text, int64_t* value);
// The double that is nearest to the decimal number.
bool ParseFloat(absl::string_view text, double* value);
bool ParseBool(absl::string_view text, bool* value);

// The shortest text that ParseFloat reads as the same number: "0.1", "1234567", "1e+300".
std::string FormatFloat(double value);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_CSV_NUMBER_H_
