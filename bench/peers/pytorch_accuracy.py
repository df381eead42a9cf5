"""How well the reference recipe does in PyTorch: LeNet-5 with sigmoids, batch 128, Adam 0.001, 80:20 split, 10 epochs.

    python3 pytorch_accuracy.py --seed 0

The weights of the epoch with the best validation accuracy are scored on the 10,000 test images. Prints one line of JSON.
On Debian: apt-get install python3-torch.
"""

import argparse
import copy
import json
import time

import torch
from fashion_mnist import load_data
from lenet5 import LeNet5
from torch.nn.functional import cross_entropy

BATCH_SIZE = 128

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", help="folder with the IDX files")
options = parser.parse_args()

torch.set_num_threads(options.threads)
torch.manual_seed(options.seed)
images, labels = load_data(options.data, "train")
order = torch.randperm(len(labels))
validation, training = order[: len(order) // 5], order[len(order) // 5 :]
model = LeNet5()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)


def accuracy(model, images, labels):
    with torch.no_grad():
        predictions = torch.cat([model(batch).argmax(1) for batch in images.split(1000)])
    return (predictions == labels).double().mean().item()


started = time.perf_counter()
best_accuracy, best_weights = -1.0, None
for _ in range(options.epochs):
    for batch in training[torch.randperm(len(training))].split(BATCH_SIZE):
        optimizer.zero_grad(set_to_none=True)
        cross_entropy(model(images[batch]), labels[batch]).backward()
        optimizer.step()
    validated = accuracy(model, images[validation], labels[validation])
    if validated > best_accuracy:
        best_accuracy, best_weights = validated, copy.deepcopy(model.state_dict())
seconds = time.perf_counter() - started

model.load_state_dict(best_weights)
print(
    json.dumps(
        {
            "test_accuracy": accuracy(model, *load_data(options.data, "t10k")),
            "validation_accuracy": best_accuracy,
            "seconds": seconds,
            "torch": torch.__version__,
        }
    )
)
