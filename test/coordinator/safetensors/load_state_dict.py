"""Loads a safetensors file of weights into the reference's LeNet-5.

    python3 load_state_dict.py WEIGHTS OUTPUT

writes the model's parameters, float32 in the order of model.parameters(), to OUTPUT. Decodes the file itself, because
Debian's python3-torch comes without safetensors.
"""

import json
import sys
from pathlib import Path

import torch
from torch.nn.utils import parameters_to_vector

sys.path.insert(0, str(Path(__file__).parents[3] / "bench" / "peers"))
from lenet5 import LeNet5  # noqa: E402

source, target = map(Path, sys.argv[1:])
file = bytearray(source.read_bytes())
data_start = 8 + int.from_bytes(file[:8], "little")
header = json.loads(file[8:data_start])
header.pop("__metadata__", None)
state = {}
for name, entry in header.items():
    begin, end = entry["data_offsets"]
    values = torch.frombuffer(file, dtype=torch.float32, offset=data_start + begin, count=(end - begin) // 4)
    state[name] = values.reshape(entry["shape"])

model = LeNet5()
model.load_state_dict(state)
parameters_to_vector(model.parameters()).detach().numpy().tofile(target)
