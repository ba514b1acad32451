"""Rendered images, rendered when they are first read and never written to disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from railmap.raster.types import PixelWindow
from railmap.rendering import Crop
from railmap.rendering.paint.ground import Background
from railmap.training.data.image import cut
from railmap.training.data.sample import TOP, Sample

__all__ = ["RenderedImage", "Renderer", "rendered_images"]

Renderer = Callable[[np.random.Generator, int, float, Sequence[Background]], Crop]


@dataclass(slots=True)
class RenderedImage:
    """An image that is rendered when it is first read.

    Parameters
    ----------
    renderer
        As `railmap.rendering.render_crop`.
    size, gsd
        Side in pixels and metres per pixel.
    seed
        Whole numbers; the same give the same pixels.
    target
        "tent" as rendered, or "mask": 1 from half height (sleeper width) on.
    keep
        Keep it in memory once it is rendered.
    has_track, site
        As for `LabelledImage`.
    """

    renderer: Renderer
    size: int
    gsd: float
    seed: tuple[int, ...]
    target: str = "tent"
    keep: bool = True
    has_track: bool = True
    site: str = ""
    _rendered: Sample | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Name for messages."""
        return "rendered " + "-".join(map(str, self.seed))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.size, self.size

    def read(self, window: PixelWindow) -> Sample:
        """Render the image if it is not in memory, and cut a window."""
        return cut(self.sample(), window)

    def centre(self, rng: np.random.Generator) -> tuple[float, float]:
        """Return the middle: a rendered image is a crop already."""
        return self.size / 2, self.size / 2

    def sample(self) -> Sample:
        """Return the whole image."""
        if self._rendered is not None:
            return self._rendered
        crop = self.renderer(np.random.default_rng(self.seed), self.size, self.gsd, ())
        target = crop.target
        if self.target == "mask":
            hard = np.where(target >= TOP / 2, np.uint8(TOP), np.uint8(0))
            target = np.where(target == 255, np.uint8(255), hard)
        sample = Sample(crop.image, target)
        if self.keep:
            self._rendered = sample
        return sample


def rendered_images(
    renderer: Renderer,
    count: int,
    size: int,
    gsd: float,
    *,
    seed: int,
    target: str = "tent",
    keep: bool = True,
) -> list[RenderedImage]:
    """Return `count` images that are rendered when they are read."""
    return [
        RenderedImage(
            renderer, size, gsd, (seed, number), target, keep, site=f"rendered {seed}-{number}"
        )
        for number in range(count)
    ]
