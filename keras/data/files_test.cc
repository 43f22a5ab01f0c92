// Pipelines that begin with files.
#include "dagrad/keras/data/files.h"

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/test_files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using io::CsvEncoder;
using io::CsvEncoding;
using io::CsvFill;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// All rows of an epoch, one behind the other; x and y.
absl::StatusOr<std::vector<std::vector<Tensor>>> All(const Dataset& data, int64_t epoch = 0) {
  const BatchSourcePtr source = data.Batch(3);
  DAGRAD_RETURN_IF_ERROR(source->Begin(epoch));
  std::vector<std::vector<Tensor>> batches;
  while (true) {
    DAGRAD_ASSIGN_OR_RETURN(const Batch* batch, source->Next());
    if (batch == nullptr) return batches;
    batches.emplace_back();
    for (const Data* d : {&batch->x, &batch->y}) {
      for (const Tensor& t : d->tensors) batches.back().push_back(*t.Clone());
    }
  }
}

// 50 rows; fields over several lines, quotes, missing numbers, columns whose type changes.
std::string TableText() {
  std::string text =
      "\xEF\xBB\xBF"
      "n,\"t,x\",f,y\r\n";
  for (int i = 0; i < 50; ++i) {
    absl::StrAppend(&text, i < 30 ? absl::StrCat(i) : absl::StrCat(i, ".5"), ",",
                    i % 3 == 0   ? "\"a\r\nb\""
                    : i % 3 == 1 ? "\"say \"\"c\"\"\""
                                 : "d",
                    ",", i % 7 == 6 ? "" : absl::StrCat(i * 0.25), ",", i % 2,
                    i % 4 == 0 ? "\n\n" : "\r\n");
  }
  return text;
}

TEST(DatasetFromCsvTest, GivesTheRowsOfTheTableForPiecesOfAnySize) {
  const std::string path = io::testing::FreshDirectory() + "t.csv";
  io::testing::Spill(path, TableText());
  const io::CsvTable table = *io::ReadCsv(path);
  const CsvEncoder x = *CsvEncoder::Fit(
      table, {{"n"}, {"t,x", CsvEncoding::kOneHot}, {.column = "f", .fill = CsvFill::kMean}});
  const CsvEncoder y = *CsvEncoder::Fit(table, {{"y"}});
  const auto want = *All(Dataset::FromArrays(*x.Transform(table), *y.Transform(table)));
  ASSERT_EQ(want.size(), 17u);
  for (const size_t piece : {1, 2, 7, 64, 100000}) {
    const Dataset data = DatasetFromCsv(path, x, y, {}, piece);
    for (const int64_t epoch : {0, 1}) {
      const auto got = All(data, epoch);
      ASSERT_TRUE(got.ok()) << got.status();
      ASSERT_EQ(got->size(), want.size()) << piece;
      for (size_t b = 0; b < want.size(); ++b) {
        for (size_t k = 0; k < 2; ++k) EXPECT_TRUE(SameBits((*got)[b][k], want[b][k])) << piece;
      }
    }
  }
  EXPECT_EQ((*All(DatasetFromCsv(path, x)))[0].size(), 1u) << "no y";
}

TEST(DatasetFromCsvTest, ErrorsNameTheLineOfTheFile) {
  const std::string path = io::testing::FreshDirectory() + "t.csv";
  std::string text = TableText();
  const CsvEncoder x = *CsvEncoder::Fit(*io::ParseCsv(text), {{"n"}});
  const auto message = [&](const std::string& content, size_t piece) {
    io::testing::Spill(path, content);
    return std::string(All(DatasetFromCsv(path, x, {}, {}, piece)).status().message());
  };
  for (const std::string& row : {std::string("1,2\n"), std::string("x,y,3,4\n")}) {
    io::testing::Spill(path, text + row);
    std::string whole(io::ReadCsv(path).status().message());
    if (whole.empty())
      whole = absl::StrCat(path, ": ", x.Transform(*io::ReadCsv(path)).status().message());
    EXPECT_THAT(whole, HasSubstr(": line "));
    for (const size_t piece : {1, 50, 100000})
      EXPECT_EQ(message(text + row, piece), whole) << piece;
  }
  EXPECT_THAT(message("n,t\n", 1), HasSubstr("t.csv: has no rows"));
  EXPECT_THAT(message("", 1), HasSubstr("t.csv"));
  EXPECT_THAT(message("t\n1\n", 1), HasSubstr("no column \"n\""));
  std::filesystem::remove(path);
  EXPECT_EQ(All(DatasetFromCsv(path, x)).status().code(), absl::StatusCode::kNotFound);
}

TEST(DatasetFromIdxTest, HasImagesAndLabels) {
  const std::string dir = io::testing::FreshDirectory();
  io::testing::Spill(dir + "images", std::string("\0\0\x08\x03\0\0\0\2\0\0\0\1\0\0\0\2abcd", 20));
  io::testing::Spill(dir + "labels", std::string("\0\0\x08\x01\0\0\0\2\7\3", 10));
  const absl::StatusOr<Dataset> data = DatasetFromIdx(dir + "images", dir + "labels");
  ASSERT_TRUE(data.ok()) << data.status();
  const auto all = *All(*data);
  EXPECT_EQ(all[0][0].dims(), (Dims{2, 1, 2}));
  EXPECT_THAT(all[0][0].data<uint8_t>(), ElementsAre('a', 'b', 'c', 'd'));
  EXPECT_THAT(all[0][1].data<uint8_t>(), ElementsAre(7, 3));
  io::testing::Spill(dir + "labels", std::string("\0\0\x08\x01\0\0\0\1\7", 9));
  EXPECT_THAT(std::string(DatasetFromIdx(dir + "images", dir + "labels").status().message()),
              HasSubstr("not as many examples"));
}

TEST(TextFilesTest, ClassesAreFolders) {
  const std::string dir = io::testing::FreshDirectory();
  for (const char* name : {"pos", "neg", "neg/deeper", ".hidden", "empty"})
    std::filesystem::create_directory(dir + name);
  io::testing::Spill(dir + "pos/2", "good film");
  io::testing::Spill(dir + "pos/1", "fine");
  io::testing::Spill(dir + "neg/1", "bad bad film");
  io::testing::Spill(dir + ".hidden/1", "no");
  io::testing::Spill(dir + "neg/.x", "no");
  std::filesystem::create_symlink(dir + "pos/1", dir + "neg/2");
  const absl::StatusOr<TextFiles> files = TextFilesOf(dir);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(files->class_names, ElementsAre("empty", "neg", "pos"));
  EXPECT_THAT(files->labels, ElementsAre(1, 2, 2));
  EXPECT_THAT(*files->Read(), ElementsAre("bad bad film", "fine", "good film"));
  TextVectorization vectorize({.output_sequence_length = 3});
  ASSERT_TRUE(vectorize.Adapt(*files->Read()).ok());
  const auto all = All(files->Examples(vectorize));
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_TRUE(SameBits((*all)[0][0], *vectorize.Transform(*files->Read())));
  EXPECT_THAT((*all)[0][1].data<int64_t>(), ElementsAre(1, 2, 2));
  std::filesystem::remove(dir + "pos/1");
  EXPECT_EQ(All(files->Examples(vectorize)).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(TextFilesOf(dir + "none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(TextFilesOf(dir + "empty").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace dagrad::keras
