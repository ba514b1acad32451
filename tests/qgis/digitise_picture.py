"""Take the picture of the map tool again: ``python tests/qgis/digitise_picture.py``.

Needs QGIS, Xvfb, and railmap with its shipped model and the `synth` extra.
"""

from __future__ import annotations

import sys
from pathlib import Path

import shapely

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # for `tests`, as a program

from railmap.mapping import read_map
from railmap.mapping.review.journal import Journal
from railmap.mapping.review.removal import remove_link
from railmap.mapping.store.editing import edit_map
from tests.qgis.window_picture import railmap, take_picture

SCENE = "--seed 1 --kind yard --gsd 0.1 --width 1200 --height 1200"


def prepare(folder: Path) -> dict[str, object]:
    """Make image and map, which then lacks its longest link that begins at a switch."""
    image, tracks = folder / "ortho.tif", folder / "tracks.gpkg"
    railmap("synth", image, *SCENE.split())
    railmap("vectorize", image, "-o", tracks)
    content = read_map(tracks)
    switches = set(content.nodes[content.nodes["degree"] == 3]["node_id"])
    links = content.links
    leg = links[links["start_node"].isin(switches) ^ links["end_node"].isin(switches)]
    lost = leg.loc[leg["length_m"].idxmax()]
    with edit_map(tracks) as sql:
        remove_link(sql, Journal(), lost["link_id"])
    clicks = [lost.geom.interpolate(share, normalized=True) for share in (0.06, 0.94)]
    return {
        "image": str(image),
        "map": str(tracks),
        "clicks": [list(shapely.get_coordinates(point)[0]) for point in clicks],
    }


if __name__ == "__main__":
    sys.exit(take_picture("digitise_picture.py", "qgis_digitise.png", prepare))
