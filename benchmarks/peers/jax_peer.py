"""JAX: forward and training step as one jitted function each, the step with donated state."""

import os

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=true")

import jax  # pylint: disable=wrong-import-position
import jax.numpy as jnp  # pylint: disable=wrong-import-position
import jax_models  # pylint: disable=wrong-import-position
import protocol  # pylint: disable=wrong-import-position


def zeros(tree):
  return jax.tree.map(jnp.zeros_like, tree)


def adam(state, grads, rate):
  w, m, v, t = state
  t = t + 1
  rate = rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
  m = jax.tree.map(lambda a, g: a + (g - a) * 0.1, m, grads)
  v = jax.tree.map(lambda a, g: a + (g * g - a) * 0.001, v, grads)
  w = jax.tree.map(lambda p, a, b: p - rate * a / (jnp.sqrt(b) + 1e-8), w, m, v)
  return w, m, v, t


class JaxPeer(protocol.Peer):
  name = "jax"

  def version(self):
    return f"JAX {jax.__version__}"

  def build(self, model, inputs, target, weights):
    self.weights = {name: jnp.asarray(w) for name, w in weights.items()}
    self.inputs = [jnp.asarray(x) for x in inputs]
    self.target = None if target is None else jnp.asarray(target)
    logits = jax_models.MODELS[model]
    last, loss_of = jax_models.last_and_loss(model)
    self.infer = jax.jit(lambda w, *x: last(logits(w, False, *x)[0]))

    # Statistics, which the logits' function gives anew, have no gradients.
    def train(state, statistics, y, *x):
      def loss(w):
        z, moved = logits({**w, **statistics}, True, *x)
        return loss_of(z, y), moved
      (value, moved), grads = jax.value_and_grad(loss, has_aux=True)(state[0])
      return adam(state, grads, self.rate), {**statistics, **moved}, value

    self.train = jax.jit(train, donate_argnums=(0, 1))
    self.state = None

  def forward(self):
    return self.infer(self.weights, *self.inputs)

  def step(self):
    if self.state is None:
      moving = lambda name: name.rsplit("/", 1)[1].startswith("moving_")
      w = {n: v for n, v in self.weights.items() if not moving(n)}
      self.statistics = {n: v for n, v in self.weights.items() if moving(n)}
      self.weights = None  # the step gives their memory away
      self.state = (w, zeros(w), zeros(w), jnp.float32(0))
    self.state, self.statistics, loss = self.train(self.state, self.statistics, self.target, *self.inputs)
    return loss

  def sync(self, last):
    last.block_until_ready()


if __name__ == "__main__":
  JaxPeer().serve()
