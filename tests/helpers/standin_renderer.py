"""A stand-in for the renderer: one bright band on grey, drawn in a millisecond."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from railmap.rendering import Crop
from railmap.training.data.tent import draw_tent


def render(
    rng: np.random.Generator, size: int, gsd: float, backgrounds: Sequence[object] = ()
) -> Crop:
    x0, x1 = rng.uniform(0, size, 2)
    target = draw_tent((size, size), [np.array([[x0, -5.0], [x1, size + 5.0]])], 2.6 / gsd)
    image = np.repeat((60 + target // 2)[..., None], 3, axis=2)
    return Crop(image.astype(np.uint8), target)
