"""PyTorch on one or more CUDA devices, on MPS or the CPU."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from railmap.errors import DeviceError, Option, UsageError, missing_extra
from railmap.inference.backends.base import Precision, PredictMixin
from railmap.models.tracks import TrackModel

try:
    import torch
except ImportError as error:
    raise missing_extra("this device", "torch", error) from error

from railmap.inference.backends.torch_device import Slot, TorchDevice

__all__ = ["TorchBackend", "best_device", "check_device"]

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


def _check_devices(names: str) -> list[torch.device]:
    """Return the devices of ``cuda:0,cuda:1``, or the one of a single name.

    Raises
    ------
    UsageError
        If a device is named twice, or several are not all CUDA devices with a number.
    DeviceError
        If a device is not available.
    """
    given = [name.strip() for name in names.split(",")]
    devices = [check_device(name) for name in given]
    numbered = all(device.type == "cuda" and device.index is not None for device in devices)
    if len(devices) > 1 and (not numbered or len(set(devices)) < len(devices)):
        raise UsageError(
            Option("device", names), ": several devices are different ones such as cuda:0,cuda:1"
        )
    return devices


class TorchBackend(PredictMixin):
    """Run batches on one or more devices; copies overlap with the computation.

    A batch that does not fit into the memory of the device is halved, for good.
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
        devices = _check_devices(device)
        kind = devices[0].type
        self._tile = package.tile_size
        self._name = device
        self.batch = batch or _BATCH[kind]
        if kind == "cpu":
            torch.set_num_threads(threads)
        self.device = kind.upper()
        if kind == "cuda":
            self.device = ", ".join(torch.cuda.get_device_name(one) for one in devices)
        first = TorchDevice(package, devices[0], precision, self.batch)
        # The same precision everywhere, or the result would depend on which device had the tile.
        chosen = first.precision
        others = [TorchDevice(package, one, chosen, self.batch) for one in devices[1:]]
        self._devices = [first, *others]
        self.precision: str = chosen

    def map(self, tiles: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """See `Backend.map`."""
        source = iter(tiles)
        busy: deque[tuple[TorchDevice, Slot]] = deque()
        while chunk := list(islice(source, self.batch)):
            waiting = deque([chunk])
            while waiting:
                free = max(self._devices, key=lambda device: device.idle)
                if not free.idle:
                    yield from self._finish(busy)
                    continue
                try:
                    busy.append((free, free.start(waiting[0])))
                except torch.cuda.OutOfMemoryError as error:
                    while busy:
                        yield from self._finish(busy)
                    self._halve(error)
                    tiles_left = [tile for part in waiting for tile in part]
                    step = range(0, len(tiles_left), self.batch)
                    waiting = deque(tiles_left[n : n + self.batch] for n in step)
                else:
                    waiting.popleft()
        while busy:
            yield from self._finish(busy)

    def _finish(self, busy: deque[tuple[TorchDevice, Slot]]) -> Iterator[NDArray[np.float32]]:
        """Wait for the results of the oldest batch and yield them."""
        device, slot = busy.popleft()
        for probability, fields in device.finish(slot):
            self.fields = fields
            yield probability

    def _halve(self, error: BaseException) -> None:
        if self.batch == 1:
            raise DeviceError(
                f"device {self._name}: too little memory for one tile of {self._tile} x "
                f"{self._tile} pixels; use ",
                Option("device", "cpu"),
            ) from error
        self.batch //= 2
        for device in self._devices:
            device.resize(self.batch)
