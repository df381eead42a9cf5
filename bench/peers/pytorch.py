"""LeNet-5 on FashionMNIST in one PyTorch process: batch 128, Adam, tensors in memory, channels last.

    python3 pytorch.py --threads 1
    python3 pytorch.py --threads 1 --compile      # PyTorch 2, g++: compiled before the first step is timed

Prints one line of JSON. To install: apt-get install python3-torch (Debian), or npm run setup:peers -- pytorch (the newest).
"""

import torch
from environment import describe_environment
from fashion_mnist import load_split
from job import parse_options, report, run_epochs
from lenet5 import LeNet5, adam, count_correct, to_tensors
from torch.nn.functional import cross_entropy

options = parse_options(__doc__)
torch.set_num_threads(options.threads)
torch.manual_seed(options.seed)
training, validation = load_split(options.data, options.seed)
images, labels = to_tensors(*training)
model = LeNet5().to(memory_format=torch.channels_last)
optimizer = adam(model)
if options.compile:
    model = torch.compile(model)
    cross_entropy(model(images[: options.batch_size]), labels[: options.batch_size]).backward()


def train_epoch(batches):
    loss_sum = torch.zeros(())
    for batch in map(torch.from_numpy, batches):
        loss = cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        loss_sum += loss.detach()
    return loss_sum.item() / len(batches)


def evaluate(images, labels):
    return count_correct(model, images, labels).item() / len(labels)


figures = run_epochs(options, train_epoch, evaluate, validation, to_tensors)
report(figures, processes=1, **describe_environment())
