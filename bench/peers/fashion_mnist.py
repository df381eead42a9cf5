"""FashionMNIST as tensors in memory, for the programs in this folder."""

import gzip
from pathlib import Path

import numpy
import torch

TRAINING_SAMPLES = 48_000


def load_training_data(directory):
    """The first 48,000 training samples: float32 [n, 1, 28, 28] in [0, 1], and int64 [n]."""
    images, labels = load_data(directory, "train")
    return images[:TRAINING_SAMPLES], labels[:TRAINING_SAMPLES]


def load_data(directory, split):
    """All samples of "train" or "t10k": float32 [n, 1, 28, 28] in [0, 1], and int64 [n]."""
    images = _read_idx(Path(directory), f"{split}-images-idx3-ubyte", 16)
    labels = _read_idx(Path(directory), f"{split}-labels-idx1-ubyte", 8)
    images = torch.from_numpy(images).reshape(-1, 1, 28, 28)
    return images.float() / 255, torch.from_numpy(labels).long()


def _read_idx(directory, name, header_bytes):
    plain = directory / name
    content = plain.read_bytes() if plain.exists() else gzip.decompress((directory / f"{name}.gz").read_bytes())
    return numpy.frombuffer(bytearray(content), numpy.uint8, offset=header_bytes)
