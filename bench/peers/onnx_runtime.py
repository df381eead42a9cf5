"""LeNet-5 on FashionMNIST in ONNX Runtime's on-device training: batch 128, AdamW without decay, which is Adam.

    python3 onnx_runtime.py --threads 2

Prints one line of JSON. To install: npm run setup:peers -- pytorch onnxruntime (its last release with training, 1.19.2 of
2024, wants PyTorch at its side: here it exports the model, too).
"""

import logging
import tempfile

import numpy
import onnx
import onnxruntime
import torch
from fashion_mnist import load_split
from job import parse_options, report, run_epochs
from lenet5 import LeNet5
from onnxruntime.training import artifacts, onnxblock
from onnxruntime.training.api import CheckpointState, Module, Optimizer

logging.disable(logging.WARNING)
onnxruntime.set_default_logger_severity(3)
options = parse_options(__doc__)
torch.manual_seed(options.seed)


class Pool(torch.nn.Module):
    """The mean of 2×2 as a reduction: the gradient of AveragePool ends ONNX Runtime 1.19.2 with SIGFPE."""

    def forward(self, x):
        return x.reshape(-1, x.shape[1], x.shape[2] // 2, 2, x.shape[3] // 2, 2).mean((3, 5))


def open_training(folder):
    """The module and its optimizer; what ONNX Runtime reads them from is written into the folder."""
    network = LeNet5()
    network.pool = Pool()
    torch.onnx.export(
        network,
        (torch.zeros(2, 1, 28, 28),),
        f"{folder}/model.onnx",
        input_names=["images"],
        output_names=["logits"],
        dynamic_axes={"images": {0: "n"}, "logits": {0: "n"}},
        training=torch.onnx.TrainingMode.TRAINING,
        do_constant_folding=False,
        opset_version=14,
        dynamo=False,
    )
    artifacts.generate_artifacts(
        onnx.load(f"{folder}/model.onnx"),
        requires_grad=[name for name, _ in network.named_parameters()],
        loss=artifacts.LossType.CrossEntropyLoss,
        # Its own epsilon would be 1e-6.
        optimizer=onnxblock.optim.AdamW(eps=1e-8),
        artifact_directory=folder,
        additional_output_names=["logits"],
    )
    session = onnxruntime.SessionOptions()
    session.intra_op_num_threads = options.threads
    state = CheckpointState.load_checkpoint(f"{folder}/checkpoint")
    models = [f"{folder}/{name}_model.onnx" for name in ("training", "eval", "optimizer")]
    module = Module(models[0], state, models[1], session_options=session)
    optimizer = Optimizer(models[2], module)
    optimizer.set_learning_rate(1e-3)
    return module, optimizer


def with_channels(images, labels):
    return images[:, None], labels


with tempfile.TemporaryDirectory() as folder:
    module, optimizer = open_training(folder)
training, validation = load_split(options.data, options.seed)
images, labels = with_channels(*training)


def train_epoch(batches):
    module.train()
    loss_sum = 0.0
    for batch in batches:
        loss_sum += module(images[batch], labels[batch])[0]
        optimizer.step()
        module.lazy_reset_grad()
    return float(loss_sum) / len(batches)


def evaluate(images, labels):
    module.eval()
    count = len(images) // 1000
    parts = zip(numpy.split(images, count), numpy.split(labels, count))
    return float(numpy.mean([(module(part, wanted)[1].argmax(1) == wanted).mean() for part, wanted in parts]))


figures = run_epochs(options, train_epoch, evaluate, validation, with_channels)
versions = {"onnxruntime": onnxruntime.__version__, "torch": torch.__version__}
report(figures, processes=1, versions=versions, blas="MLAS")
