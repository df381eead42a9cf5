"""Runs exported safetensors files on images in PyTorch.

    python3 run_pytorch.py IMAGES WEIGHTS...

IMAGES holds uint8[n, 28, 28] without a header. Writes float32[n, 10] beside each file, as WEIGHTS.logits. The model is built from
the file's metadata alone. Decodes the file itself, because Debian's python3-torch comes without safetensors.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn


class LeNet5(nn.Module):
    def __init__(self, activation, pooling, batch_norm):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.bn1 = nn.BatchNorm2d(6) if batch_norm else nn.Identity()
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.bn2 = nn.BatchNorm2d(16) if batch_norm else nn.Identity()
        self.f5 = nn.Linear(16 * 5 * 5, 120)
        self.f6 = nn.Linear(120, 84)
        self.f7 = nn.Linear(84, 10)
        self.activation = {"sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "relu": nn.ReLU()}[activation]
        self.pool = {"average": nn.AvgPool2d(2), "max": nn.MaxPool2d(2)}[pooling]

    def forward(self, x):  # [n, 1, 28, 28] in [0, 1] -> logits [n, 10]
        x = self.pool(self.activation(self.bn1(self.conv1(x))))  # [n, 6, 14, 14]
        x = self.pool(self.activation(self.bn2(self.conv2(x))))  # [n, 16, 5, 5]
        x = self.activation(self.f5(x.flatten(1)))  # [n, 120]
        x = self.activation(self.f6(x))  # [n, 84]
        return self.f7(x)


def read_safetensors(path):
    file = bytearray(Path(path).read_bytes())
    data_start = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:data_start])
    metadata = header.pop("__metadata__")
    state = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(file, dtype=torch.float32, offset=data_start + begin, count=(end - begin) // 4)
        state[name] = values.reshape(entry["shape"])
    return metadata, state


images = torch.frombuffer(bytearray(Path(sys.argv[1]).read_bytes()), dtype=torch.uint8)
images = images.reshape(-1, 1, 28, 28).float() / 255
for path in sys.argv[2:]:
    metadata, state = read_safetensors(path)
    model = LeNet5(metadata["activation"], metadata["pooling"], metadata["batch_norm"] == "true")
    model.load_state_dict(state)
    model.eval()
    with torch.no_grad():
        model(images).numpy().tofile(f"{path}.logits")
