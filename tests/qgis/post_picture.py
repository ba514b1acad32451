"""Take the picture of the kilometre post tool again: ``python tests/qgis/post_picture.py``.

Needs QGIS, Xvfb, and railmap with its shipped model and the `synth` extra.
"""

from __future__ import annotations

import sys
from pathlib import Path

import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # for `tests`, as a program

from railmap.mapping import read_map
from tests.qgis.digitise_picture import SCENE
from tests.qgis.window_picture import railmap, take_picture


def prepare(folder: Path) -> dict[str, object]:
    """Make image and map with lines, and a place on the longest one."""
    image, tracks = folder / "ortho.tif", folder / "tracks.gpkg"
    railmap("synth", image, *SCENE.split())
    railmap("vectorize", image, "-o", tracks)
    railmap("line", "auto", tracks)
    lines = read_map(tracks).layers["railway_line"]
    longest = lines.loc[lines.length.idxmax()].geom
    x, y = shapely.get_coordinates(longest.interpolate(0.4, normalized=True))[0]
    return {"image": str(image), "map": str(tracks), "place": [float(x), float(y)]}


if __name__ == "__main__":
    sys.exit(take_picture("post_picture.py", "qgis_post.png", prepare))
