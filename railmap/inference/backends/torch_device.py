"""A network on one PyTorch device, and the batches that it works on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from railmap.errors import ModelError, Option
from railmap.inference.backends.base import Precision, TrackChannel, agree, sample_tile
from railmap.inference.backends.transfers import CudaTransfers, Transfers
from railmap.models.metadata import FIELD_CELL
from railmap.models.tracks import TrackModel
from railmap.nets.outputs import read_fields

__all__ = ["Slot", "TorchDevice"]

_SLOTS = 2  # batches in flight: one is computed while the other is filled or read


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


class Slot:
    """Host memory of one batch, pinned for CUDA so that copies overlap with the computation."""

    def __init__(
        self, shape: tuple[int, int, int, int], channels: int, device: torch.device
    ) -> None:
        batch, _, height, width = shape
        pinned = device.type == "cuda"
        self.pixels = torch.empty(shape, dtype=torch.uint8, pin_memory=pinned)
        self.result = torch.empty((batch, height, width), dtype=torch.float32, pin_memory=pinned)
        cells = (batch, channels, height // FIELD_CELL, width // FIELD_CELL)
        self.fields = torch.empty(cells, dtype=torch.float32, pin_memory=pinned)
        self.fields_array = self.fields.numpy()
        self.pixels_array = self.pixels.numpy()
        self.result_array = self.result.numpy()
        self.count = 0
        self.transfers = CudaTransfers(device) if pinned else Transfers(device)


class TorchDevice:
    """A network on one device.

    Every batch has the same size (a smaller one is padded), so that the device uses the same
    algorithm for all of them.

    Parameters
    ----------
    package
        The model.
    device
        Where it runs.
    precision
        As for `make_backend`.
    batch
        Tiles of a batch.

    Raises
    ------
    ModelError
        If the model cannot be run.
    """

    def __init__(
        self, package: TrackModel, device: torch.device, precision: Precision, batch: int
    ) -> None:
        self._package = package
        self.device = device
        network = _load(package).eval().to(device)
        self._network = network.to(memory_format=torch.channels_last)
        scale = torch.tensor([1 / (255 * s) for s in package.std])
        shift = torch.tensor([-m / s for m, s in zip(package.mean, package.std, strict=True)])
        self._scale = scale.view(1, -1, 1, 1).to(device)
        self._shift = shift.view(1, -1, 1, 1).to(device)
        self.precision: Precision = "fp32"
        self.precision = self._choose(precision)
        self.resize(batch)

    def resize(self, batch: int) -> None:
        """Change the size of a batch; no batch may be in flight."""
        self._idle: list[Slot] = []  # frees the memory of those before
        size = self._package.tile_size
        shape = (batch, self._package.n_bands, size, size)
        channels = len(self._package.field_names)
        self._idle = [Slot(shape, channels, self.device) for _ in range(_SLOTS)]
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    @property
    def idle(self) -> int:
        """Number of batches that can be started."""
        return len(self._idle)

    def start(self, tiles: Sequence[NDArray[np.uint8]]) -> Slot:
        """Begin a batch of at most its size of tiles ``(bands, T, T)``.

        Raises
        ------
        torch.cuda.OutOfMemoryError
            If the device has too little memory; the batch was not started.
        """
        slot = self._idle.pop()
        slot.count = len(tiles)
        for n, tile in enumerate(tiles):
            slot.pixels_array[n] = tile
        slot.pixels_array[slot.count :] = 0
        try:
            probability, fields = self._forward(slot.transfers.upload(slot.pixels))
            slot.transfers.download(slot.result, probability)
            if fields is not None:
                slot.transfers.download(slot.fields, fields)
        except BaseException:
            self._idle.append(slot)
            raise
        slot.transfers.mark()
        return slot

    def finish(
        self, slot: Slot
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32] | None]]:
        """Wait for a batch; yield probability and fields of its tiles, and take the slot back."""
        slot.transfers.wait()
        for n in range(slot.count):
            fields = slot.fields_array[n] if self._package.field_names else None
            yield slot.result_array[n], fields
        self._idle.append(slot)

    def _fast(self) -> Precision:
        """Return the precision that the device computes fastest."""
        if self.device.type == "cuda":
            with torch.cuda.device(self.device):
                # a T4 emulates bf16, slower than fp16
                return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
        return "fp16" if self.device.type == "mps" else "fp32"

    def _choose(self, precision: Precision) -> Precision:
        fast = self._fast()
        if precision != "auto":
            fast = precision
        sample = torch.from_numpy(sample_tile(self._package.tile_size))[None].to(self.device)
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
        return torch.autocast(self.device.type, dtype)

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
