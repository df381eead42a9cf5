"""What a figure of PyTorch's depends on besides the program: reported with it."""

import resource
from pathlib import Path

import torch


def describe_environment():
    # ru_maxrss is in KiB on Linux.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"torch": torch.__version__, "blas": _loaded_blas(), "peak_memory_bytes": peak}


def _loaded_blas():
    """Debian's PyTorch multiplies matrices with whatever BLAS the system offers: they differ by a factor of two here."""
    if torch.backends.mkl.is_available():
        return "MKL"
    maps = Path("/proc/self/maps")
    paths = maps.read_text() if maps.exists() else ""
    for library, name in (("openblas", "OpenBLAS"), ("blis", "BLIS"), ("libblas.so", "reference BLAS")):
        if library in paths:
            return name
    return "unknown"
