"""Prints what TensorBoard shows of a log folder, as JSON: by run and tag, the steps, wall times and values. Both of its
readers have to agree: the one that it documents, and the one that its server has."""
import json
import os
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_accumulator import (
    EventAccumulator as ServerEventAccumulator,
)
from tensorboard.util import tensor_util


def read(folder):
    reader = EventAccumulator(folder, size_guidance={"scalars": 0})
    reader.Reload()
    return {
        tag: [[event.step, event.value] for event in reader.Scalars(tag)]
        for tag in reader.Tags()["scalars"]
    }


def read_as_server(folder):
    reader = ServerEventAccumulator(folder, tensor_size_guidance={"scalars": 0})
    reader.Reload()
    return {
        tag: [
            [event.step, float(tensor_util.make_ndarray(event.tensor_proto))]
            for event in reader.Tensors(tag)
        ]
        for tag in reader.Tags()["tensors"]
    }


shown = {}
for name in sorted(os.listdir(sys.argv[1])):
    folder = os.path.join(sys.argv[1], name)
    shown[name] = read_as_server(folder)
    if read(folder) != shown[name]:
        sys.exit(f"{name}: TensorBoard's two readers disagree")
print(json.dumps(shown))
