"""The models in Keras; the layers have the names of dagrad's."""

import keras
from keras import layers
from keras import ops


def perceptron(prefix, x, units, last):
  for i, n in enumerate(units):
    activation = "relu" if i + 1 < len(units) else last
    x = layers.Dense(n, activation=activation, name=f"{prefix}{i + 1}")(x)
  return x


def mlp(inputs, units, last=None):
  x = keras.Input((inputs,))
  return keras.Model(x, perceptron("dense", x, units, last))


def cnn():
  inputs = keras.Input((28, 28, 1))
  x = layers.Conv2D(32, 3, padding="same", activation="relu", name="conv1")(inputs)
  x = layers.MaxPooling2D(2)(x)
  x = layers.Conv2D(64, 3, padding="same", activation="relu", name="conv2")(x)
  x = layers.Flatten()(layers.MaxPooling2D(2)(x))
  return keras.Model(inputs, perceptron("dense", x, [128, 10], "softmax"))


def imdb():
  inputs = keras.Input((400,), dtype="int64")
  x = layers.Embedding(5000, 50, name="embedding")(inputs)
  x = layers.Conv1D(250, 3, activation="relu", name="conv1")(x)
  x = layers.GlobalMaxPooling1D()(x)
  return keras.Model(inputs, perceptron("dense", x, [250, 1], "sigmoid"))


def conv_bn(x, filters, size, stride, name, depthwise=False):
  if stride > 1 and size > 1:
    x = layers.ZeroPadding2D(size // 2)(x)
  padding = "valid" if stride > 1 and size > 1 else "same"
  if depthwise:
    x = layers.DepthwiseConv2D(size, stride, padding, use_bias=False, name=name + "_conv")(x)
  else:
    x = layers.Conv2D(filters, size, stride, padding, use_bias=False, name=name + "_conv")(x)
  return layers.BatchNormalization(name=name + "_bn")(x)


def relu(x):
  return layers.ReLU()(x)


def block(x, filters, stride, name, bottleneck):
  if bottleneck:
    y = relu(conv_bn(x, filters, 1, 1, name + "_a"))
    y = relu(conv_bn(y, filters, 3, stride, name + "_b"))
    y = conv_bn(y, 4 * filters, 1, 1, name + "_c")
  else:
    y = relu(conv_bn(x, filters, 3, stride, name + "_a"))
    y = conv_bn(y, filters, 3, 1, name + "_b")
  if stride > 1 or x.shape[-1] != y.shape[-1]:
    x = conv_bn(x, y.shape[-1], 1, stride, name + "_shortcut")
  return relu(layers.Add()([x, y]))


def stages(x, blocks, bottleneck):
  for stage, count in enumerate(blocks):
    for i in range(count):
      x = block(x, 64 << stage, 2 if stage and not i else 1, f"stage{stage + 1}_block{i + 1}", bottleneck)
  return x


def classify(x, classes):
  return layers.Dense(classes, activation="softmax", name="classes")(layers.GlobalAveragePooling2D()(x))


def resnet18():
  inputs = keras.Input((32, 32, 3))
  x = relu(conv_bn(inputs, 64, 3, 1, "stem"))
  return keras.Model(inputs, classify(stages(x, [2, 2, 2, 2], False), 10))


def resnet50():
  inputs = keras.Input((224, 224, 3))
  x = relu(conv_bn(inputs, 64, 7, 2, "stem"))
  x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))
  return keras.Model(inputs, classify(stages(x, [3, 4, 6, 3], True), 1000))


def mobilenet():
  relu6 = lambda x: layers.ReLU(6)(x)
  inputs = keras.Input((224, 224, 3))
  x = relu6(conv_bn(inputs, 32, 3, 2, "stem"))
  number = 0
  for expansion, filters, count, stride in [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
                                            (6, 160, 3, 2), (6, 320, 1, 1)]:
    for i in range(count):
      number += 1
      y = x
      if expansion > 1:
        y = relu6(conv_bn(y, expansion * x.shape[-1], 1, 1, f"block{number}_expand"))
      y = relu6(conv_bn(y, None, 3, 1 if i else stride, f"block{number}_depthwise", depthwise=True))
      y = conv_bn(y, filters, 1, 1, f"block{number}_project")
      x = layers.Add()([x, y]) if i else y
  return keras.Model(inputs, classify(relu6(conv_bn(x, 1280, 1, 1, "last")), 1000))


def lstm():
  inputs = keras.Input((50, 256))
  x = layers.LSTM(256, name="lstm")(inputs)
  return keras.Model(inputs, layers.Dense(10, activation="softmax", name="classes")(x))


def attention(x, name, causal):
  return layers.MultiHeadAttention(12, 64, name=name)(x, x, use_causal_mask=causal)


def norm(x, name):
  return layers.LayerNormalization(epsilon=1e-5, name=name)(x)


def encoder():
  inputs = x = keras.Input((128, 768))
  for i in range(1, 5):
    x = norm(layers.Add()([x, attention(x, f"layer{i}_attention", False)]), f"layer{i}_norm1")
    y = layers.Dense(3072, activation="gelu", name=f"layer{i}_dense1")(x)
    x = norm(layers.Add()([x, layers.Dense(768, name=f"layer{i}_dense2")(y)]), f"layer{i}_norm2")
  x = layers.GlobalAveragePooling1D()(x)
  return keras.Model(inputs, layers.Dense(10, activation="softmax", name="classes")(x))


class Positions(layers.Layer):
  """Adds a vector to each position."""

  def build(self, shape):
    self.embeddings = self.add_weight(shape=(1024, shape[-1]), name="embeddings")

  def call(self, x):
    return x + self.embeddings[:x.shape[1]]


class TiedLogits(layers.Layer):
  """Logits of the last position through an embedding's own table."""

  def __init__(self, embedding):
    super().__init__()
    self.embedding = [embedding]  # in a list its weights are not this layer's

  def call(self, x):
    return ops.matmul(x[:, -1], ops.transpose(self.embedding[0].embeddings))


def gpt2():
  inputs = keras.Input((128,), dtype="int64")
  tokens = layers.Embedding(50257, 768, name="tokens")
  x = Positions(name="positions")(tokens(inputs))
  for i in range(1, 13):
    x = layers.Add()([x, attention(norm(x, f"layer{i}_norm1"), f"layer{i}_attention", True)])
    y = layers.Dense(3072, name=f"layer{i}_dense1")(norm(x, f"layer{i}_norm2"))
    y = ops.gelu(y, approximate=True)
    x = layers.Add()([x, layers.Dense(768, name=f"layer{i}_dense2")(y)])
  return keras.Model(inputs, TiedLogits(tokens)(norm(x, "final_norm")))


def recommender():
  features = keras.Input((13,))
  ids = [keras.Input((1,), dtype="int64") for _ in range(8)]
  found = [layers.Flatten()(layers.Embedding(100000, 32, name=f"table{i + 1}")(ids[i])) for i in range(8)]
  bottom = layers.Activation("relu")(perceptron("bottom_dense", features, [64, 32], None))
  x = layers.Concatenate()([bottom, *found])
  return keras.Model([features, *ids], perceptron("top_dense", x, [256, 64, 1], "sigmoid"))


MODELS = {
    "titanic": lambda: mlp(7, [100, 100, 1], "sigmoid"),
    "wages": lambda: mlp(9, [10, 5, 1]),
    "mlp": lambda: mlp(784, [512, 512, 10], "softmax"),
    "cnn": cnn,
    "imdb": imdb,
    "resnet18": resnet18,
    "resnet50": resnet50,
    "mobilenet": mobilenet,
    "lstm": lstm,
    "encoder": encoder,
    "gpt2": gpt2,
    "recommender": recommender,
}
LOSS = {
    "titanic": "binary_crossentropy",
    "imdb": "binary_crossentropy",
    "recommender": "binary_crossentropy",
    "wages": "mse",
}


def make(name, weights, rate):
  model = MODELS[name]()
  left = dict(weights)
  for v in model.weights:
    if "seed_generator" not in v.path:
      v.assign(left.pop(v.path.replace("lstm_cell/", "")))
  assert not left, f"weights without a layer: {list(left)}"
  if rate:
    loss = LOSS.get(name, "sparse_categorical_crossentropy")
    model.compile(optimizer=keras.optimizers.Adam(rate, epsilon=1e-8), loss=loss)
  return model
