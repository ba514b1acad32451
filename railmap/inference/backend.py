"""The face of all backends: tiles of pixels in, track probability out."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from railmap.errors import ModelError, UsageError
from railmap.inference.package import ModelPackage

__all__ = [
    "Backend",
    "Precision",
    "TrackChannel",
    "agree",
    "available_threads",
    "benchmark_backend",
    "make_backend",
    "sample_tile",
]

Precision = Literal["auto", "fp32", "bf16", "fp16"]

MAX_PRECISION_LOSS = 0.05


class Backend(Protocol):
    """A model ready to run on one device.

    ``name`` is openvino, torch or onnxruntime; ``device`` says what it runs on; ``precision`` is
    what it computes in; ``batch`` is how many tiles are under way at a time.
    """

    name: str
    device: str
    precision: str
    batch: int

    def map(self, tiles: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """Run tiles ``(3, T, T)`` uint8 and yield their probabilities ``(T, T)`` in order.

        Tiles are taken ahead of what is yielded. A yielded array is valid only until the next one
        is asked for; a tile must stay as it is until its result was yielded.
        """
        ...

    def predict(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run ``(N, 3, T, T)`` or ``(N, T, T, 3)`` uint8 pixels; returns ``(N, T, T)``."""
        ...


class PredictMixin:
    """`predict` on top of `map`."""

    def map(self, tiles: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """See `Backend.map`."""
        raise NotImplementedError

    def predict(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See `Backend.predict`."""
        if batch.ndim == 4 and batch.shape[1] != 3 and batch.shape[3] == 3:
            batch = np.ascontiguousarray(batch.transpose(0, 3, 1, 2))
        return np.stack([result.copy() for result in self.map(batch)])


class TrackChannel:
    """Takes the track's probability out of a model's output of any common form.

    One channel or several; probabilities, or logits (then sigmoid or softmax is applied). Which
    of them is told by the output on `sample_tile`.
    """

    def __init__(self, package: ModelPackage, sample: NDArray[np.float32]) -> None:
        tile = package.tile_size
        if sample.ndim != 3 or sample.shape[1:] != (tile, tile):
            raise ModelError(
                f"{package.path}: the model's output is {sample.shape}, not classes x {tile} x "
                f"{tile}; use a segmentation model whose output has the size of its input"
            )
        channels = sample.shape[0]
        if channels > 1 and channels != len(package.class_names):
            raise ModelError(
                f"{package.path}: {len(package.class_names)} class names for {channels} output "
                "channels; mend the model's metadata"
            )
        if not np.isfinite(sample).all():
            raise ModelError(f"{package.path}: the model's output is not a number; export it again")
        self._channel = package.track_class if channels > 1 else 0
        slack = 1e-2
        inside = sample.min() >= -slack and sample.max() <= 1 + slack
        sums = channels == 1 or np.abs(sample.sum(axis=0) - 1).max() <= slack
        self._activation = "" if inside and sums else "softmax" if channels > 1 else "sigmoid"

    def __call__(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(channels, T, T)`` to ``(T, T)``."""
        track = output[self._channel]
        if self._activation == "sigmoid":
            return np.asarray(0.5 * (1 + np.tanh(0.5 * track)), np.float32)
        if self._activation == "softmax":
            shares = np.exp(output - output.max(axis=0))
            return np.asarray(shares[self._channel] / shares.sum(axis=0), np.float32)
        return track


def sample_tile(size: int) -> NDArray[np.uint8]:
    """Make the same noise at all scales every time, ``(3, size, size)``, to try a model on."""
    rng = np.random.default_rng(7)
    total = np.zeros((3, size, size), np.float32)
    step = size
    while step:
        cells = -(-size // step)
        noise = rng.standard_normal((3, cells, cells), np.float32)
        total += noise.repeat(step, axis=1).repeat(step, axis=2)[:, :size, :size]
        step //= 4
    return np.clip(total * 28 + 118, 0, 255).astype(np.uint8)


def agree(exact: NDArray[np.float32], fast: NDArray[np.float32]) -> bool:
    """Tell whether a lower precision gives the same probabilities, to 0.05."""
    return bool(np.isfinite(fast).all() and np.abs(exact - fast).max() <= MAX_PRECISION_LOSS)


def available_threads() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _may_have_gpu() -> bool:
    """Tell whether importing torch to ask it (seconds) is worth the time."""
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
    package: ModelPackage,
    device: str = "auto",
    threads: int | None = None,
    precision: Precision = "auto",
    batch: int | None = None,
) -> Backend:
    """Make a model ready to run.

    Parameters
    ----------
    package
        From `load_model`.
    device
        "auto" (CUDA, else MPS, else the CPU), "cpu" (OpenVINO), "cuda", "cuda:N" or "mps"
        (torch), "torch" (torch on the CPU) or "onnxruntime" (ONNX Runtime on the CPU).
    threads
        Cores to use on the CPU; all that are there if None.
    precision
        "auto" takes bf16 (or fp16) where the device has it and it agrees with fp32.
    batch
        Tiles under way at a time; the backend's own choice if None.

    Raises
    ------
    UsageError
        If `device`, `precision`, `threads` or `batch` is none of these.
    DeviceError
        If the device is not there.
    MissingExtraError
        If the device needs an optional dependency.
    ModelError
        If the model can't be run.
    """
    if precision not in get_args(Precision):
        raise UsageError(f"precision is one of {', '.join(get_args(Precision))}, not {precision!r}")
    for name, value in (("threads", threads), ("batch", batch)):
        if value is not None and value < 1:
            raise UsageError(f"{name} must be 1 or more, not {value}")
    threads = threads or available_threads()
    kind = device.partition(":")[0]
    if kind not in ("auto", "cpu", "cuda", "mps", "torch", "onnxruntime"):
        raise UsageError(
            f"device is auto, cpu, cuda, cuda:N, mps, torch or onnxruntime, not {device!r}"
        )
    if kind == "auto":
        device = "cpu"
        if package.weights is not None and "network" in package.metadata and _may_have_gpu():
            from railmap.inference.torch_backend import best_device

            device = best_device()
        kind = device
    if kind == "cpu":
        from railmap.inference.openvino_backend import OpenVinoBackend

        return OpenVinoBackend(package, threads, precision, batch)
    if kind == "onnxruntime":
        from railmap.inference.onnx_backend import OnnxRuntimeBackend

        return OnnxRuntimeBackend(package, threads, precision)
    from railmap.inference.torch_backend import TorchBackend

    return TorchBackend(package, "cpu" if kind == "torch" else device, threads, precision, batch)


def benchmark_backend(
    package: ModelPackage, device: str = "auto", seconds: float = 2.0
) -> dict[str, Any]:
    """Measure how fast a model runs here, for ``railmap doctor``.

    Returns
    -------
    dict
        ``backend``, ``device``, ``precision``, ``batch``, ``load_seconds`` and
        ``megapixels_per_second`` (of the network's input, overlap included).
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
