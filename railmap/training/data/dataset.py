"""Labelled images as torch data sets of normalised crops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from railmap.errors import InputError
from railmap.raster.types import PixelWindow
from railmap.training.data.image import LabelledImage
from railmap.training.data.placing import find_augmentation
from railmap.training.data.sample import IGNORE, Sample, normalise

__all__ = ["CropDataset", "TileDataset"]

_TRIES = 6
_LEAST_JUDGED = 0.1


class CropDataset(Dataset[tuple[Tensor, Tensor]]):
    """Random crops; the same seed, epoch and index give the same crop, in any worker.

    An item is ``(3, size, size)`` float32 normalised and ``(size, size)`` uint8, 0–254 = p·254,
    255 = not judged. Every image gets as many crops an epoch as it has area, at least one,
    in the order of the images: shuffle them.

    Parameters
    ----------
    images
        Images to cut crops from.
    size
        Side of a crop, pixels.
    seed
        Seed of the crops.
    augmentation
        A name in `railmap.training.data.AUGMENTATIONS`.
    crops
        Crops an epoch; None: the images' area in crops.

    Raises
    ------
    InputError
        If there are no images.
    """

    def __init__(
        self,
        images: Sequence[LabelledImage],
        size: int,
        *,
        seed: int = 0,
        augmentation: str = "railmap",
        crops: int | None = None,
    ) -> None:
        if not images:
            raise InputError("no labelled image to train on")
        self.images = list(images)
        self.size, self.seed = size, seed
        self._augment = find_augmentation(augmentation)
        area = np.array([rows * cols for rows, cols in (p.shape for p in images)], np.float64)
        weight = np.maximum(area / size**2, 1.0)
        self._crops = crops or round(weight.sum())
        self._reach = np.cumsum(weight / weight.sum())
        # Shared memory: persistent workers see the new epoch.
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    def set_epoch(self, epoch: int) -> None:
        """Select the crops of an epoch."""
        self._epoch.fill_(epoch)

    def __len__(self) -> int:
        return self._crops

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return tensors(self.sample(index))

    def sample(self, index: int) -> Sample:
        """Return crop `index` of the epoch as uint8 image and target."""
        if not 0 <= index < self._crops:
            raise IndexError(index)
        rng = np.random.default_rng([self.seed, int(self._epoch), index])
        # Systematic sampling: images get their share whatever the number of crops.
        place = (index + rng.random()) / self._crops
        chosen = int(np.searchsorted(self._reach, place, side="right"))
        image = self.images[min(chosen, len(self.images) - 1)]
        for _ in range(_TRIES):
            sample = self._augment(image, rng, self.size)
            if (sample.target != IGNORE).mean() >= _LEAST_JUDGED:
                break
        return sample


class TileDataset(Dataset[tuple[Tensor, Tensor]]):
    """Every image in tiles side by side, as it is: the same for every network.

    Items as of `CropDataset`. Tiles without a judged pixel are excluded.

    Parameters
    ----------
    images
        Images to cut into tiles.
    size
        Side of a tile, pixels.
    most
        Take at most this many, spread evenly.
    """

    def __init__(self, images: Sequence[LabelledImage], size: int, most: int | None = None) -> None:
        self.images, self.size = list(images), size
        tiles = [
            (index, row, col)
            for index, image in enumerate(self.images)
            for row in range(0, image.shape[0], size)
            for col in range(0, image.shape[1], size)
        ]
        if most is not None and len(tiles) > most:
            tiles = [tiles[i] for i in np.linspace(0, len(tiles) - 1, most).round().astype(int)]
        self.tiles = [tile for tile in tiles if (self._sample(tile).target != IGNORE).any()]

    def __len__(self) -> int:
        return len(self.tiles)

    def sample(self, index: int) -> Sample:
        """Return a tile as uint8 image and target."""
        return self._sample(self.tiles[index])

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return tensors(self.sample(index))

    def _sample(self, tile: tuple[int, int, int]) -> Sample:
        index, row, col = tile
        return self.images[index].read(PixelWindow(row, col, self.size, self.size))


def tensors(sample: Sample) -> tuple[Tensor, Tensor]:
    """Return image and target as the networks take them."""
    return torch.from_numpy(normalise(sample.image)), torch.from_numpy(sample.target)
