"""LeNet-5 on FashionMNIST with DistributedDataParallel over gloo: one process a core, one thread each.

    python3 pytorch_ddp.py --processes 2

The global batch of 128 is split over the processes. Prints one line of JSON. static_graph=True and OMP_NUM_THREADS=1 were tried, and
make no difference beyond that between two runs.
To install: apt-get install python3-torch (Debian), or npm run setup:peers -- pytorch (the newest).
"""

import os
import sys
import tempfile

import torch
import torch.distributed
from environment import describe_environment
from fashion_mnist import load_split
from job import parse_options, report, run_epochs
from lenet5 import LeNet5, adam, count_correct, to_tensors
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel


def train(rank, options, images, labels, validation, rendezvous):
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=options.processes
    )
    torch.manual_seed(options.seed)
    model = LeNet5().to(memory_format=torch.channels_last)
    model = DistributedDataParallel(model, gradient_as_bucket_view=True)
    optimizer = adam(model)

    # Every process knows the same batches and takes its own part of each.
    def train_epoch(batches):
        loss_sum = torch.zeros(())
        for batch in map(torch.from_numpy, batches):
            part = batch.tensor_split(options.processes)[rank]
            loss = cross_entropy(model(images[part]), labels[part])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach()
        torch.distributed.all_reduce(loss_sum)
        return loss_sum.item() / len(batches) / options.processes

    def evaluate(images, labels):
        part = [samples.tensor_split(options.processes)[rank] for samples in (images, labels)]
        correct = count_correct(model.module, *part)
        torch.distributed.all_reduce(correct)
        return correct.item() / len(labels)

    torch.distributed.barrier()
    figures = run_epochs(options, train_epoch, evaluate, validation, to_tensors)
    if rank == 0:
        report(figures, processes=options.processes, **describe_environment())
    torch.distributed.destroy_process_group()
    # PyTorch 2.15 aborts in about one of eight exits: a thread of gloo's is still there when the interpreter is taken down.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    options = parse_options(__doc__)
    # gloo otherwise listens on whatever address the host name resolves to.
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    training, validation = load_split(options.data, options.seed)
    with tempfile.TemporaryDirectory() as folder:
        arguments = (options, *to_tensors(*training), validation, os.path.join(folder, "rendezvous"))
        torch.multiprocessing.spawn(train, arguments, nprocs=options.processes)
