"""Take the picture of the review panel again: ``python tests/qgis/review_picture.py``.

Needs QGIS, Xvfb, and railmap with its shipped model and the `synth` extra.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # for `tests`, as a program

from tests.qgis.window_picture import railmap, take_picture

# Coarse, and with the weakest pieces: much is doubtful.
SCENE = "--seed 2 --kind yard --gsd 0.3 --width 900 --height 600"


def prepare(folder: Path) -> dict[str, object]:
    """Make image and map."""
    image, tracks = folder / "ortho.tif", folder / "tracks.gpkg"
    railmap("synth", image, *SCENE.split())
    railmap("vectorize", image, "-o", tracks, "--min-confidence", "0")
    return {"image": str(image), "map": str(tracks)}


if __name__ == "__main__":
    sys.exit(take_picture("review_picture.py", "qgis_review.png", prepare))
