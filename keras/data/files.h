#ifndef DAGRAD_KERAS_DATA_FILES_H_
#define DAGRAD_KERAS_DATA_FILES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/io/csv.h"
#include "dagrad/io/csv_encoder.h"
#include "dagrad/io/idx.h"
#include "dagrad/keras/data/dataset.h"
#include "dagrad/keras/text/text_vectorization.h"

// Pipelines that begin with files. What is wrong with a file ends the epoch, with its name.
namespace dagrad::keras {

// The rows of a CSV file as examples, read piece by piece and never as a whole: x [width of x] and,
// if it has features, y [width of y], both float32, in the order of the file. The encoders, fitted
// before to a part of the table or loaded, say what becomes of a column; the types of the columns
// may differ from piece to piece. Errors name the line. `piece_bytes`: of the file at a time, more
// where a row is longer.
Dataset DatasetFromCsv(const std::string& path, const io::CsvEncoder& x,
                       const io::CsvEncoder& y = {}, const io::CsvOptions& options = {},
                       size_t piece_bytes = size_t{1} << 20);

// Images and labels of IDX files (io::ReadIdx), read at once.
absl::StatusOr<Dataset> DatasetFromIdx(const std::string& images, const std::string& labels,
                                       const io::ReadIdxOptions& options = {});

// Texts in the files of a folder: those of folder/a/ and folder/b/ are of class 0 and 1, in the
// order of the names (keras.utils.text_dataset_from_directory). Symbolic links and files and
// folders whose names begin with a point are left out.
struct TextFiles {
  std::vector<std::string> class_names;
  std::vector<std::string> paths;
  std::vector<int64_t> labels;

  // The texts themselves, for TextVectorization::Adapt.
  absl::StatusOr<std::vector<std::string>> Read() const;
  // x: what `vectorize` makes of a file, which is read when its turn comes; y: the class, int64
  // scalar.
  Dataset Examples(const TextVectorization& vectorize) const;
  static constexpr size_t kMostBytes = size_t{1} << 26;  // of a file
};
// NotFound where there is no folder, InvalidArgument where it has no file.
absl::StatusOr<TextFiles> TextFilesOf(const std::string& folder);

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_DATA_FILES_H_
