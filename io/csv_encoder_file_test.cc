// Encoders that are saved with what they learned.
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "dagrad/graph/json.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/csv.h"
#include "dagrad/io/csv_encoder.h"
#include "dagrad/io/test_files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::io {
namespace {

using ::testing::HasSubstr;

CsvTable Parsed(const char* text) {
  absl::StatusOr<CsvTable> table = ParseCsv(text);
  EXPECT_TRUE(table.ok()) << table.status();
  return *std::move(table);
}

// Every encoding with every fill that it takes.
CsvEncoder Fitted() {
  const CsvTable train = Parsed(
      "n,f,b,t,k\n1,0.1,true,a,1e-3\n,2.7,,\"b \"\"c\"\"\",7\n3,,false,a,\n8,-1e300,true,,1e-3\n");
  std::vector<CsvFeature> features;
  for (const CsvFill fill : {CsvFill::kKeep, CsvFill::kConstant, CsvFill::kMean, CsvFill::kMedian,
                             CsvFill::kMostFrequent}) {
    for (const char* column : {"n", "f", "k"})
      features.push_back({.column = column, .fill = fill, .value = 1.0 / 3});
  }
  for (const CsvEncoding encoding : {CsvEncoding::kOneHot, CsvEncoding::kOrdinal}) {
    for (const char* column : {"n", "b", "t", "k"}) {
      features.push_back({column, encoding, CsvFill::kKeep});
      features.push_back({column, encoding, CsvFill::kMostFrequent});
    }
  }
  features.push_back({.column = "b", .value = std::nan("")});
  absl::StatusOr<CsvEncoder> encoder = CsvEncoder::Fit(train, features);
  EXPECT_TRUE(encoder.ok()) << encoder.status();
  return *std::move(encoder);
}

TEST(CsvEncoderFileTest, GivesTheSameBitsWhenLoaded) {
  const std::string path = testing::FreshDirectory() + "encoder.json";
  const CsvEncoder encoder = Fitted();
  ASSERT_TRUE(encoder.Save(path).ok());
  const absl::StatusOr<CsvEncoder> loaded = CsvEncoder::Load(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->names(), encoder.names());
  const CsvTable other =
      Parsed("n,f,b,t,k\n8,0.25,true,a,7\n,,false,,\n1,5,true,\"b \"\"c\"\"\",7\n");
  for (const DType dtype : {DType::kFloat32, DType::kFloat64}) {
    const absl::StatusOr<Tensor> a = encoder.Transform(other, dtype);
    const absl::StatusOr<Tensor> b = loaded->Transform(other, dtype);
    ASSERT_TRUE(a.ok() && b.ok()) << a.status() << b.status();
    EXPECT_EQ(std::memcmp(a->bytes(), b->bytes(), a->byte_size()), 0);
  }
  const CsvTable unknown = Parsed("n,f,b,t,k\n8,0.25,true,z,7\n");
  EXPECT_EQ(encoder.Transform(unknown).status(), loaded->Transform(unknown).status());
}

TEST(CsvEncoderFileTest, DamageIsAnError) {
  const std::string path = testing::FreshDirectory() + "encoder.json";
  const CsvTable small = Parsed("a,b\n1,x\n2,y\n");
  const CsvEncoder encoder =
      *CsvEncoder::Fit(small, {{"a"}, {"b", CsvEncoding::kOneHot, CsvFill::kMostFrequent}});
  const std::string text = JsonText(encoder.ToJson());
  testing::ForEachDamage(path, text, [&](const std::string& what) {
    const absl::StatusOr<CsvEncoder> loaded = CsvEncoder::Load(path);
    if (loaded.ok()) {
      EXPECT_LE(loaded->names().size(), 1000u) << what;
    }
  });
  for (size_t cut = 0; cut < text.size(); cut += 11) {
    testing::Spill(path, text.substr(0, cut));
    EXPECT_THAT(std::string(CsvEncoder::Load(path).status().message()),
                HasSubstr("encoder.json: "));
  }
  const auto message = [&](const std::string& json) {
    testing::Spill(path, json);
    return std::string(CsvEncoder::Load(path).status().message());
  };
  const auto feature = [](const char* change) {
    return std::string(R"({"features": [{"column": "a", "value": 0, "text": "", )") + change +
           "}]}";
  };
  EXPECT_THAT(message("{}"), HasSubstr("a list of features"));
  EXPECT_THAT(message(R"({"feature": []})"), HasSubstr("has no option \"feature\""));
  EXPECT_THAT(message(feature(R"("encoding": "onehot", "fill": "keep", "categories": [])")),
              HasSubstr("encoding (number, one_hot, ordinal)"));
  EXPECT_THAT(message(feature(R"("encoding": "number", "fill": "mean", "categories": [])")),
              HasSubstr("fill (refuse, keep, constant)"));
  EXPECT_THAT(message(feature(R"("encoding": "number", "fill": "keep", "categories": ["x"])")),
              HasSubstr("has 1 categories; the limit is 0"));
  EXPECT_THAT(
      message(feature(R"("encoding": "ordinal", "fill": "keep", "categories": ["x", "x"])")),
      HasSubstr("has the category \"x\" twice"));
  EXPECT_THAT(std::string(CsvEncoder::Load("nowhere.json").status().message()),
              HasSubstr("nowhere.json"));
}

}  // namespace
}  // namespace dagrad::io
