"""The inputs that are kept: two maps and a probability raster, made by version 0.1.0.

They are inputs, not results: ``--renew-golden`` leaves them as they are, so that what was written
by an earlier version stays readable. ``python tests/golden/golden_inputs.py`` makes new ones; all
goldens that hang on them must then be renewed.
"""

from __future__ import annotations

import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np
import rasterio

from tests.golden import golden_scene
from tests.golden.golden_files import DATA
from tests.golden.golden_run import run

_ARCHIVE = DATA / "inputs.tar.xz"
# What `railmap synth` is given for the picture that the probability was made from.
SYNTH = ("--seed", 1, "--kind", "diamond", "--gsd", 0.1, "--width", 600, "--height", 600)
_KNOWN = (
    "UPDATE railway_link SET ref = '6185', name = 'Köln–Öst', usage = 'main',"
    " electrified = '{electrified}', maxspeed = '{speed}' WHERE fid IN ({main})",
    "UPDATE railway_link SET service = 'siding', track_ref = '2', bridge = 1, layer = 1"
    " WHERE fid IN ({siding})",
)
# What no image shows, of the first and the second survey; the numbers are rows of railway_link.
_SURVEYS = (
    {"electrified": "no", "speed": "80", "main": "5, 6, 8", "siding": "3, 9"},
    {"electrified": "contact_line", "speed": "100", "main": "3, 4", "siding": "2"},
)


def unpack(name: str, path: Path) -> Path:
    """Write ``survey1.gpkg``, ``survey2.gpkg`` or ``probability.tif`` to `path`."""
    with tarfile.open(_ARCHIVE) as archive:
        file = archive.extractfile(name)
        assert file is not None
        path.write_bytes(file.read())
    return path


def _make_survey(folder: Path, number: int) -> None:
    raster = golden_scene.write(
        folder / f"survey{number}.tif", golden_scene.mask(later=number == 2), 0.15
    )
    path = raster.with_suffix(".gpkg")
    run(folder, "trace", raster.name, "-o", path.name)
    with closing(sqlite3.connect(path)) as sql, sql:
        for name in ("MinX", "MinY", "MaxX", "MaxY", "IsEmpty"):  # of the index's triggers
            sql.create_function(f"ST_{name}", 1, lambda _: 0)
        for statement in _KNOWN:
            sql.execute(statement.format(**_SURVEYS[number - 1]))


def _make_probability(folder: Path) -> None:
    """Keep what the network gives in steps of six, and nothing below 12: a third of the room."""
    run(folder, "synth", "scene.tif", *SYNTH)
    run(folder, "segment", "scene.tif", "-o", "p.tif", "--precision", "fp32")
    with rasterio.open(folder / "p.tif") as file:
        values, profile, tags = file.read(1), file.profile, file.tags()
        description = file.descriptions[0]
    assert not (values == 255).any()
    values = np.where(values < 12, 0, np.minimum((values.astype(int) + 3) // 6 * 6, 252))
    profile |= {"compress": None, "tiled": False}
    with rasterio.open(folder / "probability.tif", "w", **profile) as file:
        file.write(values.astype(np.uint8), 1)
        file.update_tags(**tags)
        file.set_band_description(1, description)


def main() -> None:
    """Make all three again."""
    DATA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in (1, 2):
            _make_survey(folder, number)
        _make_probability(folder)
        with tarfile.open(_ARCHIVE, "w:xz", preset=9) as archive:
            for kept in ("survey1.gpkg", "survey2.gpkg", "probability.tif"):
                entry = tarfile.TarInfo(kept)
                entry.size = (folder / kept).stat().st_size
                with (folder / kept).open("rb") as file:
                    archive.addfile(entry, file)


if __name__ == "__main__":
    main()
