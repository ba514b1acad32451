"""Copies between host and device that overlap with the computation."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["CudaTransfers", "Transfers"]


class Transfers:
    """Copies of a device without queues: each is done when its call returns.

    Parameters
    ----------
    device
        To copy to and from.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def upload(self, pixels: Tensor) -> Tensor:
        """Return `pixels` on the device."""
        return pixels.to(self._device)

    def download(self, target: Tensor, values: Tensor) -> None:
        """Copy `values` of the device into `target` on the host."""
        target.copy_(values)

    def mark(self) -> None:
        """State that everything of the batch has been given to the device."""

    def wait(self) -> None:
        """Wait until what was given to the device before `mark` is done."""


class CudaTransfers(Transfers):
    """Copies on two streams of their own, beside the stream that computes.

    The computation waits for the pixels, and the copy back for the computation; nothing waits for
    another batch. Tensors of one stream that another one uses are recorded there, so that the
    allocator does not reuse their memory too early.

    Parameters
    ----------
    device
        CUDA device; its current stream computes.
    """

    def __init__(self, device: torch.device) -> None:
        super().__init__(device)
        self._up = torch.cuda.Stream(device)
        self._down = torch.cuda.Stream(device)
        self._done = torch.cuda.Event()

    def upload(self, pixels: Tensor) -> Tensor:
        """Return `pixels`, pinned, on the device; the stream that computes waits for them."""
        with torch.cuda.stream(self._up):
            copied = pixels.to(self._device, non_blocking=True)
        computing = torch.cuda.current_stream(self._device)
        computing.wait_stream(self._up)
        copied.record_stream(computing)
        return copied

    def download(self, target: Tensor, values: Tensor) -> None:
        """Copy `values` into `target`, pinned, after they are computed."""
        self._down.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._down):
            target.copy_(values, non_blocking=True)
        values.record_stream(self._down)

    def mark(self) -> None:
        """Record the end of the copies back, on their stream and thus on this device."""
        self._done.record(self._down)

    def wait(self) -> None:
        """Wait until the copies back are done."""
        self._done.synchronize()
