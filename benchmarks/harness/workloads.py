"""The rows of the comparison."""

import argparse
import dataclasses

import numpy as np


@dataclasses.dataclass
class Workload:
  """A model on one batch of data, and how closely the systems must agree before any is timed."""
  title: str
  model: str  # of benchmarks/models
  batch: int
  inputs: list  # (shape without batch, "normal" or the number of ids)
  target: object = None  # number of classes, "binary" or "normal"; None: inference only
  inference: bool = True  # False: training step only
  # Largest difference of the forward result, as a share of the result's own spread.
  forward_tolerance: float = 1e-4
  # Relative differences of the first loss and of those after one and two of Adam's steps, which
  # divide small gradients by their own size, and so enlarge what rounding does to them.
  first_loss_tolerance: float = 1e-4
  loss_tolerance: float = 1e-3
  rate: float = 1e-3  # Adam's, small enough that three steps do not end at a loss of 0
  gain: float = 1.0  # of the kernels' standard deviation, sqrt(1 / fan_in)

  @property
  def train(self):
    return self.target is not None


IMAGE = ((224, 224, 3), "normal")
HIDDEN = ((128, 768), "normal")
# Keras's Adam takes the gradients of embeddings as sparse, and updates differently where a word comes twice: hence the
# wider tolerance of models with embeddings. Networks of 18 layers and more enlarge the rounding of each.
DEEP = {"rate": 1e-4, "forward_tolerance": 1e-3, "first_loss_tolerance": 1e-3, "loss_tolerance": 3e-2}
WORKLOADS = {
    "titanic": Workload("Titanic MLP 7-100-100-1, batch 32", "titanic", 32, [((7,), "normal")], "binary"),
    "wages": Workload("Wages MLP 9-10-5-1, batch 32", "wages", 32, [((9,), "normal")], "normal"),
    "mlp": Workload("MLP 784-512-512-10, batch 128", "mlp", 128, [((784,), "normal")], 10),
    "cnn": Workload("CNN on 28x28, batch 64", "cnn", 64, [((28, 28, 1), "normal")], 10),
    "cnn128": Workload("CNN on 28x28, batch 128", "cnn", 128, [((28, 28, 1), "normal")], 10),
    "imdb": Workload("IMDB text CNN without dropout, batch 32", "imdb", 32, [((400,), 5000)], "binary",
                     loss_tolerance=1e-2),
    "resnet18": Workload("ResNet-18 on 32x32, batch 64", "resnet18", 64, [((32, 32, 3), "normal")], 10, **DEEP),
    "resnet50_1": Workload("ResNet-50, batch 1", "resnet50", 1, [IMAGE], **DEEP),
    "resnet50_8": Workload("ResNet-50, batch 8", "resnet50", 8, [IMAGE], **DEEP),
    "resnet50_train": Workload("ResNet-50, batch 4", "resnet50", 4, [IMAGE], 1000, inference=False, **DEEP),
    "mobilenet_1": Workload("MobileNetV2, batch 1", "mobilenet", 1, [IMAGE], gain=1.5, **DEEP),
    "mobilenet_8": Workload("MobileNetV2, batch 8", "mobilenet", 8, [IMAGE], gain=1.5, **DEEP),
    "mobilenet_train": Workload("MobileNetV2, batch 8", "mobilenet", 8, [IMAGE], 1000, inference=False, gain=1.5, **DEEP),
    "lstm": Workload("LSTM 50 steps, batch 64, 256 units", "lstm", 64, [((50, 256), "normal")], 10),
    "encoder_1": Workload("Encoder, 4 layers of BERT-base, batch 1", "encoder", 1, [HIDDEN], 10, rate=1e-5),
    "encoder_8": Workload("Encoder, 4 layers of BERT-base, batch 8", "encoder", 8, [HIDDEN], 10, rate=1e-5),
    "gpt2": Workload("GPT-2 small, 128 tokens, batch 1", "gpt2", 1, [((128,), 50257)]),
    "recommender": Workload("Recommender, 8 tables of 100k x 32, batch 256", "recommender", 256,
                            [((13,), "normal"), *[((1,), 100000)] * 8], "binary"),
}


def add_workloads_option(parser):
  parser.add_argument("--only", type=_workload_names, default=list(WORKLOADS), help="workloads, separated by commas")


def _workload_names(text):
  names = text.split(",")
  for name in names:
    if name not in WORKLOADS:
      raise argparse.ArgumentTypeError(f"unknown workload {name}; known: {', '.join(WORKLOADS)}")
  return names


def make_weight(name, shape, gain, rng):
  """Scales that keep activations of every depth near 1; biases and statistics that are not 0 or 1,
  so that a weight put in the wrong place shows."""
  slot = name.rsplit("/", 1)[1]
  normal = rng.standard_normal(shape, dtype=np.float32)
  if slot in ("gamma", "moving_variance"):
    return 1 + np.float32(0.1) * np.clip(normal, -3, 3)
  if slot == "embeddings":
    return normal * np.float32(0.05)
  if len(shape) == 1 or slot == "bias":
    return normal * np.float32(0.05)
  fan_in = int(np.prod(shape[:-1]))
  if "depthwise" in name:
    fan_in = int(np.prod(shape[:2]))
  elif name.split("/")[-2] in ("query", "key", "value"):
    fan_in = shape[0]
  return normal * np.float32(gain / np.sqrt(fan_in))


def make_input(workload, i, rng):
  shape, kind = workload.inputs[i]
  shape = (workload.batch, *shape)
  if kind == "normal":
    return rng.standard_normal(shape, dtype=np.float32)
  return rng.integers(0, kind, shape)


def make_target(workload, rng):
  if workload.target == "binary":
    return rng.integers(0, 2, (workload.batch, 1)).astype(np.float32)
  if workload.target == "normal":
    return rng.standard_normal((workload.batch, 1), dtype=np.float32)
  return rng.integers(0, workload.target, workload.batch)
