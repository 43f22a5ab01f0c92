// Tables. The first byte chooses the options.
#include <cstddef>
#include <cstdint>

#include "dagrad/io/csv.h"
#include "dagrad/tests/fuzz/finding.h"
#include "dagrad/tests/fuzz/fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  dagrad::io::CsvOptions options;
  options.budget = dagrad::tests::InputBudget();
  options.header = (data[0] & 1) != 0;
  options.delimiter = (data[0] & 2) != 0 ? ',' : ';';
  const auto table = dagrad::io::ParseCsv(text, options);
  dagrad::tests::CheckAnswer(table.status());
  if (!table.ok()) return 0;
  for (const dagrad::io::CsvColumn& column : table->columns) {
    for (size_t row = 0; row < table->num_rows; ++row) {
      (void)column.Field(row);
      if (column.type != dagrad::io::CsvType::kText && !column.IsMissing(row))
        (void)column.Number(row);
    }
  }
  return 0;
}
