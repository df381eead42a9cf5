"""LeNet-5 on FashionMNIST in TensorFlow with Keras: batch 128, Adam, tensors in memory, one tf.function for the step.

    python3 tensorflow_keras.py --threads 2

Prints one line of JSON. To install: npm run setup:peers -- tensorflow
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras  # noqa: E402
import numpy  # noqa: E402
import tensorflow as tf  # noqa: E402
from fashion_mnist import load_split  # noqa: E402
from job import parse_options, report, run_epochs  # noqa: E402
from keras import layers  # noqa: E402

options = parse_options(__doc__)
tf.config.threading.set_intra_op_parallelism_threads(options.threads)
tf.config.threading.set_inter_op_parallelism_threads(options.threads)
keras.utils.set_random_seed(options.seed)


def uniform(fan_in):
    """PyTorch's initial values: uniform in ±1/√fan_in."""
    values = keras.initializers.RandomUniform(-(fan_in**-0.5), fan_in**-0.5)
    return {"kernel_initializer": values, "bias_initializer": values.clone()}


def to_tensors(images, labels):
    return tf.constant(images[..., None]), tf.constant(labels.astype(numpy.int32))


training, validation = load_split(options.data, options.seed)
images, labels = to_tensors(*training)
model = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(6, 5, padding="same", activation="sigmoid", **uniform(25)),
        layers.AveragePooling2D(2),
        layers.Conv2D(16, 5, activation="sigmoid", **uniform(150)),
        layers.AveragePooling2D(2),
        layers.Flatten(),
        layers.Dense(120, activation="sigmoid", **uniform(400)),
        layers.Dense(84, activation="sigmoid", **uniform(120)),
        layers.Dense(10, **uniform(84)),
    ]
)
mean_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = keras.optimizers.Adam(1e-3, epsilon=1e-8)
optimizer.build(model.trainable_variables)


# Faster here than model.fit, and than this with jit_compile=True.
@tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
def train_step(batch):
    with tf.GradientTape() as tape:
        loss = mean_loss(tf.gather(labels, batch), model(tf.gather(images, batch), training=True))
    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
    return loss


@tf.function(reduce_retracing=True)
def predict(images):
    return tf.argmax(model(images), 1, tf.int32)


train_step.get_concrete_function()


def train_epoch(batches):
    return float(tf.reduce_mean([train_step(tf.constant(batch)) for batch in batches]))


def evaluate(images, labels):
    predictions = tf.concat([predict(part) for part in tf.split(images, len(images) // 1000)], 0)
    return float(tf.reduce_mean(tf.cast(predictions == labels, tf.float32)))


figures = run_epochs(options, train_epoch, evaluate, validation, to_tensors)
report(figures, processes=1, versions={"tensorflow": tf.__version__, "keras": keras.__version__}, blas="oneDNN")
