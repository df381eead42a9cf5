"""LeNet-5 on FashionMNIST in JAX on the CPU: batch 128, Adam, one jitted step, compiled before the first one is timed.

    python3 jax_cpu.py --threads 2

Prints one line of JSON. To install: npm run setup:peers -- jax
"""

import os

from job import parse_options, report, run_epochs

options = parse_options(__doc__)
# XLA has a thread for each core that the process may use, and no option for it.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy  # noqa: E402
from fashion_mnist import load_split  # noqa: E402

SHAPES = {"conv1": (25, 6), "conv2": (150, 16), "f5": (400, 120), "f6": (120, 84), "f7": (84, 10)}


def convolve(x, layer):
    """5×5, as slices and one product: lax.conv_general_dilated is slower here, a lax.scan over the steps far slower."""
    size = x.shape[1] - 4
    patches = [x[:, row : row + size, column : column + size] for row in range(5) for column in range(5)]
    return jnp.concatenate(patches, -1) @ layer["weight"] + layer["bias"]


def pool(x):
    return jax.lax.reduce_window(x, 0.0, jax.lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "VALID") / 4


def forward(parameters, x):  # [n, 28, 28, 1] in [0, 1] -> logits [n, 10]
    x = jnp.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))
    x = pool(jax.nn.sigmoid(convolve(x, parameters["conv1"])))
    x = pool(jax.nn.sigmoid(convolve(x, parameters["conv2"])))
    x = x.reshape(len(x), -1)
    for name in ("f5", "f6"):
        x = jax.nn.sigmoid(x @ parameters[name]["weight"] + parameters[name]["bias"])
    return x @ parameters["f7"]["weight"] + parameters["f7"]["bias"]


def mean_loss(parameters, images, labels):
    logits = forward(parameters, images)
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1).mean()


def train_step(state, images, labels):
    parameters, mean, variance, step = state
    loss, gradient = jax.value_and_grad(mean_loss)(parameters, images, labels)
    step += 1
    mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
    variance = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, variance, gradient)

    def update(p, m, v):
        return p - 1e-3 * m / (1 - 0.9**step) / (jnp.sqrt(v / (1 - 0.999**step)) + 1e-8)

    return (jax.tree.map(update, parameters, mean, variance), mean, variance, step), loss


def initialize(seed):
    """PyTorch's: uniform in ±1/√fan_in."""
    random = numpy.random.default_rng(seed)
    for name, shape in SHAPES.items():
        bound = shape[0] ** -0.5
        draw = lambda size: jnp.asarray(random.uniform(-bound, bound, size), jnp.float32)  # noqa: E731
        yield name, {"weight": draw(shape), "bias": draw(shape[1])}


def with_channels(images, labels):
    return images[..., None], labels.astype(numpy.int32)


training, validation = load_split(options.data, options.seed)
images, labels = with_channels(*training)
parameters = dict(initialize(options.seed))
zeros = lambda: jax.tree.map(jnp.zeros_like, parameters)  # noqa: E731
state = (parameters, zeros(), zeros(), jnp.zeros(()))
first = slice(0, options.batch_size)
step = jax.jit(train_step, donate_argnums=0).lower(state, images[first], labels[first]).compile()
predict = jax.jit(lambda parameters, images: forward(parameters, images).argmax(1))


def train_epoch(batches):
    global state
    losses = []
    for batch in batches:
        state, loss = step(state, images[batch], labels[batch])
        losses.append(loss)
    return float(numpy.mean(losses))


def evaluate(images, labels):
    parts = [predict(state[0], part) for part in numpy.split(images, len(images) // 1000)]
    return float((numpy.concatenate(parts) == labels).mean())


figures = run_epochs(options, train_epoch, evaluate, validation, with_channels)
report(figures, processes=1, versions={"jax": jax.__version__}, blas="XLA")
