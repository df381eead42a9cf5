"""What all programs here have in common: the options, the course of the epochs, and the line of JSON in the end."""

import argparse
import json
import resource
import time

import numpy
from fashion_mnist import TRAINING_SAMPLES, load_samples


def parse_options(description, threads=1):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=threads)
    parser.add_argument("--processes", type=int, default=2, help="of DistributedDataParallel")
    parser.add_argument("--compile", action="store_true", help="with torch.compile")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--batches", type=int, help="end each epoch after so many")
    parser.add_argument("--evaluate", action="store_true", help="validate and test after each epoch")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", default="/usr/share/datasets/fashion-mnist", help="folder with the IDX files")
    return parser.parse_args()


def run_epochs(options, train_epoch, evaluate, validation, convert):
    """Trains and, where asked to, evaluates. Only training and validation are timed, not the tests.

    train_epoch: given the order of the samples as a list of batches, trains on them and returns the mean loss
    evaluate: accuracy on the given samples, as convert returns them
    validation: float32 [n, 28, 28] and int64 [n]
    convert: makes such a pair what the framework computes with
    """
    random = numpy.random.default_rng(options.seed)
    if options.evaluate:
        validation, test = convert(*validation), convert(*load_samples(options.data, "t10k"))
    first_step_at = time.time()
    epochs, elapsed = [], 0.0
    for _ in range(options.epochs):
        started = time.perf_counter()
        order = random.permutation(TRAINING_SAMPLES)
        batches = numpy.split(order, range(options.batch_size, len(order), options.batch_size))[: options.batches]
        loss = train_epoch(batches)
        seconds = time.perf_counter() - started
        samples = sum(map(len, batches))
        epoch = {"seconds": seconds, "samples_per_second": samples / seconds, "loss": loss}
        if options.evaluate:
            epoch["validation_accuracy"] = evaluate(*validation)
        elapsed += time.perf_counter() - started
        epoch["seconds_since_first_step"] = elapsed
        if options.evaluate:
            epoch["test_accuracy"] = evaluate(*test)
        epochs.append(epoch)
    # As the reference does: the weights that validate best are the run's result.
    best = max(epochs, key=lambda epoch: epoch.get("validation_accuracy", 0.0))
    return {
        "samples_per_second": samples * len(epochs) / sum(epoch["seconds"] for epoch in epochs),
        "epochs": epochs,
        "first_step_at": first_step_at,
        "test_accuracy": best.get("test_accuracy"),
        "threads": options.threads,
    }


def report(figures, **environment):
    # ru_maxrss is in KiB on Linux.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({**figures, **environment, "peak_memory_bytes": peak}))
