// Tables against those of pandas.
#include "dagrad/learn/table.h"

#include <cmath>
#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/io/test_files.h"
#include "dagrad/learn/table_golden.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::learn {
namespace {

using io::CsvFill;
using io::CsvType;
using ::testing::HasSubstr;

Table People() {
  absl::StatusOr<io::CsvTable> table = io::ParseCsv(golden::kPeople);
  EXPECT_TRUE(table.ok()) << table.status();
  return Table(*std::move(table));
}

// Equal columns and values; numbers of any type that are equal to 1e-13 are.
void ExpectTable(const absl::StatusOr<Table>& got, const char* want_text, const std::string& what) {
  ASSERT_TRUE(got.ok()) << what << ": " << got.status();
  absl::StatusOr<io::CsvTable> parsed = io::ParseCsv(want_text);
  ASSERT_TRUE(parsed.ok()) << what << ": " << parsed.status();
  const Table want(*std::move(parsed));
  ASSERT_EQ(got->names(), want.names()) << what;
  ASSERT_EQ(got->num_rows(), want.num_rows()) << what;
  for (const std::string& name : want.names()) {
    const io::CsvColumn& a = **got->Column(name);
    const io::CsvColumn& b = **want.Column(name);
    EXPECT_EQ(a.num_missing, b.num_missing) << what << " " << name;
    for (int64_t row = 0; row < want.num_rows(); ++row) {
      ASSERT_EQ(a.IsMissing(row), b.IsMissing(row)) << what << " " << name << " " << row;
      if (a.IsMissing(row)) continue;
      if (b.type == CsvType::kText) {
        EXPECT_EQ(a.Field(row), b.Field(row)) << what << " " << name << " " << row;
      } else {
        ASSERT_NE(a.type, CsvType::kText) << what << " " << name;
        EXPECT_NEAR(a.Number(row), b.Number(row), 1e-13 * (1 + std::abs(b.Number(row))))
            << what << " " << name << " " << row;
      }
    }
  }
}

struct Case {
  const char* name;
  std::function<absl::StatusOr<Table>(const Table&)> make;
  const char* want;
};

TEST(TableTest, EveryOperationIsPandas) {
  const std::vector<Case> cases = {
      {"describe", [](const Table& t) { return t.Describe(); }, golden::kDescribe},
      {"fill", [](const Table& t) { return t.FillNa("age", 40); }, golden::kFillAge},
      {"fill text", [](const Table& t) { return t.FillNa("city", "Paris"); }, golden::kFillCity},
      {"mean", [](const Table& t) { return t.FillNa("size", CsvFill::kMean); }, golden::kFillMean},
      {"median", [](const Table& t) { return t.FillNa("score", CsvFill::kMedian); },
       golden::kFillMedian},
      {"mode", [](const Table& t) { return t.FillNa("city", CsvFill::kMostFrequent); },
       golden::kFillMode},
      {"replace", [](const Table& t) { return t.Replace("score", 3, 2.5); },
       golden::kReplaceNumber},
      {"replace text", [](const Table& t) { return t.Replace("city", "Rome", "Roma"); },
       golden::kReplaceText},
      {"dummies", [](const Table& t) { return t.Drop("name")->GetDummies(); }, golden::kDummies},
      {"dummies of numbers",
       [](const Table& t) {
         return t.Select({"score", "age"})->FillNa("score", 3)->GetDummies("score", true);
       },
       golden::kDummiesOfScore},
      {"codes", [](const Table& t) { return t.LabelEncode("city"); }, golden::kCodes},
      {"group mean", [](const Table& t) { return t.GroupBy("city")->Mean(); }, golden::kGroupMean},
      {"group sum", [](const Table& t) { return t.GroupBy("city")->Sum(); }, golden::kGroupSum},
      {"group count", [](const Table& t) { return t.GroupBy("city")->Count(); },
       golden::kGroupCount},
      {"two keys",
       [](const Table& t) {
         return t.GroupBy({"member", "score"})->Mean();
       },
       golden::kGroupTwo},
      {"numbers as keys", [](const Table& t) { return t.GroupBy("age")->Count(); },
       golden::kGroupAges},
      {"sort", [](const Table& t) { return t.SortValues("age"); }, golden::kSortAge},
      {"sort text", [](const Table& t) { return t.SortValues("city", false); }, golden::kSortCity},
      {"select",
       [](const Table& t) {
         return t.Select({"score", "name"});
       },
       golden::kSelect},
      {"drop",
       [](const Table& t) {
         return t.Drop({"age", "member"});
       },
       golden::kDrop},
      {"filter",
       [](const Table& t) { return t.Filter("age", [](double age) { return age > 33; }); },
       golden::kFilter},
      {"filter text",
       [](const Table& t) {
         return t.FilterText("city",
                             [](absl::string_view c) { return c == "Rome" || c == "Bern"; });
       },
       golden::kFilterText},
      {"head", [](const Table& t) { return t.Head(3); }, golden::kHead},
      {"dropna", [](const Table& t) { return t.DropNa(); }, golden::kDropNa},
      {"numbers", [](const Table& t) { return t.SelectNumbers(false); }, golden::kNumbers},
  };
  for (const Case& c : cases) ExpectTable(c.make(People()), c.want, c.name);
}

TEST(TableTest, CorrelationsArePandas) {
  absl::StatusOr<Tensor> got = People().Corr();
  ASSERT_TRUE(got.ok()) << got.status();
  const Table want(*io::ParseCsv(golden::kCorrelation));
  const int64_t n = want.num_rows();
  ASSERT_EQ(got->dims(), (Dims{n, n}));
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < n; ++i)
      EXPECT_NEAR(got->data<double>()[i * n + j], want.csv().columns[j].Number(i), 1e-13);
  }
}

TEST(TableTest, TypesStayWhereTheyCan) {
  const Table t = People();
  EXPECT_EQ((*t.FillNa("age", 40)->Column("age"))->type, CsvType::kInt);
  EXPECT_EQ((*t.FillNa("age", 40.5)->Column("age"))->type, CsvType::kFloat);
  EXPECT_EQ((*t.Replace("member", 1, 0)->Column("member"))->type, CsvType::kBool);
  EXPECT_EQ((*t.GetDummies("city")->Column("city_Rome"))->type, CsvType::kBool);
  EXPECT_EQ((*t.LabelEncode("city")->Column("city"))->type, CsvType::kInt);
}

TEST(TableTest, PartsAreAllRowsOnce) {
  const auto parts = People().Split({.test_size = 0.3, .random_state = 2});
  ASSERT_TRUE(parts.ok()) << parts.status();
  EXPECT_EQ(parts->first.num_rows(), 6);
  EXPECT_EQ(parts->second.num_rows(), 3);
  std::set<std::string> names;
  for (const Table& part : {parts->first, parts->second}) {
    for (int64_t i = 0; i < part.num_rows(); ++i) names.insert((*part.Column("name"))->Field(i));
  }
  EXPECT_EQ(names.size(), 9u);
}

// What is wrong in a row that was taken is still said of its line of the file.
TEST(TableTest, RowsKeepTheirLines) {
  const absl::StatusOr<Table> taken = People().TakeRows({{7, 1, 2}});
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(std::string(taken->ToTensor("age").status().message()),
              HasSubstr("line 3: column \"age\" is missing"));
}

TEST(TableTest, TensorsHaveTheColumnsInTheirOrder) {
  const absl::StatusOr<Tensor> x = People().DropNa().ToTensor({"member", "age"});
  ASSERT_TRUE(x.ok()) << x.status();
  EXPECT_EQ(x->dims(), (Dims{5, 2}));
  EXPECT_EQ(x->data<float>()[0], 1);
  EXPECT_EQ(x->data<float>()[3], 28);
}

TEST(TableTest, AreFeaturesAndTheirTarget) {
  const absl::StatusOr<std::pair<Tensor, Tensor>> examples =
      People().Select({"age", "member", "size"})->DropNa().FeaturesAndTarget("member");
  ASSERT_TRUE(examples.ok()) << examples.status();
  EXPECT_EQ(examples->first.dims()[1], 2);
  EXPECT_EQ(examples->second.dims(), (Dims{examples->first.dims()[0], 1}));
  EXPECT_EQ(examples->first.data<float>()[0], 34);
  EXPECT_EQ(examples->first.data<float>()[1], 1.5);
  EXPECT_EQ(examples->second.data<float>()[0], 1);
  EXPECT_THAT(std::string(People().FeaturesAndTarget("ages").status().message()),
              HasSubstr("perhaps \"age\" was meant"));
}

TEST(TableTest, EveryColumnIsFilledWithItsOwn) {
  const Table t(*io::ParseCsv("n,v,t,full\n1,,b,1\n3,2,,2\n,1,b,3\n"));
  ExpectTable(t.FillNa(CsvFill::kMean), "n,v,t,full\n1,1.5,b,1\n3,2,,2\n2,1,b,3\n", "mean");
  ExpectTable(t.FillNa(CsvFill::kMostFrequent), "n,v,t,full\n1,1,b,1\n3,2,b,2\n1,1,b,3\n",
              "most frequent");
  EXPECT_THAT(std::string(t.FillNa(CsvFill::kKeep).status().message()), HasSubstr("FillNa takes"));
}

// What is left of a column of text may be numbers.
TEST(TableTest, TextThatIsNumbersBecomesThem) {
  const Table t(*io::ParseCsv("hp,y\n130,1\n?,0\n95.5,1\n"));
  const absl::StatusOr<Tensor> x = t.Replace("hp", "?", "0")->ToTensor("hp");
  ASSERT_TRUE(x.ok()) << x.status();
  EXPECT_TRUE(SameBits(*x, Tensor::Of<float>({3, 1}, {130, 0, 95.5})));
  const auto rest = t.FilterText("hp", [](absl::string_view text) {
                       return text != "?";
                     })->FeaturesAndTarget("y");
  ASSERT_TRUE(rest.ok()) << rest.status();
  EXPECT_TRUE(SameBits(rest->first, Tensor::Of<float>({2, 1}, {130, 95.5})));
}

// numpy.quantile where it gives a number.
TEST(TableTest, QuartilesMayBeInfinite) {
  const double inf = INFINITY;
  const auto quartiles = [](const std::vector<double>& v) {
    const std::vector<double> all = *Table::FromColumns({{"a", v}})->Describe().Numbers("a");
    return std::vector<double>(all.begin() + 4, all.begin() + 7);
  };
  EXPECT_EQ(quartiles({1, 2, 3, 4, inf}), (std::vector<double>{2, 3, 4}));
  EXPECT_EQ(quartiles({-inf, 0, 1, inf}), (std::vector<double>{-inf, 0.5, inf}));
  EXPECT_EQ(quartiles({inf, inf, inf, inf}), (std::vector<double>{inf, inf, inf}));
}

TEST(TableTest, IsPrintedAndWrittenAndReadAgain) {
  std::ostringstream out;
  out << *People().Select({"name", "age", "size"});
  EXPECT_THAT(out.str(), HasSubstr("name  age   size\nAnn    34    1.5\nBob   NaN   2.25\n"));
  EXPECT_THAT(People().ToString(4), HasSubstr("…\nHal"));
  EXPECT_THAT(People().ToString(4), HasSubstr("9 rows, 6 columns\n"));
  const std::string path = io::testing::FreshDirectory() + "people.csv";
  const Table quoted(*io::ParseCsv("a,\"b,c\"\n\"x\"\"y\",1\n,2\n"));
  const Table nameless = *Table::FromColumns({{"", {0.5, NAN, 2}}});
  const Table whole = *Table::FromColumns({{"a", {1, -0.0, 1e15}}, {"b", {1e300, INFINITY, 3}}});
  for (const Table& t : {People(), quoted, *quoted.Select("a"), nameless, whole}) {
    ASSERT_TRUE(t.WriteCsv(path).ok());
    const absl::StatusOr<Table> read = Table::Read(path);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->ToString(), t.ToString());
    for (const io::CsvColumn& c : t.csv().columns)
      EXPECT_EQ((*read->Column(c.name))->type, c.type) << c.name;
  }
}

TEST(TableTest, SaysWhatIsWrong) {
  const Table t = People();
  const std::vector<std::pair<absl::Status, const char*>> cases = {
      {t.Select("nam").status(), "no column \"nam\", perhaps \"name\" was meant"},
      {t.Select({"age", "age"}).status(), "selected twice"},
      {t.Drop("Age").status(), "perhaps \"age\" was meant"},
      {t.TakeRows({{9}}).status(), "row 9 of a table of 9"},
      {t.Numbers("city").status(), "column \"city\" is text"},
      {t.Filter("city", [](double) { return true; }).status(), "is text"},
      {t.FillNa("city", 1).status(), "column \"city\" is text, which a number does not go into"},
      {t.FillNa("age", "x").status(), "column \"age\" is int, which a text does not go into"},
      {t.FillNa("city", CsvFill::kMean).status(), "no mean or median"},
      {t.FillNa("age", CsvFill::kKeep).status(), "FillNa takes"},
      {t.Replace("age", "a", "b").status(), "a text does not go into"},
      {t.LabelEncode("city", {"Rome"}).status(), "none of its categories"},
      {t.GroupBy({}).status(), "GroupBy needs a column"},
      {t.GroupBy({"age", "age"}).status(), "twice"},
      {t.Split({.test_size = 2}).status(), "share in (0, 1)"},
      {Table::FromColumns({{"a", {1}}, {"a", {1}}}).status(), "two columns are named"},
      {Table::FromColumns({{"a", {1}}, {"b", {1, 2}}}).status(), "has 2 rows"},
      {Table::Read("/nowhere.csv").status(), "/nowhere.csv"},
  };
  for (const auto& [status, message] : cases)
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
}

}  // namespace
}  // namespace dagrad::learn
