"""Images of Fashion-MNIST, as examples/images.h reads them."""
import gzip

import numpy as np


def read_images(folder, part, count=None):
  with gzip.open(f"{folder}/{part}-images-idx3-ubyte.gz") as file:
    pixels = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)[:count]
  with gzip.open(f"{folder}/{part}-labels-idx1-ubyte.gz") as file:
    labels = np.frombuffer(file.read(), np.uint8, offset=8)[:count]
  return pixels.astype("float32") / 255, labels
