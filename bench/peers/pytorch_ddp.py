"""LeNet-5 on FashionMNIST with DistributedDataParallel over gloo: one process a core, one thread each.

    python3 pytorch_ddp.py --processes 2

The global batch of 128 is split over the processes; the training loop alone is timed. Prints one line of JSON.
On Debian: apt-get install python3-torch.
"""

import argparse
import json
import os
import tempfile
import time

import torch
import torch.distributed
from environment import describe_environment
from fashion_mnist import load_training_data
from lenet5 import LeNet5
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel


def train(rank, options, images, labels, rendezvous):
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=options.processes
    )
    torch.manual_seed(options.seed)
    model = LeNet5().to(memory_format=torch.channels_last)
    model = DistributedDataParallel(model, gradient_as_bucket_view=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    # Every process draws the same order and takes its own part of each batch.
    order = torch.Generator().manual_seed(options.seed)

    torch.distributed.barrier()
    first_step_at = time.time()
    epochs = []
    for _ in range(options.epochs):
        started = time.perf_counter()
        loss_sum = torch.zeros(())
        for batch in torch.randperm(len(labels), generator=order).split(options.batch_size):
            part = batch.tensor_split(options.processes)[rank]
            loss = cross_entropy(model(images[part]), labels[part])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(part)
        torch.distributed.barrier()
        seconds = time.perf_counter() - started
        torch.distributed.all_reduce(loss_sum)
        epochs.append(
            {"seconds": seconds, "samples_per_second": len(labels) / seconds, "loss": loss_sum.item() / len(labels)}
        )

    if rank == 0:
        print(
            json.dumps(
                {
                    "samples_per_second": len(labels) * len(epochs) / sum(epoch["seconds"] for epoch in epochs),
                    "epochs": epochs,
                    "first_step_at": first_step_at,
                    "processes": options.processes,
                    "threads": 1,
                    **describe_environment(),
                }
            )
        )
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", help="folder with the IDX files")
    options = parser.parse_args()
    # gloo otherwise listens on whatever address the host name resolves to.
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    images, labels = load_training_data(options.data)
    images = images.contiguous(memory_format=torch.channels_last)
    with tempfile.TemporaryDirectory() as folder:
        arguments = (options, images, labels, os.path.join(folder, "rendezvous"))
        torch.multiprocessing.spawn(train, arguments, nprocs=options.processes)
