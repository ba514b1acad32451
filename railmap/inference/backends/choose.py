"""Choose the backend for a device, and measure its speed."""

from __future__ import annotations

import ctypes
import platform
import sys
import time
from importlib.util import find_spec
from typing import Any, get_args

from railmap.errors import UsageError
from railmap.inference.backends.base import Backend, Precision, available_threads, sample_tile
from railmap.models.tracks import TrackModel

__all__ = ["benchmark_backend", "make_backend"]


def _may_have_gpu() -> bool:
    """Return whether a GPU is possible; importing torch to query it takes seconds."""
    if find_spec("torch") is None:
        return False
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


def make_backend(
    package: TrackModel,
    device: str = "auto",
    threads: int | None = None,
    precision: Precision = "auto",
    batch: int | None = None,
) -> Backend:
    """Load a model on a device.

    Parameters
    ----------
    package
        From `load_model`.
    device
        "auto" (CUDA, else MPS, else the CPU), "cpu" (OpenVINO), "cuda", "cuda:N", "mps" or
        several as "cuda:0,cuda:1" (torch), "torch" (torch on the CPU) or "onnxruntime" (ONNX
        Runtime on the CPU).
    threads
        CPU threads; None uses all available cores.
    precision
        "auto" uses bf16 or fp16 if the device supports it and the results agree with fp32.
    batch
        Tiles processed at a time; None uses the backend's default. ONNX Runtime takes one.

    Returns
    -------
    Backend
        The loaded model.

    Raises
    ------
    UsageError
        If `device`, `precision`, `threads` or `batch` is not one of these values.
    DeviceError
        If the device is not available.
    MissingExtraError
        If the device needs an optional dependency.
    ModelError
        If the model cannot be run.
    """
    if precision not in get_args(Precision):
        raise UsageError(
            f"precision must be one of {', '.join(get_args(Precision))}, not {precision!r}"
        )
    for name, value in (("threads", threads), ("batch", batch)):
        if value is not None and value < 1:
            raise UsageError(f"{name} must be 1 or more, not {value}")
    threads = threads or available_threads()
    kind = device.partition(":")[0]
    if kind not in ("auto", "cpu", "cuda", "mps", "torch", "onnxruntime"):
        raise UsageError(
            f"device must be auto, cpu, cuda, cuda:N, mps, torch or onnxruntime, not {device!r}"
        )
    if kind == "auto":
        device = "cpu"
        if package.weights is not None and package.network and _may_have_gpu():
            from railmap.inference.backends.torch import best_device

            device = best_device()
        kind = device
    if kind == "cpu":
        from railmap.inference.backends.openvino import OpenVinoBackend

        return OpenVinoBackend(package, threads, precision, batch)
    if kind == "onnxruntime":
        from railmap.inference.backends.onnxruntime import OnnxRuntimeBackend

        return OnnxRuntimeBackend(package, threads, precision)
    from railmap.inference.backends.torch import TorchBackend

    return TorchBackend(package, "cpu" if kind == "torch" else device, threads, precision, batch)


def benchmark_backend(
    package: TrackModel, device: str = "auto", seconds: float = 2.0
) -> dict[str, Any]:
    """Measure the speed of a model on this computer, for ``railmap doctor``.

    Parameters
    ----------
    package
        From `load_model`.
    device
        As for `make_backend`.
    seconds
        Minimum duration of the measurement, seconds.

    Returns
    -------
    dict
        ``backend``, ``device``, ``precision``, ``batch``, ``load_seconds`` and
        ``megapixels_per_second`` (of the network's input, including overlap).
    """
    began = time.perf_counter()
    backend = make_backend(package, device)
    loaded = time.perf_counter() - began
    tile = sample_tile(package.tile_size)
    rounds = 2 * backend.batch
    for _ in backend.map([tile] * rounds):
        pass
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        for _ in backend.map([tile] * rounds):
            done += 1
    return {
        "backend": backend.name,
        "device": backend.device,
        "precision": backend.precision,
        "batch": backend.batch,
        "load_seconds": round(loaded, 3),
        "megapixels_per_second": round(done * package.tile_size**2 / 1e6 / spent, 2),
    }
