"""Reads a safetensors file with Python's safetensors and writes another with the same tensors.

    python3 read_and_write.py INPUT OUTPUT

prints one line of JSON: {"metadata": {...}, "shapes": {name: [...]}}. OUTPUT gets the metadata {"writer": "python"}.
"""

import json
import sys

from safetensors import safe_open
from safetensors.numpy import save_file

source, target = sys.argv[1:]
with safe_open(source, framework="np") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    print(json.dumps({"metadata": file.metadata(), "shapes": {n: t.shape for n, t in tensors.items()}}))
save_file(tensors, target, metadata={"writer": "python"})
