#include "dagrad/io/csv_encoder.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/tensor.h"
#include "dagrad/io/csv.h"
#include "dagrad/io/goldens.h"
#include "gtest/gtest.h"

namespace dagrad::io {
namespace {

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

// Numbers that differ are different categories, however close they are.
TEST(CsvEncoderTest, CategoriesOfNumbersAreExact) {
  const CsvTable t = *ParseCsv(
      "id,big,f\n"
      "1234567,9007199254740993,0.12345678\n"
      "1234568,9007199254740992,0.12345679\n"
      "1234569,9007199254740993,0.12345678\n"
      ",,\n");
  const auto fit = [&](const char* column, CsvEncoding encoding, CsvFill fill) {
    return *CsvEncoder::Fit(t, {{.column = column, .encoding = encoding, .fill = fill}});
  };
  const auto codes = [&](const char* column) {
    const Tensor x =
        *fit(column, CsvEncoding::kOrdinal, CsvFill::kMostFrequent).Transform(t, DType::kInt64);
    const auto v = x.data<int64_t>();
    return std::vector<int64_t>(v.begin(), v.end());
  };
  EXPECT_EQ(codes("id"), (std::vector<int64_t>{0, 1, 2, 0}));
  EXPECT_EQ(codes("big"), (std::vector<int64_t>{1, 0, 1, 1}));
  EXPECT_EQ(codes("f"), (std::vector<int64_t>{0, 1, 0, 0}));
  EXPECT_EQ(fit("f", CsvEncoding::kOneHot, CsvFill::kKeep).names(),
            (std::vector<std::string>{"f_0.12345678", "f_0.12345679"}));
  EXPECT_EQ(fit("f", CsvEncoding::kNumber, CsvFill::kMostFrequent)
                .Transform(t, DType::kFloat64)
                ->data<double>()[3],
            0.12345678);
  // An integer stays one.
  EXPECT_EQ(fit("big", CsvEncoding::kNumber, CsvFill::kMostFrequent)
                .Transform(t, DType::kInt64)
                ->data<int64_t>()[0],
            9007199254740993);
  EXPECT_EQ(
      fit("big", CsvEncoding::kNumber, CsvFill::kMostFrequent).Transform(t, DType::kInt32).status(),
      absl::InvalidArgumentError("line 2: column \"big\" is 9007199254740993, no int32"));
}

// "1" of a column of integers and 1.0 of one of floats are the same.
TEST(CsvEncoderTest, CategoriesAreNumbersWhateverTheTypeOfTheColumn) {
  const CsvEncoder encoder = *CsvEncoder::Fit(*ParseCsv("c\n2\n1\n"),
                                              {{.column = "c", .encoding = CsvEncoding::kOrdinal}});
  const Tensor x = *encoder.Transform(*ParseCsv("c\n1.0\n2e0\n"));
  EXPECT_TRUE(SameBits(x, Tensor::Of<float>({2, 1}, {0, 1}))) << x.ToString();
  EXPECT_EQ(encoder.Transform(*ParseCsv("c\n1.5\n")).status(),
            absl::InvalidArgumentError(
                "line 2: column \"c\" is \"1.5\", which is none of its categories: 1, 2"));
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

// A table with a column of text, "n"; empty fields are missing.
CsvTable TextTable(const std::vector<std::string>& fields) {
  CsvTable t{.num_rows = fields.size(), .line_jumps = {{0, 2}}};
  CsvColumn c{.name = "n", .type = CsvType::kText};
  for (const std::string& field : fields) {
    c.texts.Add(field);
    c.missing.push_back(field.empty());
    c.num_missing += field.empty() ? 1 : 0;
  }
  t.columns.push_back(std::move(c));
  return t;
}

// Such as is left where the rows with other text were taken out.
TEST(CsvEncoderTest, TextThatIsNumbersIsNumbers) {
  const CsvTable t = TextTable({"9", "10.5", "", "12", "9.0"});
  const auto filled = [&](CsvFill fill) {
    const CsvEncoder encoder = *CsvEncoder::Fit(t, {{.column = "n", .fill = fill}});
    const Tensor x = *encoder.Transform(t, DType::kFloat64);
    EXPECT_EQ(x.data<double>()[0], 9);
    EXPECT_EQ(x.data<double>()[1], 10.5);
    return x.data<double>()[2];
  };
  EXPECT_TRUE(std::isnan(filled(CsvFill::kKeep)));
  EXPECT_EQ(filled(CsvFill::kMean), 10.125);
  EXPECT_EQ(filled(CsvFill::kMedian), 9.75);
  EXPECT_EQ(filled(CsvFill::kMostFrequent), 9);  // which 9.0 is too
  const CsvEncoder encoder = *CsvEncoder::Fit(t, {{.column = "n", .fill = CsvFill::kConstant}});
  const Tensor whole = *encoder.Transform(TextTable({"9007199254740993"}), DType::kInt64);
  EXPECT_EQ(whole.data<int64_t>()[0], 9007199254740993);
  EXPECT_EQ(encoder.Transform(t, DType::kInt64).status(),
            absl::InvalidArgumentError("line 3: column \"n\" is 10.5, no int64"));
  EXPECT_EQ(encoder.Transform(TextTable({"1", " nan"})).status(),
            absl::InvalidArgumentError("line 3: column \"n\" is \" nan\", no number; encode it as "
                                       "one-hot or ordinal, or leave it out"));
}

}  // namespace
}  // namespace dagrad::io
