"""Rendered and real samples, mixed and generated on demand."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from railmap.rendering import Crop
from railmap.rendering.paint.ground import Background
from railmap.training.data.augment import collar, mirrored_edge, photometric, turn
from railmap.training.data.fields import NodeTruth, draw_fields, hide_fields
from railmap.training.data.sample import FILL, IGNORE, TENT_LENGTH, Sample, normalise
from railmap.training.tracks.real_images import RealImage

__all__ = ["Mixture", "Renderer", "SampleStream"]

Renderer = Callable[[np.random.Generator, int, float, Sequence[Background]], Crop]

_ZOOM = (0.75, 1.35)
_RENDERED_PHOTOMETRIC = 0.35
_NEGATIVE_ZOOM = (0.5, 2.0)
_COLLAR = 0.08  # share of samples with nodata in a part
_SPAN = 24
_SAMPLES, _IMAGES = 0, 1


@dataclass(frozen=True, slots=True)
class Mixture:
    """Sources of the samples.

    Parameters
    ----------
    renderer
        ``renderer(rng, size, gsd, backgrounds)``, as `railmap.rendering.render_crop`; the negatives
        without nodata are its backgrounds.
    labelled, negatives
        Real images, may be empty.
    real_share, negative_share
        Probability that a sample is from a labelled image or a negative; the rest is rendered.
    reuse
        Times a rendered image is used, turned and coloured differently each time.
    mirrored_edge_share
        Share of samples in which the data ends and the image is continued by its reflection.
    """

    renderer: Renderer
    labelled: Sequence[RealImage] = ()
    negatives: Sequence[RealImage] = ()
    real_share: float = 0.2
    negative_share: float = 0.1
    reuse: int = 2
    mirrored_edge_share: float = 0.15


class SampleStream(Dataset[tuple[Tensor, ...]]):
    """``(3, size, size)`` float32 images and ``(size, size)`` uint8 targets, new in every epoch.

    With `fields` the targets of the field heads come third, ``(6, size / 4, size / 4)`` int8.

    Sample i of epoch e is number ``e · epoch + i`` of an endless stream, and a function of that
    number and the seed alone.

    A rendered image is used again 24 batches later and kept in memory until then: 24 is a multiple
    of most numbers of workers, so the same worker uses it again. Another worker renders it again,
    which takes longer and gives the same pixels.

    Parameters
    ----------
    mixture
        The sources.
    size
        Side of a sample, pixels.
    gsd
        Metres per pixel.
    seed
        Seed of the stream.
    epoch
        Samples of an epoch.
    batch
        Samples of a batch, for the distance after which an image is used again.
    fields
        Whether the field heads are trained.
    """

    in_order = True

    def __init__(
        self,
        mixture: Mixture,
        size: int,
        gsd: float,
        seed: Sequence[int],
        *,
        epoch: int = 4000,
        batch: int = 16,
        fields: bool = False,
    ) -> None:
        self.mixture = mixture
        self.size = size
        self.gsd = gsd
        self.seed = tuple(seed)
        self.epoch = epoch
        self.fields = fields
        self._span = _SPAN * batch
        # Shared memory: persistent workers see the new epoch.
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()
        self._kept: OrderedDict[int, Sample] = OrderedDict()
        self._labelled_odds = _odds(mixture.labelled)
        self._negative_odds = _odds(mixture.negatives)
        self._backgrounds = [(s.image, s.gsd) for s in mixture.negatives if s.valid.all()]

    def __len__(self) -> int:
        return self.epoch

    def set_epoch(self, epoch: int) -> None:
        """Switch to the samples of another epoch."""
        self._epoch.fill_(epoch)

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        if not 0 <= index < self.epoch:
            raise IndexError(index)
        sample = self.sample(int(self._epoch) * self.epoch + index)
        tensors = torch.from_numpy(normalise(sample.image)), torch.from_numpy(sample.target)
        if not self.fields:
            return tensors
        assert sample.fields is not None
        hide_fields(sample.fields, sample.target)
        return *tensors, torch.from_numpy(sample.fields)

    def sample(self, number: int) -> Sample:
        """Return a sample by its number in the stream, as uint8."""
        rng = np.random.default_rng([*self.seed, _SAMPLES, number])
        mixture = self.mixture
        kind = rng.random()
        coloured = True
        real = mixture.real_share if mixture.labelled else 0.0
        negative = mixture.negative_share if mixture.negatives else 0.0
        if kind < real:
            chosen = rng.choice(len(mixture.labelled), p=self._labelled_odds)
            sample = mixture.labelled[int(chosen)].crop(rng, self.size, self.gsd, _ZOOM)
        elif kind < real + negative:
            chosen = rng.choice(len(mixture.negatives), p=self._negative_odds)
            sample = mixture.negatives[int(chosen)].crop(rng, self.size, self.gsd, _NEGATIVE_ZOOM)
        else:
            sample = self._rendered(number)
            coloured = rng.random() < _RENDERED_PHOTOMETRIC  # it has been through a camera
        sample = turn(sample, rng)
        empty = (sample.image == FILL).all(axis=2) & (sample.target == IGNORE)
        if coloured:
            sample = sample._replace(image=photometric(sample.image, rng))
            sample.image[empty] = FILL  # inference fills after the camera, too
        edge = rng.random()
        if edge < _COLLAR:
            return collar(sample, rng)
        return (
            mirrored_edge(sample, rng) if edge < _COLLAR + mixture.mirrored_edge_share else sample
        )

    def _rendered(self, number: int) -> Sample:
        """Return the image of sample `number`; `reuse` numbers, a span apart, share one."""
        group, place = divmod(number, self._span * self.mixture.reuse)
        image = group * self._span + place % self._span
        last = place >= self._span * (self.mixture.reuse - 1)
        kept = self._kept.pop(image, None) if last else self._kept.get(image)
        if kept is not None:
            return kept
        rng = np.random.default_rng([*self.seed, _IMAGES, image])
        crop = self.mixture.renderer(rng, self.size, self.gsd, self._backgrounds)
        fields = None
        if self.fields:
            nodes = [NodeTruth(*node) for node in crop.nodes]
            shape = (self.size, self.size)
            fields = draw_fields(shape, crop.lines, nodes, self.gsd, TENT_LENGTH)
        sample = Sample(crop.image, crop.target, fields)
        if not last:
            self._kept[image] = sample
            while len(self._kept) > self._span:
                self._kept.popitem(last=False)
        return sample


def _odds(images: Sequence[RealImage]) -> NDArray[np.float64]:
    """Probability of each image by its weight."""
    weights = np.array([image.weight for image in images])
    return weights / max(weights.sum(), 1e-12)
