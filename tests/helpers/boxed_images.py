"""A folder of images with boxes, as the published sets of rail surfaces are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def write_boxed_images(folder: Path) -> Path:
    """Ten images of 1000 x 800, two to validate on; the rail is 440 columns about column 400."""
    rng = np.random.default_rng(0)
    for part in ("images", "labels_3class", "labels_8class"):
        (folder / part).mkdir()
    for i in range(10):
        image = rng.normal(6, 2, (800, 1000))
        image[:, 180:620] = rng.normal(110, 12, (800, 440))
        image[380:420, 380:420] = 15
        Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(folder / f"images/{i}.png")
        (folder / f"labels_3class/{i}.txt").write_text(
            "0 0.4 0.5 0.06 0.075\n1 0.3 0.25 0.05 0.1\n"
        )
        # the fine labels lack the dirt and come in another order
        (folder / f"labels_8class/{i}.txt").write_text("5 0.401 0.5 0.06 0.075\n")
    names = [f"{i}.png" for i in range(10)]
    (folder / "train.txt").write_text("\n".join(names[:8]))
    (folder / "val.txt").write_text("\n".join(names[8:]) + "\n")
    return folder
