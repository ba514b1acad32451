"""Rendered pictures, made when they are first read and never written to disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from railmap.raster.types import PixelWindow
from railmap.rendering import Crop
from railmap.rendering.paint.ground import Background
from railmap.training.data.picture import cut
from railmap.training.data.sample import TOP, Sample

__all__ = ["RenderedPicture", "Renderer", "rendered_pictures"]

Renderer = Callable[[np.random.Generator, int, float, Sequence[Background]], Crop]


@dataclass(slots=True)
class RenderedPicture:
    """One rendered scene, made when it is first read.

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
        Keep it in memory once it is made.
    has_track, scene
        As for `Picture`.
    """

    renderer: Renderer
    size: int
    gsd: float
    seed: tuple[int, ...]
    target: str = "tent"
    keep: bool = True
    has_track: bool = True
    scene: str = ""
    _made: Sample | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Name for messages."""
        return "rendered " + "-".join(map(str, self.seed))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.size, self.size

    def read(self, window: PixelWindow) -> Sample:
        """Render if need be, then cut."""
        return cut(self.sample(), window)

    def centre(self, rng: np.random.Generator) -> tuple[float, float]:
        """The middle: a rendered picture is a crop already."""
        return self.size / 2, self.size / 2

    def sample(self) -> Sample:
        """The whole picture."""
        if self._made is not None:
            return self._made
        crop = self.renderer(np.random.default_rng(self.seed), self.size, self.gsd, ())
        target = crop.target
        if self.target == "mask":
            hard = np.where(target >= TOP / 2, np.uint8(TOP), np.uint8(0))
            target = np.where(target == 255, np.uint8(255), hard)
        made = Sample(crop.image, target)
        if self.keep:
            self._made = made
        return made


def rendered_pictures(
    renderer: Renderer,
    count: int,
    size: int,
    gsd: float,
    *,
    seed: int,
    target: str = "tent",
    keep: bool = True,
) -> list[RenderedPicture]:
    """Give `count` pictures of which none is made yet."""
    return [
        RenderedPicture(
            renderer, size, gsd, (seed, number), target, keep, scene=f"rendered {seed}-{number}"
        )
        for number in range(count)
    ]
