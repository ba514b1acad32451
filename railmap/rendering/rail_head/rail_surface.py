"""Render images of rail heads with the size of RSDDs and exact masks of defects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from railmap.rendering.rail_head.surface_background import BACKGROUNDS, sound_surface
from railmap.rendering.rail_head.surface_defects import SurfaceDefect, draw_defect, random_defect

__all__ = ["PAPER_RAILS", "RAIL_WIDTHS", "RailImage", "render_rail", "render_rails"]

RAIL_WIDTHS = {1: 160, 2: 55}  # pixels across, of the two types of RSDDs
# Heights of the rails, in strips of 100 rows: 709 and 1408 strips as in the paper.
PAPER_RAILS = {1: (*(11,) * 39, *(10,) * 28), 2: (11,) * 128}
_SCALE = {1: 15.0, 2: 10.0}  # typical extent of a defect, pixels
_SHARE = {1: (0.3, 0.4, 0.1, 0.2), 2: (0.25, 0.4, 0.15, 0.2)}
_DENSITY = 0.01  # share of pixels that are defects, after the paper


@dataclass(frozen=True)
class RailImage:
    """A rendered rail.

    Parameters
    ----------
    image
        ``(rows, width)`` uint8.
    mask
        ``(rows, width)`` bool: pixels of defects.
    defects
        The rendered defects.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    defects: tuple[SurfaceDefect, ...]


def render_rail(
    seed: int, rows: int, kind: int = 1, defects: Sequence[SurfaceDefect] | None = None
) -> RailImage:
    """Render one rail.

    Parameters
    ----------
    seed
        The same seed gives the same rail. The surface does not depend on the defects, so a series
        of surveys is rendered with the same seed and growing `defects`.
    rows
        Height, pixels.
    kind
        Type 1 (160 wide) or 2 (55 wide).
    defects
        Defects to render; None samples at least one, of about 1 % of the pixels.
    """
    rng = np.random.default_rng([seed, rows, kind])
    width = RAIL_WIDTHS[kind]
    grey = sound_surface(rng, rows, width, BACKGROUNDS[kind])
    mask = np.zeros(grey.shape, bool)
    exposure = rng.uniform(0.8, 1.2)
    noise = rng.standard_normal(grey.shape) * rng.uniform(1.0, 3.0)
    drawn = list(defects or ())
    for defect in drawn:
        draw_defect(grey, mask, defect)
    if defects is None:
        wanted = _DENSITY * mask.size * rng.gamma(4.0, 0.25)
        while not drawn or mask.sum() < wanted:
            drawn.append(random_defect(rng, rows, width, _SCALE[kind], _SHARE[kind]))
            draw_defect(grey, mask, drawn[-1])
    seen = ndimage.gaussian_filter(grey, 0.5) * exposure + noise
    return RailImage(np.clip(np.rint(seen), 0, 255).astype(np.uint8), mask, tuple(drawn))


def render_rails(seed: int, kind: int, strips: Sequence[int] | None = None) -> list[RailImage]:
    """Render a set of rails.

    Parameters
    ----------
    seed
        Seed of the set.
    kind
        Type 1 or 2.
    strips
        Height of each rail in strips of 100 rows; `PAPER_RAILS` if None.
    """
    heights = PAPER_RAILS[kind] if strips is None else strips
    return [render_rail(seed * 10007 + i, 100 * n, kind) for i, n in enumerate(heights)]
