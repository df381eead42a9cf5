"""What a figure of PyTorch's depends on besides the program: reported with it."""

from pathlib import Path

import torch


def describe_environment():
    return {"versions": {"torch": torch.__version__}, "blas": _loaded_blas()}


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
