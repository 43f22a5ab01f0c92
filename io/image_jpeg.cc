#include <cstdio>
// jpeglib.h needs <cstdio> before it.
#include <jpeglib.h>
// jerror.h needs jpeglib.h before it.
#include <jerror.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/image_decoder.h"

namespace dagrad::io::image_internal {
namespace {

// A progressive image of more scans is one that only means to take time.
constexpr int kMostScans = 500;

// libjpeg's reader of bytes in memory.
class JpegReader {
 public:
  explicit JpegReader(const Budget& budget) : budget_(budget) {
    reader_.err = jpeg_std_error(&errors_);
    reader_.client_data = this;
    errors_.error_exit = [](j_common_ptr reader) { Fail(reader); };
    errors_.emit_message = Warn;
    errors_.output_message = [](j_common_ptr) {};
    progress_.progress_monitor = GoOn;
  }
  ~JpegReader() {
    if (created_) jpeg_destroy_decompress(&reader_);
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  absl::Status Create() {
    return Do([this](jpeg_decompress_struct* reader) {
      jpeg_create_decompress(reader);
      created_ = true;
      reader->progress = &progress_;
    });
  }
  // step(reader), or the error of libjpeg in it.
  template <typename Step>
  absl::Status Do(const Step& step) {
    if (Completed(jump_, [&] { step(&reader_); })) return absl::OkStatus();
    DAGRAD_RETURN_IF_ERROR(budget_.Check());
    if (errors_.msg_code == JERR_OUT_OF_MEMORY) return NoMemoryStatus();
    return DataLossError(absl::StrCat("it is cut or damaged: ", message_));
  }

 private:
  [[noreturn]] static void Fail(j_common_ptr reader) {
    auto* self = static_cast<JpegReader*>(reader->client_data);
    reader->err->format_message(reader, self->message_);
    std::longjmp(self->jump_, 1);
  }
  // libjpeg makes up what is missing, and warns: that is no image.
  static void Warn(j_common_ptr reader, int level) {
    if (level < 0 && reader->err->msg_code != JWRN_EXTRANEOUS_DATA) Fail(reader);
  }
  // Called again and again.
  static void GoOn(j_common_ptr reader) {
    auto* self = static_cast<JpegReader*>(reader->client_data);
    if (self->reader_.input_scan_number <= kMostScans && self->budget_.Check().ok()) return;
    std::snprintf(self->message_, sizeof self->message_, "it has more than %d scans", kMostScans);
    std::longjmp(self->jump_, 1);
  }

  const Budget& budget_;
  jpeg_decompress_struct reader_ = {};
  jpeg_error_mgr errors_ = {};
  jpeg_progress_mgr progress_ = {};
  std::jmp_buf jump_;
  char message_[JMSG_LENGTH_MAX] = {};
  bool created_ = false;
};

}  // namespace

absl::StatusOr<Pixels> ParseJpeg(absl::string_view bytes, const ReadImageOptions& options) {
  JpegReader reader(options.budget);
  DAGRAD_RETURN_IF_ERROR(reader.Create());
  uint64_t height = 0, width = 0;
  J_COLOR_SPACE colors = JCS_UNKNOWN;
  DAGRAD_RETURN_IF_ERROR(reader.Do([&](jpeg_decompress_struct* jpeg) {
    jpeg_mem_src(jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(jpeg, TRUE);
    height = jpeg->image_height;
    width = jpeg->image_width;
    colors = jpeg->jpeg_color_space;
  }));
  if (colors != JCS_YCbCr && colors != JCS_RGB && colors != JCS_GRAYSCALE)
    return UnimplementedError("is a JPEG in CMYK or other colors; RGB and gray are read");
  DAGRAD_ASSIGN_OR_RETURN(Pixels pixels, Allocate(height, width, options));
  // Of a progressive image it keeps all coefficients, of 2 bytes each, and some rows.
  DAGRAD_ASSIGN_OR_RETURN(
      const Budget::Lease decoder,
      options.budget.Lend(static_cast<int64_t>(6 * (height + 16) * (width + 16)), "its decoder"));
  uint8_t* const to = pixels.tensor.mutable_data<uint8_t>().data();
  DAGRAD_RETURN_IF_ERROR(reader.Do([&](jpeg_decompress_struct* jpeg) {
    jpeg->out_color_space = options.channels == 4 ? JCS_EXT_RGBA : JCS_RGB;
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
      JSAMPROW row = to + jpeg->output_scanline * width * options.channels;
      jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
  }));
  return pixels;
}

}  // namespace dagrad::io::image_internal
