"""An endless stream of samples from worker processes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from railmap.synth import Crop
from railmap.synth.ground import Background
from railmap.training.augment import collar, photometric, turn
from railmap.training.real import Scene
from railmap.training.sample import FILL, IGNORE, Sample, normalise

__all__ = ["Mixture", "SampleStream", "make_loader"]

Renderer = Callable[[np.random.Generator, int, float, Sequence[Background]], Crop]

_ZOOM = (0.75, 1.35)
_NEGATIVE_ZOOM = (0.5, 2.0)
_RENDERED_PHOTOMETRIC = 0.35


@dataclass(frozen=True, slots=True)
class Mixture:
    """Where samples come from.

    Parameters
    ----------
    renderer
        ``renderer(rng, size, gsd, backgrounds)``, as `railmap.synth.render_crop`; the negatives
        without nodata are its backgrounds.
    labelled, negatives
        Real scenes, may be empty.
    real_share, negative_share
        Probability that a sample is a labelled scene or a negative; the rest is rendered.
    reuse
        Times a rendered picture is used, each time turned and coloured anew.
    pool
        Rendered pictures that a worker keeps to use again.
    """

    renderer: Renderer
    labelled: Sequence[Scene] = ()
    negatives: Sequence[Scene] = ()
    real_share: float = 0.2
    negative_share: float = 0.1
    reuse: float = 2.0
    pool: int = 256


class SampleStream(IterableDataset[tuple[Tensor, Tensor]]):
    """Endless ``(3, size, size)`` float32 images and ``(size, size)`` uint8 targets.

    Parameters
    ----------
    mixture
        The sources.
    size
        Side of a sample, pixels.
    gsd
        Metres per pixel.
    seed
        Of the stream; each worker derives its own from it.
    """

    def __init__(self, mixture: Mixture, size: int, gsd: float, seed: Sequence[int]) -> None:
        self.mixture = mixture
        self.size = size
        self.gsd = gsd
        self.seed = tuple(seed)
        self._backgrounds = [(s.image, s.gsd) for s in mixture.negatives if s.valid.all()]

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        worker = get_worker_info()
        rng = np.random.default_rng([*self.seed, worker.id if worker else 0])
        pool: list[Sample] = []
        while True:
            image, target = self._draw(rng, pool)
            yield torch.from_numpy(normalise(image)), torch.from_numpy(target)

    def _draw(self, rng: np.random.Generator, pool: list[Sample]) -> Sample:
        mixture = self.mixture
        kind = rng.random()
        real = mixture.real_share if mixture.labelled else 0.0
        negative = mixture.negative_share if mixture.negatives else 0.0
        if kind < real:
            scene = mixture.labelled[int(rng.integers(len(mixture.labelled)))]
            sample = scene.crop(rng, self.size, self.gsd, _ZOOM)
        elif kind < real + negative:
            scene = mixture.negatives[int(rng.integers(len(mixture.negatives)))]
            sample = scene.crop(rng, self.size, self.gsd, _NEGATIVE_ZOOM)
        else:
            sample = self._rendered(rng, pool)
        sample = turn(sample, rng)
        empty = (sample.image == FILL).all(axis=2) & (sample.target == IGNORE)
        sample = sample._replace(image=photometric(sample.image, rng))
        sample.image[empty] = FILL  # inference fills after the camera, too
        return collar(sample, rng) if rng.random() < 0.08 else sample

    def _rendered(self, rng: np.random.Generator, pool: list[Sample]) -> Sample:
        """Render anew, or take one of the pool again."""
        mixture = self.mixture
        if pool and rng.random() >= 1 / mixture.reuse:
            return pool[int(rng.integers(len(pool)))]
        crop = mixture.renderer(rng, self.size, self.gsd, self._backgrounds)
        sample = Sample(crop.image, crop.target)
        if len(pool) < mixture.pool:
            pool.append(sample)
        else:
            pool[int(rng.integers(len(pool)))] = sample
        return sample


def _start_worker(_: int) -> None:
    """One thread a worker: the training step needs the others, and signals are its to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def make_loader(stream: SampleStream, batch: int, workers: int) -> DataLoader[Any]:
    """Batches of `stream`, made by `workers` processes (0: in this one)."""
    return DataLoader(
        stream,
        batch_size=batch,
        num_workers=workers,
        worker_init_fn=_start_worker,
        prefetch_factor=4 if workers else None,
        persistent_workers=workers > 0,
    )
