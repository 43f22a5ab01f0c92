#include "dagrad/io/csv.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/io/csv_number.h"
#include "dagrad/io/goldens.h"
#include "dagrad/io/test_files.h"
#include "gtest/gtest.h"

namespace dagrad::io {
namespace {

using testing::FreshDirectory;
using testing::Spill;

using Rows = std::vector<std::vector<std::string>>;

Rows RowsOf(absl::string_view text, CsvOptions options = {}) {
  const absl::StatusOr<CsvTable> table = ParseCsv(text, options);
  EXPECT_TRUE(table.ok()) << table.status();
  Rows rows;
  if (!table.ok()) return rows;
  for (size_t i = 0; i < table->num_rows; ++i) {
    rows.emplace_back();
    for (const CsvColumn& c : table->columns)
      rows.back().push_back(c.IsMissing(i) ? "<missing>" : c.Field(i));
  }
  return rows;
}

TEST(CsvTest, FollowsTheRfc) {
  EXPECT_EQ(RowsOf("a,b\n1,2\n"), (Rows{{"1", "2"}}));
  EXPECT_EQ(RowsOf("a,b\r\n1,2"), (Rows{{"1", "2"}}));
  EXPECT_EQ(RowsOf("a,b\r1,2\r"), (Rows{{"1", "2"}}));
  EXPECT_EQ(RowsOf("\xEF\xBB\xBF"
                   "a,b\n1,2\n"),
            (Rows{{"1", "2"}}));
  EXPECT_EQ(RowsOf("a,b\n\"x,y\",\"he said \"\"no\"\"\"\n"), (Rows{{"x,y", "he said \"no\""}}));
  EXPECT_EQ(RowsOf("a,b\n\"one\r\ntwo\nthree\",4\n"), (Rows{{"one\r\ntwo\nthree", "4"}}));
  EXPECT_EQ(RowsOf("a,b\n\n\n1,2\n\n"), (Rows{{"1", "2"}}));
  EXPECT_EQ(RowsOf("a,b\n1,\n"), (Rows{{"1", "<missing>"}}));
  EXPECT_EQ(RowsOf("a,b\n,\n"), (Rows{{"<missing>", "<missing>"}}));
  EXPECT_EQ(RowsOf("a,b\n\"\",NA\n"), (Rows{{"<missing>", "<missing>"}}));
  EXPECT_EQ(RowsOf("a;b\n1;2,5\n", {.delimiter = ';'}), (Rows{{"1", "2,5"}}));
  EXPECT_EQ(RowsOf("1,2\n3,4\n", {.header = false}), (Rows{{"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(RowsOf("a\n x \n"), (Rows{{" x "}}));
}

TEST(CsvTest, InfersTypes) {
  const absl::StatusOr<CsvTable> t = ParseCsv(
      "int,float,bool,text,none,big,mixed\n"
      "-1,1.5,True,x,,9223372036854775807,1\n"
      ",1e-3,FALSE,1,,9223372036854775808,true\n");
  ASSERT_TRUE(t.ok()) << t.status();
  const char* kTypes[] = {"int", "float", "bool", "text", "float", "float", "text"};
  for (size_t i = 0; i < t->columns.size(); ++i) {
    EXPECT_EQ(CsvTypeName(t->columns[i].type), kTypes[i]) << t->columns[i].name;
  }
  EXPECT_EQ(t->Find("int")->num_missing, 1);
  EXPECT_EQ(t->Find("float")->Number(1), 1e-3);
  EXPECT_EQ(t->Find("bool")->Number(0), 1);
  EXPECT_EQ(t->Find("bool")->Number(1), 0);
  EXPECT_EQ(t->Find("nowhere"), nullptr);
  EXPECT_EQ(t->LineOf(0), 2);
  EXPECT_EQ(t->LineOf(1), 3);
}

TEST(CsvTest, NotANumberIsMissingInAnySpelling) {
  EXPECT_EQ(
      RowsOf("a,b,c\n1.5,2, NaN\nNAN,nan(1),x\n +nan,3,nan\n"),
      (Rows{
          {"1.5", "2", " NaN"}, {"<missing>", "<missing>", "x"}, {"<missing>", "3", "<missing>"}}));
  const CsvTable t = *ParseCsv("a\n NAN\n1\n");
  EXPECT_EQ(t.columns[0].type, CsvType::kFloat);
  EXPECT_EQ(t.columns[0].num_missing, 1);
}

TEST(CsvTest, ErrorsHaveLineAndColumn) {
  struct Case {
    std::string text;
    const char* message;
  };
  const Case kCases[] = {
      {"a,b\n1,\"x\n", "line 2, column 3: the quote that opens here is never closed"},
      {"a,b\n1,\"x\"y\n", "line 2, column 6: text after the closing quote"},
      {"a,b\n1,x\"y\"\n", "line 2, column 4: a quote within a field that does not begin with one"},
      {"a,b\n\"p\nq\",1,2\n", "line 2: has 3 fields; the first line has 2"},
      {"a,b\n\"p\nq\",1\n7\n", "line 4: has 1 fields; the first line has 2"},
      {"a,a\n1,2\n", "two columns are named \"a\""},
      {"a,b\n", "has no rows"},
      {"", "has no rows"},
      {std::string("a\n1\0\n", 5), "line 2: holds a NUL"},
      {"a\nok\ncaf\xe9\n", "line 3: is no UTF-8: caf\\xe9"},
  };
  for (const Case& c : kCases)
    EXPECT_EQ(ParseCsv(c.text).status(), absl::InvalidArgumentError(c.message));
  EXPECT_EQ(ParseCsv("a,b,c\n", {.max_columns = 2}).status(),
            absl::InvalidArgumentError("line 1, column 5: more than 2 fields"));
}

TEST(CsvTest, FilesAreNamed) {
  const std::string path = FreshDirectory() + "people.csv";
  Spill(path, "a,b\n1,\"x");
  EXPECT_EQ(ReadCsv(path).status(),
            absl::InvalidArgumentError(absl::StrCat(
                path, ": line 2, column 3: the quote that opens here is never closed")));
  EXPECT_EQ(ReadCsv(path, {.max_bytes = 3}).status().code(), absl::StatusCode::kResourceExhausted);
}

// Columns that begin as numbers and end as text, far enough apart that other threads read them:
// all of it is text, as it stands in the file.
TEST(CsvTest, TypesAreThoseOfTheWholeFileForAnyNumberOfThreads) {
  std::string text = "late,int,float,none,bool\n";
  constexpr int64_t kRows = 400'000;
  for (int64_t i = 0; i < kRows; ++i) {
    const bool end = i + 1 == kRows;
    absl::StrAppend(&text, end ? "x" : "01", ",", i, ",", end ? "0.5" : "3", ",,",
                    i % 2 == 0 ? "True\n" : "\n");
  }
  const std::string path = FreshDirectory() + "long.csv";
  Spill(path, text);
  for (const int threads : {1, 2, 7}) {
    const absl::StatusOr<CsvTable> t = ReadCsv(path, {.threads = threads});
    ASSERT_TRUE(t.ok()) << t.status();
    ASSERT_EQ(t->num_rows, static_cast<size_t>(kRows));
    const CsvType kTypes[] = {CsvType::kText, CsvType::kInt, CsvType::kFloat, CsvType::kFloat,
                              CsvType::kBool};
    for (size_t c = 0; c < 5; ++c) EXPECT_EQ(t->columns[c].type, kTypes[c]);
    EXPECT_EQ(t->columns[3].num_missing, kRows);
    EXPECT_EQ(t->columns[4].num_missing, kRows / 2);
    for (int64_t i = 0; i < kRows; ++i) {
      const auto row = static_cast<size_t>(i);
      ASSERT_EQ(t->columns[0].texts[row], i + 1 == kRows ? "x" : "01");
      ASSERT_EQ(t->columns[1].ints[row], i);
      ASSERT_EQ(t->columns[2].floats[row], i + 1 == kRows ? 0.5 : 3);
      ASSERT_EQ(t->columns[4].IsMissing(row), i % 2 != 0);
      ASSERT_EQ(t->LineOf(row), i + 2);
    }
  }
}

// Errors far into a file have the lines that they have for one thread.
TEST(CsvTest, LinesAreRightInEveryBlock) {
  std::string text = "a,b\n";
  for (int i = 0; i < 300'000; ++i)
    absl::StrAppend(&text, "\"one\ntwo\",", i, i % 3 == 0 ? "\n\n" : "\r\n");
  const int64_t rows = 300'000;
  const int64_t lines = 1 + 2 * rows + rows / 3;
  for (const int threads : {1, 4}) {
    const absl::StatusOr<CsvTable> t = ParseCsv(text, {.threads = threads});
    ASSERT_TRUE(t.ok()) << t.status();
    EXPECT_EQ(t->LineOf(0), 2);
    EXPECT_EQ(t->LineOf(1), 5);
    EXPECT_EQ(t->LineOf(static_cast<size_t>(rows) - 1), lines - 1);
    EXPECT_EQ(t->columns[0].texts[static_cast<size_t>(rows) - 1], "one\ntwo");
    EXPECT_EQ(ParseCsv(text + "1,x\"\n", {.threads = threads}).status(),
              absl::InvalidArgumentError(
                  absl::StrCat("line ", lines + 1,
                               ", column 4: a quote within a field that does not begin with one")));
    EXPECT_EQ(ParseCsv(text + "1,2,3\n" + text, {.threads = threads}).status(),
              absl::InvalidArgumentError(
                  absl::StrCat("line ", lines + 1, ": has 3 fields; the first line has 2")));
  }
}

TEST(CsvTest, NumbersAreTheNearestDoubles) {
  const unsigned seed = 7;
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200'000; ++i) {
    std::string text = i % 2 == 0 ? "-" : "";
    for (uint64_t n = random() % 18; n > 0; --n) text += static_cast<char>('0' + random() % 10);
    if (random() % 4 != 0) text += '.';
    for (uint64_t n = random() % 12; n > 0; --n) text += static_cast<char>('0' + random() % 10);
    if (random() % 4 == 0) absl::StrAppend(&text, "e", static_cast<int>(random() % 80) - 40);
    double value = 0;
    double expected = 0;
    const bool is = ParseFloat(text, &value);
    ASSERT_EQ(is, absl::SimpleAtod(text, &expected)) << text << ", seed " << seed;
    if (!is) continue;
    ASSERT_EQ(value, std::strtod(text.c_str(), nullptr)) << text << ", seed " << seed;
    ASSERT_EQ(std::signbit(value), std::signbit(expected)) << text;
    double again = 0;
    ASSERT_TRUE(ParseFloat(FormatFloat(value), &again));
    ASSERT_EQ(again, value) << text;
    int64_t whole = 0;
    int64_t expected_whole = 0;
    ASSERT_EQ(ParseInt(text, &whole), absl::SimpleAtoi(text, &expected_whole)) << text;
    ASSERT_EQ(whole, expected_whole) << text;
  }
}

// Whatever fields hold, writing them in quotes and reading them gives them back.
TEST(CsvTest, QuotedFieldsComeBack) {
  const unsigned seed = 20;
  std::mt19937 random(seed);
  const std::string alphabet = "a\",\r\n ;1";
  Rows rows;
  std::string text = "x,y,z\n";
  for (int i = 0; i < 500; ++i) {
    rows.emplace_back();
    for (int j = 0; j < 3; ++j) {
      std::string field = "=";
      for (size_t n = random() % 8; n > 0; --n) field += alphabet[random() % alphabet.size()];
      rows.back().push_back(field);
      std::string quoted;
      for (char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
      absl::StrAppend(&text, j == 0 ? "" : ",", "\"", quoted, "\"");
    }
    text += i % 2 == 0 ? "\n" : "\r\n";
  }
  EXPECT_EQ(RowsOf(text), rows) << "seed " << seed;
}

TEST(CsvTest, EveryTruncationAndFlipIsSurvived) {
  const std::string text = goldens::kPeopleCsv;
  for (size_t n = 0; n < text.size(); ++n) {
    const absl::StatusOr<CsvTable> t = ParseCsv(text.substr(0, n));
    EXPECT_TRUE(!t.ok() || t->num_rows > 0);
  }
  for (size_t i = 0; i < text.size() * 8; ++i) {
    std::string flipped = text;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ 1 << i % 8);
    const absl::StatusOr<CsvTable> t = ParseCsv(flipped);
    EXPECT_TRUE(!t.ok() || t->num_rows > 0);
  }
}

TEST(CsvTest, KeepsItsBudget) {
  std::string text = "a,b,c\n";
  constexpr size_t kRows = 20000;
  for (size_t i = 0; i < kRows; ++i) absl::StrAppend(&text, i, ",", i, ".5,word", i % 7, "\n");
  constexpr int64_t kNumbers = kRows * 16;  // of the first two columns
  bool refused = false, read = false;
  for (int64_t bytes = 1000; bytes <= int64_t{1} << 26; bytes *= 2) {
    const Budget budget(Budget::Limits{.bytes = bytes});
    const absl::StatusOr<CsvTable> table = ParseCsv(text, {.budget = budget});
    ASSERT_TRUE(table.ok() || absl::IsResourceExhausted(table.status())) << table.status();
    EXPECT_TRUE(!read || table.ok()) << "less memory was enough";
    (table.ok() ? read : refused) = true;
    EXPECT_LE(budget.taken(), bytes);
    if (table.ok())
      EXPECT_GE(budget.taken(), kNumbers);
    else
      EXPECT_EQ(budget.taken(), 0) << "what is refused is given back";
  }
  EXPECT_TRUE(refused && read);

  // A row that does not end is not read to the end of the file first.
  const Budget small(Budget::Limits{.bytes = 3 << 20});
  const absl::Status endless =
      ParseCsv(absl::StrCat("a\n\"", std::string(16 << 20, 'x')), {.budget = small}).status();
  EXPECT_TRUE(absl::IsResourceExhausted(endless)) << endless;
  EXPECT_TRUE(absl::StrContains(endless.message(), "a block of rows takes 4194302 bytes"))
      << endless;
  EXPECT_EQ(small.taken(), 0);

  const Budget cancelled{Budget::Limits()};
  cancelled.Cancel();
  EXPECT_TRUE(absl::IsCancelled(ParseCsv(text, {.budget = cancelled}).status()));
}

}  // namespace
}  // namespace dagrad::io
