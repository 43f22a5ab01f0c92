"""PyTorch modules that people export, for benchmarks/onnx_models: what they are, made anew, untrained."""

from onnxscript import opset18 as op
import torch
from torch import nn
import torch.nn.functional as F


class ResidualBlock(nn.Module):

  def __init__(self, channels, width, stride):
    super().__init__()
    self.first = nn.Sequential(nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width))
    self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))
    self.skip = nn.Identity()
    if stride != 1 or channels != width:
      self.skip = nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))

  def forward(self, x):
    return F.relu(self.second(F.relu(self.first(x))) + self.skip(x))


class ResNet18(nn.Module):

  def __init__(self):
    super().__init__()
    self.stem = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64))
    blocks, channels = [], 64
    for width in (64, 128, 256, 512):
      for i in range(2):
        blocks.append(ResidualBlock(channels, width, 2 if i == 0 and width > 64 else 1))
        channels = width
    self.blocks = nn.Sequential(*blocks)
    self.classes = nn.Linear(512, 1000)

  def forward(self, x):
    x = F.max_pool2d(F.relu(self.stem(x)), 3, 2, 1)
    return self.classes(F.adaptive_avg_pool2d(self.blocks(x), 1).flatten(1))


class Gpt2Block(nn.Module):
  """With a cache of keys and values: x [batch, time, d], past [batch, heads, past, d / heads]."""

  def __init__(self, d=256, heads=8):
    super().__init__()
    self.heads, self.size = heads, d // heads
    self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
    self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
    self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

  def forward(self, x, past_keys, past_values):
    batch, time, d = x.shape
    split = lambda z: z.view(batch, time, self.heads, self.size).transpose(1, 2)
    q, k, v = (split(z) for z in self.qkv(self.norm1(x)).split(d, -1))
    k, v = torch.cat([past_keys, k], 2), torch.cat([past_values, v], 2)
    whole = k.shape[2]
    scores = q @ k.transpose(-1, -2) / self.size**0.5
    future = torch.arange(whole)[None] > torch.arange(time)[:, None] + (whole - time)
    y = scores.masked_fill(future, float("-inf")).softmax(-1) @ v
    x = x + self.out(y.transpose(1, 2).reshape(batch, time, d))
    return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh")), k, v


class Tagger(nn.Module):

  def __init__(self):
    super().__init__()
    self.embedding = nn.Embedding(500, 64)
    self.lstm = nn.LSTM(64, 64, 2, batch_first=True, bidirectional=True)
    self.tags = nn.Linear(128, 17)

  def forward(self, x):
    return F.log_softmax(self.tags(self.lstm(self.embedding(x))[0]), -1)


class UNet(nn.Module):

  def __init__(self):
    super().__init__()
    block = lambda i, o: nn.Sequential(nn.Conv2d(i, o, 3, 1, 1), nn.BatchNorm2d(o), nn.ReLU(),
                                       nn.Conv2d(o, o, 3, 1, 1), nn.ReLU())
    self.down1, self.down2, self.bottom = block(3, 16), block(16, 32), block(32, 64)
    self.up = nn.ConvTranspose2d(64, 32, 2, 2)
    self.up2, self.up1, self.out = block(64, 32), block(48, 16), nn.Conv2d(16, 2, 1)

  def forward(self, x):
    a = self.down1(x)
    b = self.down2(F.max_pool2d(a, 2))
    y = self.up2(torch.cat([self.up(self.bottom(F.max_pool2d(b, 2))), b], 1))
    y = F.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False)
    return self.out(self.up1(torch.cat([y, a], 1)))


class VisionTransformer(nn.Module):

  def __init__(self, d=128):
    super().__init__()
    self.patches = nn.Conv2d(3, d, 16, 16)
    self.start = nn.Parameter(torch.randn(1, 1, d))
    self.places = nn.Parameter(0.02 * torch.randn(1, 197, d))
    layer = nn.TransformerEncoderLayer(d, 4, 4 * d, 0.0, "gelu", batch_first=True, norm_first=True)
    self.encoder = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
    self.classes = nn.Linear(d, 10)

  def forward(self, x):
    y = self.patches(x).flatten(2).transpose(1, 2)
    y = torch.cat([self.start.expand(x.shape[0], -1, -1), y], 1) + self.places
    return self.classes(self.encoder(y)[:, 0])


@torch.library.custom_op("dagrad_oracles::nms", mutates_args=())
def nms(boxes: torch.Tensor, scores: torch.Tensor, iou: float) -> torch.Tensor:
  """Which of the corners [n, 4] are kept, by falling score: torchvision.ops.nms, whose wheel needs CUDA."""
  area = lambda b: (b[..., 2] - b[..., 0]).clamp(min=0) * (b[..., 3] - b[..., 1]).clamp(min=0)
  kept = []
  for i in scores.argsort(descending=True, stable=True).tolist():
    low, high = torch.maximum(boxes[i, :2], boxes[kept, :2]), torch.minimum(boxes[i, 2:], boxes[kept, 2:])
    shared = area(torch.cat([low, high], -1))
    if not (shared / (area(boxes[i]) + area(boxes[kept]) - shared) > iou).any():
      kept.append(i)
  return torch.tensor(kept, dtype=torch.int64)


@nms.register_fake
def _(boxes, scores, iou):
  return boxes.new_empty(torch.library.get_ctx().new_dynamic_size(), dtype=torch.int64)


def nms_script(g, boxes, scores, iou):
  """Of the exporter by tracing."""
  constant = lambda *numbers: g.op("Constant", value_t=torch.tensor(numbers))
  unsqueeze = lambda x, *axes: g.op("Unsqueeze", x, constant(*axes))
  chosen = g.op("NonMaxSuppression", unsqueeze(boxes, 0), unsqueeze(scores, 0, 1), constant(2**31 - 1),
                g.op("Cast", iou, to_i=1))
  column = g.op("Gather", chosen, g.op("Constant", value_t=torch.tensor(2)), axis_i=1)
  return column


def nms_dynamo(boxes, scores, iou):
  """Of torch.export's exporter."""
  chosen = op.NonMaxSuppression(op.Unsqueeze(boxes, op.Constant(value_ints=[0])),
                                op.Unsqueeze(scores, op.Constant(value_ints=[0, 1])),
                                op.Constant(value_ints=[2**31 - 1]), op.Constant(value_floats=[iou]))
  return op.Gather(chosen, op.Constant(value_int=2), axis=1)


TRANSLATIONS = {torch.ops.dagrad_oracles.nms.default: nms_dynamo}
torch.onnx.register_custom_op_symbolic("dagrad_oracles::nms", nms_script, 17)


class Detector(nn.Module):
  """Boxes whose score is above 0.5 and that overlap no better one."""

  def __init__(self):
    super().__init__()
    self.features = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU())
    self.boxes, self.scores = nn.Conv2d(32, 4, 1), nn.Conv2d(32, 3, 1)

  def forward(self, x):
    y = self.features(x)
    box, score = self.boxes(y).flatten(2).transpose(1, 2), self.scores(y).flatten(2).sigmoid()
    rows, columns = torch.arange(y.shape[2])[:, None], torch.arange(y.shape[3])[None, :]
    centre = box[..., :2] + 4 * torch.stack([columns + 0 * rows, rows + 0 * columns], -1).flatten(0, 1)
    size = 8 * box[..., 2:].exp()
    corners = torch.cat([centre - size / 2, centre + size / 2], -1)
    best, which = score.max(1)
    above = (best[0] > 0.5).nonzero().squeeze(1)
    keep = above[nms(corners[0][above], best[0][above], 0.4)]
    return corners[0][keep], best[0][keep], which[0][keep]


def modules():
  """By name: the module, its inputs, their names, and which of their axes vary."""
  torch.manual_seed(0)
  randn = torch.randn
  image = {"x": {0: "batch"}}
  cache = {0: "batch", 2: "past"}
  return {
      "resnet18": (ResNet18(), (randn(2, 3, 64, 64),), image),
      "gpt2_block": (Gpt2Block(), (randn(2, 5, 256), randn(2, 8, 7, 32), randn(2, 8, 7, 32)),
                     {"x": {0: "batch", 1: "time"}, "past_keys": cache, "past_values": cache}),
      "lstm_tagger": (Tagger(), (torch.randint(0, 500, (2, 9)),), {"x": {0: "batch", 1: "time"}}),
      "unet": (UNet(), (randn(2, 3, 64, 96),), image),
      "vit": (VisionTransformer(), (randn(2, 3, 224, 224),), image),
      "detector": (Detector(), (randn(1, 3, 64, 64),), {"x": {2: "height", 3: "width"}}),
  }
