"""JAX: forward and training step as one jitted function each, the step with donated state."""

import os

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=true")

import jax  # pylint: disable=wrong-import-position
import jax.numpy as jnp  # pylint: disable=wrong-import-position
import protocol  # pylint: disable=wrong-import-position


def conv(x, w, b):
  y = jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
  return jax.nn.relu(y + b)


def pool(x):
  return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def logits_of(workload, w, x):
  if workload.startswith("cnn"):
    x = pool(conv(x, w[0], w[1]))
    x = pool(conv(x, w[2], w[3]))
    x = x.reshape(x.shape[0], -1)
    w = w[4:]
  for i in range(0, len(w) - 2, 2):
    x = jax.nn.relu(x @ w[i] + w[i + 1])
  return x @ w[-2] + w[-1]


def loss_of(workload, w, x, y):
  z = logits_of(workload, w, x)
  if workload == "titanic":
    return jnp.mean(jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z))))
  if workload == "wages":
    return jnp.mean((z - y)**2)
  return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1))


def adam(state, grads):
  w, m, v, t = state
  t = t + 1
  rate = 0.001 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
  m = [a + (g - a) * 0.1 for a, g in zip(m, grads)]
  v = [a + (g * g - a) * 0.001 for a, g in zip(v, grads)]
  w = [p - rate * a / (jnp.sqrt(b) + 1e-8) for p, a, b in zip(w, m, v)]
  return w, m, v, t


class JaxPeer(protocol.Peer):
  name = "jax"

  def version(self):
    return f"JAX {jax.__version__}"

  def build(self, workload):
    w = [jnp.asarray(a) for a in self.weights]
    self.state = (w, [jnp.zeros_like(a) for a in w], [jnp.zeros_like(a) for a in w], jnp.float32(0))
    self.input = jnp.asarray(self.x)
    self.target = jnp.asarray(self.y)
    last = {"titanic": jax.nn.sigmoid, "wages": lambda z: z}.get(workload, jax.nn.softmax)
    self.infer = jax.jit(lambda w, x: last(logits_of(workload, w, x)))

    def train(state, x, y):
      loss, grads = jax.value_and_grad(lambda w: loss_of(workload, w, x, y))(state[0])
      return adam(state, grads), loss

    self.train = jax.jit(train, donate_argnums=0)

  def forward(self):
    return self.infer(self.state[0], self.input)

  def step(self):
    self.state, loss = self.train(self.state, self.input, self.target)
    return loss

  def sync(self, last):
    last.block_until_ready()


if __name__ == "__main__":
  JaxPeer().serve()
