"""LeNet-5 on FashionMNIST in one PyTorch process: batch 128, Adam, the training loop alone is timed.

    python3 pytorch.py --threads 1

Prints one line of JSON. On Debian: apt-get install python3-torch.
"""

import argparse
import json
import time

import torch
from environment import describe_environment
from fashion_mnist import load_training_data
from lenet5 import LeNet5
from torch.nn.functional import cross_entropy

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--epochs", type=int, default=2)
parser.add_argument("--batch-size", type=int, default=128)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", help="folder with the IDX files")
options = parser.parse_args()

torch.set_num_threads(options.threads)
torch.manual_seed(options.seed)
images, labels = load_training_data(options.data)
# Channels last is oneDNN's own layout: about 5 % faster here. TorchScript and foreach Adam gained nothing.
images = images.contiguous(memory_format=torch.channels_last)
model = LeNet5().to(memory_format=torch.channels_last)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

first_step_at = time.time()
epochs = []
for _ in range(options.epochs):
    started = time.perf_counter()
    loss_sum = torch.zeros(())
    for batch in torch.randperm(len(labels)).split(options.batch_size):
        loss = cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss_sum += loss.detach() * len(batch)
    seconds = time.perf_counter() - started
    epochs.append({"seconds": seconds, "samples_per_second": len(labels) / seconds, "loss": loss_sum.item() / len(labels)})

print(
    json.dumps(
        {
            "samples_per_second": len(labels) * len(epochs) / sum(epoch["seconds"] for epoch in epochs),
            "epochs": epochs,
            "first_step_at": first_step_at,
            "processes": 1,
            "threads": options.threads,
            **describe_environment(),
        }
    )
)
