"""The models in PyTorch. Each gives logits; LAST and LOSS say what follows. The names of the modules, joined by "_", are
those of dagrad's layers."""

import torch
from torch import nn
from torch.nn import functional as F


class Perceptron(nn.Module):

  def __init__(self, *sizes):
    super().__init__()
    self.layers = len(sizes) - 1
    for i in range(self.layers):
      setattr(self, f"dense{i + 1}", nn.Linear(sizes[i], sizes[i + 1]))

  def forward(self, x):
    for i in range(self.layers):
      x = getattr(self, f"dense{i + 1}")(x)
      if i + 1 < self.layers:
        x = torch.relu(x)
    return x


class Cnn(nn.Module):

  def __init__(self):
    super().__init__()
    self.conv1 = nn.Conv2d(1, 32, 3, padding="same")
    self.conv2 = nn.Conv2d(32, 64, 3, padding="same")
    self.dense1 = nn.Linear(64 * 7 * 7, 128)
    self.dense2 = nn.Linear(128, 10)

  def forward(self, x):
    x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
    x = F.max_pool2d(torch.relu(self.conv2(x)), 2)
    x = x.permute(0, 2, 3, 1).reshape(x.shape[0], -1)
    return self.dense2(torch.relu(self.dense1(x)))


class Imdb(nn.Module):

  def __init__(self):
    super().__init__()
    self.embedding = nn.Embedding(5000, 50)
    self.conv1 = nn.Conv1d(50, 250, 3)
    self.dense1 = nn.Linear(250, 250)
    self.dense2 = nn.Linear(250, 1)

  def forward(self, ids):
    x = self.embedding(ids).transpose(1, 2)
    x = torch.relu(self.conv1(x)).amax(2)
    return self.dense2(torch.relu(self.dense1(x)))


def batch_norm(channels):
  """With Keras's epsilon and momentum."""
  return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class ConvBn(nn.Module):

  def __init__(self, fan_in, fan_out, size, stride=1, groups=1):
    super().__init__()
    self.conv = nn.Conv2d(fan_in, fan_out, size, stride, size // 2, groups=groups, bias=False)
    self.bn = batch_norm(fan_out)

  def forward(self, x):
    return self.bn(self.conv(x))


class Basic(nn.Module):
  expansion = 1

  def __init__(self, fan_in, filters, stride):
    super().__init__()
    self.a = ConvBn(fan_in, filters, 3, stride)
    self.b = ConvBn(filters, filters, 3)
    self.shortcut = ConvBn(fan_in, filters, 1, stride) if stride > 1 or fan_in != filters else None

  def forward(self, x):
    y = self.b(F.relu(self.a(x), inplace=True))
    y += self.shortcut(x) if self.shortcut else x
    return F.relu(y, inplace=True)


class Bottleneck(nn.Module):
  expansion = 4

  def __init__(self, fan_in, filters, stride):
    super().__init__()
    self.a = ConvBn(fan_in, filters, 1)
    self.b = ConvBn(filters, filters, 3, stride)
    self.c = ConvBn(filters, 4 * filters, 1)
    self.shortcut = ConvBn(fan_in, 4 * filters, 1, stride) if stride > 1 or fan_in != 4 * filters else None

  def forward(self, x):
    y = self.c(F.relu(self.b(F.relu(self.a(x), inplace=True)), inplace=True))
    y += self.shortcut(x) if self.shortcut else x
    return F.relu(y, inplace=True)


class ResNet(nn.Module):

  def __init__(self, block, blocks, classes, stem_size, stem_stride, pool):
    super().__init__()
    self.stem = ConvBn(3, 64, stem_size, stem_stride)
    self.pool = pool
    self.blocks = []
    fan_in = 64
    for stage, count in enumerate(blocks):
      for i in range(count):
        name = f"stage{stage + 1}_block{i + 1}"
        setattr(self, name, block(fan_in, 64 << stage, 2 if stage and not i else 1))
        self.blocks.append(name)
        fan_in = block.expansion * (64 << stage)
    self.classes = nn.Linear(fan_in, classes)

  def forward(self, x):
    x = F.relu(self.stem(x), inplace=True)
    if self.pool:
      x = F.max_pool2d(x, 3, 2, 1)
    for name in self.blocks:
      x = getattr(self, name)(x)
    return self.classes(x.mean((2, 3)))


class InvertedResidual(nn.Module):

  def __init__(self, fan_in, filters, stride, expansion):
    super().__init__()
    wide = fan_in * expansion
    self.expand = ConvBn(fan_in, wide, 1) if expansion > 1 else None
    self.depthwise = ConvBn(wide, wide, 3, stride, groups=wide)
    self.project = ConvBn(wide, filters, 1)
    self.residual = stride == 1 and fan_in == filters

  def forward(self, x):
    y = F.relu6(self.expand(x), inplace=True) if self.expand else x
    y = self.project(F.relu6(self.depthwise(y), inplace=True))
    return x + y if self.residual else y


class MobileNetV2(nn.Module):
  # expansion, filters, blocks, stride of the first
  STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]

  def __init__(self):
    super().__init__()
    self.stem = ConvBn(3, 32, 3, 2)
    self.blocks = []
    fan_in = 32
    for expansion, filters, count, stride in self.STAGES:
      for i in range(count):
        self.blocks.append(f"block{len(self.blocks) + 1}")
        setattr(self, self.blocks[-1], InvertedResidual(fan_in, filters, 1 if i else stride, expansion))
        fan_in = filters
    self.last = ConvBn(320, 1280, 1)
    self.classes = nn.Linear(1280, 1000)

  def forward(self, x):
    x = F.relu6(self.stem(x), inplace=True)
    for name in self.blocks:
      x = getattr(self, name)(x)
    return self.classes(F.relu6(self.last(x), inplace=True).mean((2, 3)))


class Lstm(nn.Module):

  def __init__(self):
    super().__init__()
    self.lstm = nn.LSTM(256, 256, batch_first=True)
    # PyTorch adds two biases; one is enough.
    self.lstm.bias_hh_l0.requires_grad_(False)
    self.classes = nn.Linear(256, 10)

  def forward(self, x):
    return self.classes(self.lstm(x)[0][:, -1])


class Attention(nn.Module):

  def __init__(self, causal):
    super().__init__()
    self.causal = causal
    for name in ("query", "key", "value", "attention_output"):
      setattr(self, name, nn.Linear(768, 768))

  def forward(self, x):
    heads = lambda y: y.view(*y.shape[:2], 12, 64).transpose(1, 2)
    y = F.scaled_dot_product_attention(heads(self.query(x)), heads(self.key(x)), heads(self.value(x)),
                                       is_causal=self.causal)
    return self.attention_output(y.transpose(1, 2).reshape(x.shape))


class EncoderLayer(nn.Module):

  def __init__(self):
    super().__init__()
    self.attention = Attention(causal=False)
    self.norm1 = nn.LayerNorm(768, eps=1e-5)
    self.dense1 = nn.Linear(768, 3072)
    self.dense2 = nn.Linear(3072, 768)
    self.norm2 = nn.LayerNorm(768, eps=1e-5)

  def forward(self, x):
    x = self.norm1(x + self.attention(x))
    return self.norm2(x + self.dense2(F.gelu(self.dense1(x))))


class Encoder(nn.Module):
  LAYERS = 4

  def __init__(self):
    super().__init__()
    for i in range(self.LAYERS):
      setattr(self, f"layer{i + 1}", EncoderLayer())
    self.classes = nn.Linear(768, 10)

  def forward(self, x):
    for i in range(self.LAYERS):
      x = getattr(self, f"layer{i + 1}")(x)
    return self.classes(x.mean(1))


class DecoderLayer(nn.Module):

  def __init__(self):
    super().__init__()
    self.norm1 = nn.LayerNorm(768, eps=1e-5)
    self.attention = Attention(causal=True)
    self.norm2 = nn.LayerNorm(768, eps=1e-5)
    self.dense1 = nn.Linear(768, 3072)
    self.dense2 = nn.Linear(3072, 768)

  def forward(self, x):
    x = x + self.attention(self.norm1(x))
    return x + self.dense2(F.gelu(self.dense1(self.norm2(x)), approximate="tanh"))


class Gpt2(nn.Module):
  LAYERS = 12

  def __init__(self):
    super().__init__()
    self.tokens = nn.Embedding(50257, 768)
    self.positions = nn.Embedding(1024, 768)
    for i in range(self.LAYERS):
      setattr(self, f"layer{i + 1}", DecoderLayer())
    self.final_norm = nn.LayerNorm(768, eps=1e-5)

  def forward(self, ids):
    x = self.tokens(ids) + self.positions.weight[:ids.shape[1]]
    for i in range(self.LAYERS):
      x = getattr(self, f"layer{i + 1}")(x)
    return F.linear(self.final_norm(x[:, -1]), self.tokens.weight)


class Recommender(nn.Module):
  TABLES = 8

  def __init__(self):
    super().__init__()
    for i in range(self.TABLES):
      setattr(self, f"table{i + 1}", nn.Embedding(100000, 32))
    self.bottom = Perceptron(13, 64, 32)
    self.top = Perceptron(self.TABLES * 32 + 32, 256, 64, 1)

  def forward(self, features, *ids):
    found = [getattr(self, f"table{i + 1}")(ids[i][:, 0]) for i in range(self.TABLES)]
    return self.top(torch.cat([torch.relu(self.bottom(features)), *found], 1))


MODELS = {
    "titanic": lambda: Perceptron(7, 100, 100, 1),
    "wages": lambda: Perceptron(9, 10, 5, 1),
    "mlp": lambda: Perceptron(784, 512, 512, 10),
    "cnn": Cnn,
    "imdb": Imdb,
    "resnet18": lambda: ResNet(Basic, [2, 2, 2, 2], 10, 3, 1, pool=False),
    "resnet50": lambda: ResNet(Bottleneck, [3, 4, 6, 3], 1000, 7, 2, pool=True),
    "mobilenet": MobileNetV2,
    "lstm": Lstm,
    "encoder": Encoder,
    "gpt2": Gpt2,
    "recommender": Recommender,
}
BINARY = (torch.sigmoid, nn.BCEWithLogitsLoss())
CLASSES = (lambda z: torch.softmax(z, -1), nn.CrossEntropyLoss())
LAST_AND_LOSS = {
    "titanic": BINARY,
    "imdb": BINARY,
    "recommender": BINARY,
    "wages": (lambda z: z, nn.MSELoss()),
    "gpt2": (lambda z: z, None),
}


def last_and_loss(model):
  return LAST_AND_LOSS.get(model, CLASSES)


def matrix(w):
  """Of a layer that maps in to out, where either may be several axes of Keras's attention."""
  if w.dim() == 3:
    w = w.reshape(768, 768)
  return w.T


# Module: parameter, the weight's name in Keras, the change of layout.
SLOTS = {
    nn.Linear: [("weight", "kernel", matrix), ("bias", "bias", torch.flatten)],
    nn.Conv1d: [("weight", "kernel", lambda w: w.permute(2, 1, 0)), ("bias", "bias", None)],
    nn.BatchNorm2d: [("weight", "gamma", None), ("bias", "beta", None), ("running_mean", "moving_mean", None),
                     ("running_var", "moving_variance", None)],
    nn.LayerNorm: [("weight", "gamma", None), ("bias", "beta", None)],
    nn.Embedding: [("weight", "embeddings", None)],
    nn.LSTM: [("weight_ih_l0", "kernel", matrix), ("weight_hh_l0", "recurrent_kernel", matrix),
              ("bias_ih_l0", "bias", None), ("bias_hh_l0", None, None)],
}


def conv2d_slots(module):
  layout = (2, 3, 0, 1) if module.groups > 1 else (3, 2, 0, 1)
  slots = [("weight", "kernel", lambda w: w.permute(*layout))]
  return slots + [("bias", "bias", None)] if module.bias is not None else slots


@torch.no_grad()
def load(model, weights):
  """All of dagrad's weights into the modules of the same names."""
  left = {name.replace("/", "_"): torch.from_numpy(w) for name, w in weights.items()}
  for path, module in model.named_modules():
    slots = conv2d_slots(module) if isinstance(module, nn.Conv2d) else SLOTS.get(type(module), [])
    for parameter, slot, layout in slots:
      if slot is None:
        getattr(module, parameter).zero_()
        continue
      w = left.pop(f"{path.replace('.', '_')}_{slot}")
      getattr(module, parameter).copy_(layout(w) if layout else w)
  assert not left, f"weights without a module: {list(left)}"


def to_torch(inputs):
  """Images as PyTorch likes them best: channels first in the shape, last in memory."""
  tensors = [torch.from_numpy(x) for x in inputs]
  return [x.permute(0, 3, 1, 2) if x.dim() == 4 else x for x in tensors]


def make(name, weights):
  model = MODELS[name]()
  load(model, weights)
  return model.to(memory_format=torch.channels_last)
