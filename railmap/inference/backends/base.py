"""Interface of all backends: tiles of pixels in, track probability out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from railmap.errors import ModelError
from railmap.models.tracks import TrackModel

__all__ = [
    "Backend",
    "Precision",
    "TrackChannel",
    "agree",
    "available_threads",
    "sample_tile",
]

Precision = Literal["auto", "fp32", "bf16", "fp16"]

MAX_PRECISION_LOSS = 0.05
"""Largest difference of probability that a lower precision may cause."""


class Backend(Protocol):
    """A loaded model on one device.

    Attributes
    ----------
    name
        openvino, torch or onnxruntime.
    device
        Name of the device.
    precision
        fp32, bf16 or fp16.
    batch
        Number of tiles that are processed at a time.
    fields
        The model's second output, ``(len(package.field_names), T / 4, T / 4)`` float32, of the
        tile whose probability was yielded last, valid as long as that; None if the model has
        none.
    """

    name: str
    device: str
    precision: str
    batch: int
    fields: NDArray[np.float32] | None

    def map(self, tiles: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """Run tiles ``(3, T, T)`` uint8 and yield their probabilities ``(T, T)`` in order.

        Tiles are consumed before the results of earlier ones are yielded. A yielded array is
        valid only until the next one is requested; a tile must not change until its result was
        yielded.
        """
        ...

    def predict(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run ``(N, 3, T, T)`` or ``(N, T, T, 3)`` uint8 pixels; return ``(N, T, T)`` float32."""
        ...


class PredictMixin:
    """Implement `predict` with `map`."""

    fields: NDArray[np.float32] | None = None

    def map(self, tiles: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """See `Backend.map`."""
        raise NotImplementedError

    def predict(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """See `Backend.predict`."""
        if batch.ndim == 4 and batch.shape[1] != 3 and batch.shape[3] == 3:
            batch = np.ascontiguousarray(batch.transpose(0, 3, 1, 2))
        return np.stack([result.copy() for result in self.map(batch)])


class TrackChannel:
    """Extract the track probability from a model output of any common form.

    The output has one channel or several, of probabilities or logits; sigmoid or softmax is
    applied to logits. The form is derived from the output for `sample_tile`.

    Parameters
    ----------
    package
        The model.
    sample
        ``(channels, T, T)`` float32 output for `sample_tile`.

    Raises
    ------
    ModelError
        If the output has another shape, is not finite, or does not fit the class names.
    """

    def __init__(self, package: TrackModel, sample: NDArray[np.float32]) -> None:
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
                "channels; correct the model's metadata"
            )
        if not np.isfinite(sample).all():
            raise ModelError(
                f"{package.path}: the model's output is NaN or infinite; export it again"
            )
        self._channel = package.track_class if channels > 1 else 0
        tolerance = 1e-2
        in_range = sample.min() >= -tolerance and sample.max() <= 1 + tolerance
        sum_to_one = channels == 1 or np.abs(sample.sum(axis=0) - 1).max() <= tolerance
        self._activation = (
            "" if in_range and sum_to_one else "softmax" if channels > 1 else "sigmoid"
        )

    def __call__(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert ``(channels, T, T)`` to ``(T, T)`` probability."""
        track: NDArray[np.float32] = output[self._channel]
        if self._activation == "sigmoid":
            return np.asarray(0.5 * (1 + np.tanh(0.5 * track)), np.float32)
        if self._activation == "softmax":
            exponents = np.exp(output - output.max(axis=0))
            return np.asarray(exponents[self._channel] / exponents.sum(axis=0), np.float32)
        return track


def sample_tile(size: int) -> NDArray[np.uint8]:
    """Return fixed multi-scale noise, ``(3, size, size)`` uint8, for a trial run of a model."""
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
    """Return whether a lower precision gives the same probabilities within 0.05."""
    return bool(np.isfinite(fast).all() and np.abs(exact - fast).max() <= MAX_PRECISION_LOSS)


def available_threads() -> int:
    """Return the number of CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
