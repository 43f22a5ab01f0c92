"""Prints images_golden.h: small image files, what Pillow reads from them, and what Keras makes of a folder of them.

Run in the environment that `tools/setup --oracles` makes, with Pillow:
  python make_images_golden.py > images_golden.h
"""

import base64
import io
import os
import struct
import tempfile
import zlib

import keras
import numpy as np
from PIL import Image

RANDOM = np.random.RandomState(7)
NOISE = RANDOM.randint(0, 256, (5, 7, 4)).astype(np.uint8)
ROWS, COLUMNS = np.mgrid[0:9, 0:11]
SMOOTH = np.stack([ROWS * 28, COLUMNS * 22, (ROWS + COLUMNS) * 12], -1).astype(np.uint8)


def saved(image, kind, **options):
  out = io.BytesIO()
  image.save(out, kind, **options)
  return out.getvalue()


def png(header, *rest):
  """A PNG file of chunks."""
  out = b"\x89PNG\r\n\x1a\n"
  for name, data in ((b"IHDR", header), *rest, (b"IEND", b"")):
    out += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
  return out


def interlaced(pixels):
  """Adam7's seven passes of red, green, blue."""
  data = b""
  for y, x, down, right in ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)):
    part = pixels[y::down, x::right]
    data += b"".join(b"\0" + row.tobytes() for row in part if row.size)
  height, width = pixels.shape[:2]
  return png(struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1), (b"IDAT", zlib.compress(data)))


def deep(pixels):
  """16 bits of red, green, blue."""
  data = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
  return png(struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 16, 2, 0, 0, 0), (b"IDAT", zlib.compress(data)))


def transparent_palette():
  image = Image.fromarray(NOISE[:, :, :3]).quantize(6)
  return saved(image, "PNG", transparency=bytes([0, 128, 255, 7]))


def top_first(pixels):
  """A BMP of 24 bits with a negative height."""
  height, width = pixels.shape[:2]
  rows = b"".join((row[:, ::-1].tobytes() + b"\0\0\0")[:(width * 3 + 3) // 4 * 4] for row in pixels)
  info = struct.pack("<IiiHHIIiiII", 40, width, -height, 1, 24, 0, len(rows), 0, 0, 0, 0)
  return b"BM" + struct.pack("<IHHI", 54 + len(rows), 0, 0, 54) + info + rows


def stray(jpeg):
  """With bytes that belong to nothing before its end."""
  return jpeg[:-2] + b"\x11\x22\x33" + jpeg[-2:]


RGB = Image.fromarray(NOISE[:, :, :3])
GRAY = Image.fromarray(NOISE[:, :, 0])
PHOTO = Image.fromarray(SMOOTH)
FILES = {
    "rgb.png": saved(RGB, "PNG"),
    "rgba.png": saved(Image.fromarray(NOISE), "PNG"),
    "gray.png": saved(GRAY, "PNG"),
    "bilevel.png": saved(GRAY.convert("1"), "PNG"),
    "palette.png": transparent_palette(),
    "interlaced.png": interlaced(SMOOTH),
    "deep.png": deep(RANDOM.randint(0, 65536, (3, 4, 3))),
    "photo.jpg": saved(PHOTO, "JPEG", quality=90),
    "progressive.jpeg": saved(PHOTO, "JPEG", quality=60, progressive=True),
    "gray.JPG": saved(GRAY, "JPEG", quality=95),
    "stray.jpg": stray(saved(PHOTO, "JPEG", quality=50, subsampling=0)),
    "rgb.bmp": saved(RGB, "BMP"),
    "palette.bmp": saved(RGB.quantize(9), "BMP"),
    "bilevel.bmp": saved(GRAY.convert("1"), "BMP"),
    "gray.bmp": saved(GRAY, "BMP"),
    "top_first.bmp": top_first(NOISE[:, :, :3]),
}
CMYK = saved(PHOTO.convert("CMYK"), "JPEG", quality=30)
# interpolation, crop, pad, height, width
SIZES = [("bilinear", 0, 0, 6, 4), ("bilinear", 0, 0, 9, 5), ("nearest", 0, 0, 6, 4), ("nearest", 0, 0, 7, 8), ("bicubic", 0, 0, 6, 4),
         ("bicubic", 0, 0, 8, 7), ("bilinear", 1, 0, 6, 4), ("bicubic", 1, 0, 3, 8), ("bilinear", 0, 1, 6, 4), ("nearest", 0, 1, 4, 9)]


def text(data):
  lines = base64.b64encode(data).decode()
  return "\n     ".join(f'"{lines[i:i + 110]}"' for i in range(0, len(lines), 110))


def numbers(values, digits=6):
  items = [f"{float(v):.{digits}g}" for v in np.ravel(values)]
  return "{" + ",\n     ".join(", ".join(items[i:i + 13]) for i in range(0, len(items), 13)) + "}"


def resized():
  print("// Of the images rgb.png and interlaced.png, by keras.utils.image_dataset_from_directory.")
  print("inline const std::vector<SizeGolden> kSizeGoldens = {")
  with tempfile.TemporaryDirectory() as folder:
    os.makedirs(folder + "/a")
    for name in ("rgb.png", "interlaced.png"):
      with open(f"{folder}/a/{name}", "wb") as out:
        out.write(FILES[name])
    for interpolation, crop, pad, height, width in SIZES:
      images = keras.utils.image_dataset_from_directory(
          folder, label_mode=None, shuffle=False, image_size=(height, width), interpolation=interpolation,
          crop_to_aspect_ratio=bool(crop), pad_to_aspect_ratio=bool(pad), verbose=False)
      smooth, rgb = next(iter(images)).numpy()
      print(f'    {{"{interpolation}", {crop}, {pad}, {height}, {width},\n     {numbers(np.stack([rgb, smooth]))}}},')
  print("};\n")


def main():
  print("// Written by make_images_golden.py. Do not edit.")
  print("#ifndef DAGRAD_KERAS_DATA_IMAGES_GOLDEN_H_\n#define DAGRAD_KERAS_DATA_IMAGES_GOLDEN_H_\n")
  print(f"// Keras {keras.__version__}, Pillow {Image.__version__}, NumPy {np.__version__}")
  print("#include <cstdint>\n#include <string>\n#include <vector>\n\nnamespace dagrad::keras {\n")
  print("// A file, its size, and its pixels; bytes in base 64.")
  print("struct ImageGolden {\n  std::string name, base64;\n  int64_t height, width;\n"
        "  std::string grayscale, rgba;\n};\n")
  print("struct SizeGolden {\n  std::string interpolation;\n  bool crop, pad;\n  int64_t height, width;\n"
        "  std::vector<float> images;\n};\n")
  print("// clang-format off")
  print("inline const std::vector<ImageGolden> kImageGoldens = {")
  for name, data in FILES.items():
    image = Image.open(io.BytesIO(data))
    print(f'    {{"{name}",\n     {text(data)},\n     {image.height}, {image.width},')
    rgba = np.asarray(image.convert("RGBA"))
    assert np.array_equal(np.asarray(image.convert("RGB")), rgba[:, :, :3])
    print(f"     {text(np.asarray(image.convert('L')).tobytes())},\n     {text(rgba.tobytes())},")
    print("    },")
  print("};\n")
  print(f"inline const char kCmykJpeg[] =\n     {text(CMYK)};\n")
  resized()
  print("// clang-format on\n\n}  // namespace dagrad::keras\n\n#endif  // DAGRAD_KERAS_DATA_IMAGES_GOLDEN_H_")


main()
