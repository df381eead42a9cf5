"""FashionMNIST in memory, for the programs in this folder."""

import gzip
from pathlib import Path

import numpy

TRAINING_SAMPLES = 48_000


def load_samples(directory, split):
    """All samples of "train" or "t10k": float32 [n, 28, 28] in [0, 1], and int64 [n]."""
    images = _read_idx(directory, f"{split}-images-idx3-ubyte", 16)
    return _as_samples(images, _read_idx(directory, f"{split}-labels-idx1-ubyte", 8))


def load_split(directory, seed):
    """The training set at random in two, as the reference does: 48,000 samples to train on, 12,000 to validate on."""
    images = _read_idx(directory, "train-images-idx3-ubyte", 16).reshape(-1, 28 * 28)
    labels = _read_idx(directory, "train-labels-idx1-ubyte", 8)
    order = numpy.random.default_rng(seed).permutation(len(labels))
    parts = order[:TRAINING_SAMPLES], order[TRAINING_SAMPLES:]
    return [_as_samples(images[part], labels[part]) for part in parts]


def _as_samples(images, labels):
    return numpy.divide(images.reshape(-1, 28, 28), 255, dtype=numpy.float32), labels.astype(numpy.int64)


def _read_idx(directory, name, header_bytes):
    plain = Path(directory) / name
    content = plain.read_bytes() if plain.exists() else gzip.decompress(plain.with_name(f"{name}.gz").read_bytes())
    return numpy.frombuffer(content, numpy.uint8, offset=header_bytes)
