"""PyTorch on CUDA, MPS or the CPU."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap.errors import DeviceError, ModelError, Option, UsageError, missing_extra
from railmap.inference.backends.base import (
    Precision,
    PredictMixin,
    TrackChannel,
    agree,
    sample_tile,
)
from railmap.models.metadata import FIELD_CELL
from railmap.models.tracks import TrackModel

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise missing_extra("this device", "torch", error) from error

from railmap.nets.outputs import read_fields

__all__ = ["TorchBackend", "best_device"]

_BATCH = {"cuda": 16, "mps": 4, "cpu": 1}


def best_device() -> str:
    """Return "cuda", "mps" or "cpu", the first that is available."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def check_device(name: str) -> torch.device:
    """Return the torch device of a name.

    Raises
    ------
    UsageError
        If the name is not one of a device.
    DeviceError
        If the device is not available.
    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UsageError(f"{name!r} is not a device; use cuda, cuda:0, mps or cpu") from error
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= count:
            raise DeviceError(
                f"device {name}: torch finds {count} CUDA devices; use ",
                Option("device", "cpu"),
                " or auto",
            )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise DeviceError(
            "device mps: torch finds no MPS device; use ", Option("device", "cpu"), " or auto"
        )
    return device


def _load(package: TrackModel) -> nn.Module:
    """Build the network that the metadata names, with the weights of the package."""
    if package.network is None or package.weights is None:
        raise ModelError(
            f"{package.path}: torch needs the name of the network and its weights, which this "
            "file does not hold; use ",
            Option("device", "cpu"),
            " or a model that railmap exported",
        )
    from railmap.nets import build_network

    channels = package.n_channels or 1
    return build_network(package.network, num_classes=channels, weights=package.weights)


class TorchBackend(PredictMixin):
    """Run batches; copies to and from the device overlap with the computation.

    Every batch has the same size (the last one is padded), so that the device uses the same
    algorithm for all of them.
    """

    name = "torch"

    def __init__(
        self,
        package: TrackModel,
        device: str,
        threads: int,
        precision: Precision,
        batch: int | None,
    ) -> None:
        self._package = package
        self._device = check_device(device)
        kind = self._device.type
        self._cuda = kind == "cuda"
        self.batch = batch or _BATCH[kind]
        if kind == "cpu":
            torch.set_num_threads(threads)
        self.device = torch.cuda.get_device_name(self._device) if self._cuda else kind.upper()
        network = _load(package).eval().to(self._device)
        self._network = network.to(memory_format=torch.channels_last)
        scale = torch.tensor([1 / (255 * s) for s in package.std])
        shift = torch.tensor([-m / s for m, s in zip(package.mean, package.std, strict=True)])
        self._scale = scale.view(1, -1, 1, 1).to(self._device)
        self._shift = shift.view(1, -1, 1, 1).to(self._device)
        self.precision = self._choose(precision)

    def _choose(self, precision: Precision) -> str:
        kind = self._device.type
        fast: Precision = "fp32"
        if self._cuda:
            fast = "bf16" if torch.cuda.is_bf16_supported() else "fp16"
        elif kind == "mps":
            fast = "fp16"
        if precision != "auto":
            fast = precision
        sample = torch.from_numpy(sample_tile(self._package.tile_size))[None].to(self._device)
        self.precision = "fp32"
        exact = self._forward(sample)[0].cpu().numpy()
        TrackChannel(self._package, exact)  # raises if the output has another size
        if fast == "fp32" or precision != "auto":
            return fast
        self.precision = fast
        return fast if agree(exact, self._forward(sample)[0].cpu().numpy()) else "fp32"

    def _autocast(self) -> contextlib.AbstractContextManager[Any]:
        if self.precision == "fp32":
            return contextlib.nullcontext()
        dtype = torch.bfloat16 if self.precision == "bf16" else torch.float16
        return torch.autocast(self._device.type, dtype)

    def _forward(self, pixels: Tensor) -> tuple[Tensor, Tensor | None]:
        """Convert ``(N, 3, T, T)`` uint8 to ``(N, T, T)`` float32 and the fields, on the device."""
        with torch.inference_mode(), self._autocast():
            image = torch.addcmul(self._shift, pixels.to(torch.float32), self._scale)
            image = image.contiguous(memory_format=torch.channels_last)
            fields = None
            if self._package.field_names:
                logits, fields = self._network.heads(image)  # type: ignore[operator]
                fields = read_fields(fields.float())
            else:
                logits = self._network(image)
            if logits.shape[1] > 1:
                return torch.softmax(logits.float(), dim=1)[:, self._package.track_class], fields
            return torch.sigmoid(logits[:, 0].float()), fields

    def map(self, tiles: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """See `Backend.map`."""
        size = self._package.tile_size
        shape = (self.batch, self._package.n_bands, size, size)
        # Two batches in flight: one is computed while the other is filled or read.
        channels = len(self._package.field_names)
        idle = [_Slot(shape, channels, self._cuda) for _ in range(2)]
        busy: deque[_Slot] = deque()
        source = iter(tiles)
        while chunk := list(islice(source, self.batch)):
            slot = idle.pop()
            slot.count = len(chunk)
            for n, tile in enumerate(chunk):
                slot.pixels_array[n] = tile
            slot.pixels_array[slot.count :] = 0
            on_device = slot.pixels.to(self._device, non_blocking=self._cuda)
            probability, fields = self._forward(on_device)
            slot.result.copy_(probability, non_blocking=self._cuda)
            if fields is not None:
                slot.fields.copy_(fields, non_blocking=self._cuda)
            slot.mark()
            busy.append(slot)
            if not idle:
                yield from self._finish(busy[0])
                idle.append(busy.popleft())
        while busy:
            yield from self._finish(busy.popleft())

    def _finish(self, slot: _Slot) -> Iterator[NDArray[np.float32]]:
        """Wait for the results of a batch and yield them."""
        slot.wait()
        for n in range(slot.count):
            self.fields = slot.fields_array[n] if self._package.field_names else None
            yield slot.result_array[n]


class _Slot:
    """Host memory of one batch, pinned for CUDA so that copies overlap with the computation."""

    def __init__(self, shape: tuple[int, int, int, int], channels: int, pinned: bool) -> None:
        batch, _, height, width = shape
        self.pixels = torch.empty(shape, dtype=torch.uint8, pin_memory=pinned)
        self.result = torch.empty((batch, height, width), dtype=torch.float32, pin_memory=pinned)
        cells = (batch, channels, height // FIELD_CELL, width // FIELD_CELL)
        self.fields = torch.empty(cells, dtype=torch.float32, pin_memory=pinned)
        self.fields_array = self.fields.numpy()
        self.pixels_array = self.pixels.numpy()
        self.result_array = self.result.numpy()
        self.count = 0
        self._event = torch.cuda.Event() if pinned else None

    def mark(self) -> None:
        """Record the event in the device's queue that `wait` waits for."""
        if self._event is not None:
            self._event.record()

    def wait(self) -> None:
        """Wait until the results are available."""
        if self._event is not None:
            self._event.synchronize()
