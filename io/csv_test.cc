#include "dagrad/io/csv.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/csv_encoder.h"
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
  for (size_t i = 0; i < table->num_rows(); ++i) {
    rows.emplace_back();
    for (const CsvColumn& c : table->columns)
      rows.back().push_back(c.missing[i] ? "<missing>" : c.fields[i]);
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
  EXPECT_EQ(t->lines, (std::vector<int64_t>{2, 3}));
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
    EXPECT_TRUE(!t.ok() || t->num_rows() > 0);
  }
  for (size_t i = 0; i < text.size() * 8; ++i) {
    std::string flipped = text;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ 1 << i % 8);
    const absl::StatusOr<CsvTable> t = ParseCsv(flipped);
    EXPECT_TRUE(!t.ok() || t->num_rows() > 0);
  }
}

TEST(CsvEncoderTest, DoesWhatPandasDoes) {
  const absl::StatusOr<CsvTable> table = ParseCsv(goldens::kPeopleCsv);
  ASSERT_TRUE(table.ok()) << table.status();
  const absl::StatusOr<CsvEncoder> encoder = CsvEncoder::Fit(
      *table, {{.column = "age", .fill = CsvFill::kMedian},
               {.column = "fare", .fill = CsvFill::kMean},
               {.column = "sex", .encoding = CsvEncoding::kOrdinal, .fill = CsvFill::kMostFrequent},
               {.column = "member"},
               {.column = "class", .encoding = CsvEncoding::kOneHot},
               {.column = "sex", .encoding = CsvEncoding::kOneHot, .fill = CsvFill::kKeep}});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  EXPECT_EQ(encoder->names(), std::vector<std::string>(std::begin(goldens::kPeopleNames),
                                                       std::end(goldens::kPeopleNames)));
  const absl::StatusOr<Tensor> x = encoder->Transform(*table, DType::kFloat64);
  ASSERT_TRUE(x.ok()) << x.status();
  ASSERT_EQ(x->dims(), (Dims{4, 9}));
  for (int i = 0; i < 36; ++i) EXPECT_EQ(x->data<double>()[i], goldens::kPeopleNumbers[i]) << i;
}

TEST(CsvEncoderTest, OtherTablesGetTheFittedValues) {
  const CsvTable train = *ParseCsv("n,c\n1,b\n3,a\n,a\n");
  const CsvTable test = *ParseCsv("c,n\na,\nb,10\n");
  const CsvEncoder encoder =
      *CsvEncoder::Fit(train, {{.column = "n", .fill = CsvFill::kMean},
                               {.column = "c", .encoding = CsvEncoding::kOrdinal}});
  const Tensor x = *encoder.Transform(test);
  EXPECT_TRUE(SameBits(x, Tensor::Of<float>({2, 2}, {2, 0, 10, 1}))) << x.ToString();
  EXPECT_EQ(encoder.Transform(*ParseCsv("n,c\n1,z\n")).status(),
            absl::InvalidArgumentError(
                "line 2: column \"c\" is \"z\", which is none of its categories: a, b"));
}

TEST(CsvEncoderTest, FillsAndIntegers) {
  const CsvTable holes = *ParseCsv("n,f\n1,0.5\n,1\n");
  auto fit = [&](CsvFeature f) { return *CsvEncoder::Fit(holes, {f}); };
  EXPECT_EQ(fit({.column = "n", .fill = CsvFill::kConstant, .value = -1})
                .Transform(holes, DType::kInt64)
                ->data<int64_t>()[1],
            -1);
  EXPECT_TRUE(
      std::isnan(fit({.column = "n", .fill = CsvFill::kKeep}).Transform(holes)->data<float>()[1]));
  EXPECT_EQ(fit({.column = "n", .fill = CsvFill::kKeep}).Transform(holes, DType::kInt32).status(),
            absl::InvalidArgumentError("line 3: column \"n\" is nan, no int32"));
  EXPECT_EQ(fit({.column = "f"}).Transform(holes, DType::kInt64).status(),
            absl::InvalidArgumentError("line 2: column \"f\" is 0.5, no int64"));
  EXPECT_EQ(fit({.column = "n"}).Transform(holes).status(),
            absl::InvalidArgumentError("line 3: column \"n\" is missing"));
  EXPECT_EQ(fit({.column = "f"}).Transform(holes, DType::kBool).status(),
            absl::InvalidArgumentError("a table becomes float32|float64|int32|int64, not bool"));
}

TEST(CsvEncoderTest, MisuseIsNamed) {
  const CsvTable t = *ParseCsv("n,c,e\n1,x,\n2,y,\n");
  auto status = [&](CsvFeature f) { return CsvEncoder::Fit(t, {f}).status(); };
  EXPECT_EQ(status({.column = "q"}),
            absl::NotFoundError("there is no column \"q\"; there are: n, c, e"));
  EXPECT_EQ(status({.column = "c"}),
            absl::InvalidArgumentError("line 2: column \"c\" is \"x\", no number; encode it as "
                                       "one-hot or ordinal, or leave it out"));
  EXPECT_EQ(
      status({.column = "c", .encoding = CsvEncoding::kOneHot, .fill = CsvFill::kMean}),
      absl::InvalidArgumentError("column \"c\" becomes categories, which have no mean or median"));
  EXPECT_EQ(status({.column = "e", .fill = CsvFill::kMedian}),
            absl::InvalidArgumentError("column \"e\" has no value to fill its missing ones with"));
}

}  // namespace
}  // namespace dagrad::io
