"""Loss and gradients of LeNet-5 by PyTorch, in float64 and float32.

    python3 pytorch_gradients.py DIRECTORY

reads parameters.f32 (61,706 values in state_dict order), images.u8 ([n, 28, 28]) and labels.u8 ([n]) from DIRECTORY,
writes gradient-sums-float64.f64 and gradient-sums-float32.f64 (sums over the samples) beside them, and prints one line
of JSON: {"float64": {"lossSum": x, "correct": n}, "float32": {...}}.
"""

import json
import sys
from pathlib import Path

import numpy
import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils import parameters_to_vector, vector_to_parameters

sys.path.insert(0, str(Path(__file__).parents[2] / "bench" / "peers"))
from lenet5 import LeNet5  # noqa: E402

directory = Path(sys.argv[1])
parameters = torch.from_numpy(numpy.fromfile(directory / "parameters.f32", numpy.float32))
images = torch.from_numpy(numpy.fromfile(directory / "images.u8", numpy.uint8)).reshape(-1, 1, 28, 28)
labels = torch.from_numpy(numpy.fromfile(directory / "labels.u8", numpy.uint8)).long()

torch.set_num_threads(1)
report = {}
for dtype in (torch.float64, torch.float32):
    name = str(dtype).removeprefix("torch.")
    model = LeNet5().to(dtype)
    vector_to_parameters(parameters.to(dtype), model.parameters())
    logits = model(images.to(dtype) / 255)
    loss = cross_entropy(logits, labels, reduction="sum")
    gradients = parameters_to_vector(torch.autograd.grad(loss, list(model.parameters())))
    gradients.double().numpy().tofile(directory / f"gradient-sums-{name}.f64")
    correct = int((logits.argmax(1) == labels).sum())
    report[name] = {"lossSum": loss.item(), "correct": correct}
print(json.dumps(report))
