"""A folder of images with boxes, as the published sets of rail surfaces are."""

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def boxed_folder(tmp_path):
    """Two images 1000 x 800 with a rail of 440 columns about column 400."""
    rng = np.random.default_rng(0)
    for part in ("images", "labels_3class", "labels_8class"):
        (tmp_path / part).mkdir()
    for i in range(10):
        image = rng.normal(6, 2, (800, 1000))
        image[:, 180:620] = rng.normal(110, 12, (800, 440))
        image[380:420, 380:420] = 15
        Image.fromarray(image.clip(0, 255).astype(np.uint8)).save(tmp_path / f"images/{i}.png")
        (tmp_path / f"labels_3class/{i}.txt").write_text(
            "0 0.4 0.5 0.06 0.075\n1 0.3 0.25 0.05 0.1\n"
        )
        # the fine labels lack the dirt and come in another order
        (tmp_path / f"labels_8class/{i}.txt").write_text("5 0.401 0.5 0.06 0.075\n")
    names = [f"{i}.png" for i in range(10)]
    (tmp_path / "train.txt").write_text("\n".join(names[:8]))
    (tmp_path / "val.txt").write_text("\n".join(names[8:]) + "\n")
    return tmp_path
