"""Runs ONNX models on images in onnxruntime.

    python3 run_onnx.py IMAGES MODEL...

IMAGES holds uint8[n, 28, 28] without a header. Writes float32[n, 10] beside each model, as MODEL.logits, and prints one line of
JSON: a list of what each model says of itself. Where the package onnx is there, its checker looks at each model first.
"""

import json
import sys
from pathlib import Path

import numpy
import onnxruntime

try:
    import onnx
except ImportError:
    onnx = None

images = numpy.fromfile(sys.argv[1], numpy.uint8).reshape(-1, 1, 28, 28).astype(numpy.float32) / 255
descriptions = []
for path in sys.argv[2:]:
    if onnx is not None:
        onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path)
    # Several sizes of a batch, since that is free: the last one is short.
    batches = [images[first : first + 600] for first in range(0, len(images), 600)]
    logits = numpy.concatenate([session.run(None, {"image": batch})[0] for batch in batches])
    logits.tofile(f"{path}.logits")
    shapes = lambda values: {value.name: [value.type, *value.shape] for value in values}
    descriptions.append(
        {
            "checked": onnx is not None,
            "inputs": shapes(session.get_inputs()),
            "outputs": shapes(session.get_outputs()),
            "metadata": session.get_modelmeta().custom_metadata_map,
            "producer": session.get_modelmeta().producer_name,
        }
    )
print(json.dumps(descriptions))
