"""Masks of single images, computed with a torch network."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from railmap.training.data.sample import normalise

__all__ = ["predictor"]


def predictor(
    network: nn.Module, threshold: float = 0.5, device: str | torch.device = "cpu"
) -> Callable[[NDArray[np.uint8]], NDArray[np.bool_]]:
    """Return a function from an image to its mask of tracks.

    Parameters
    ----------
    network
        A track network; float32.
    threshold
        Lowest probability that counts as track.
    device
        Where the network runs; it is moved there.

    Returns
    -------
    Callable
        Takes one ``(rows, cols, 3)`` uint8 image, returns a ``(rows, cols)`` boolean mask.
    """
    network = network.eval().to(  # type: ignore[call-overload]
        device, memory_format=torch.channels_last
    )
    least = math.log(threshold / (1 - threshold))

    def predict(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
        batch = torch.from_numpy(normalise(image))[None]
        batch = batch.to(device, memory_format=torch.channels_last)
        with torch.inference_mode():
            return np.asarray((network(batch)[0, 0] >= least).cpu().numpy())

    return predict
