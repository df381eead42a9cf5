"""FashionMNIST as tensors in memory, for the programs in this folder."""

import gzip
from pathlib import Path

import numpy
import torch

TRAINING_SAMPLES = 48_000


def load_training_data(directory):
    """The first 48,000 training samples: float32 [n, 1, 28, 28] in [0, 1], and int64 [n]."""
    images = _read_idx(Path(directory), "train-images-idx3-ubyte", 16)
    labels = _read_idx(Path(directory), "train-labels-idx1-ubyte", 8)
    images = torch.from_numpy(images).reshape(-1, 1, 28, 28)[:TRAINING_SAMPLES]
    labels = torch.from_numpy(labels)[:TRAINING_SAMPLES]
    return images.float() / 255, labels.long()


def _read_idx(directory, name, header_bytes):
    plain = directory / name
    content = plain.read_bytes() if plain.exists() else gzip.decompress((directory / f"{name}.gz").read_bytes())
    return numpy.frombuffer(bytearray(content), numpy.uint8, offset=header_bytes)
