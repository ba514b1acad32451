"""A part of `benchmarks/fuzz`: files that failed once, and some mutations of each format."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from railmap.errors import RailmapError

FUZZ = Path(__file__).parents[2] / "benchmarks" / "fuzz"


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict]:
    sys.path.insert(0, str(FUZZ))
    try:
        from targets import make_targets

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RAILMAP_VRT_FOLDERS", "")
            yield {one.name: one for one in make_targets(tmp_path_factory.mktemp("fuzz"))}
    finally:
        sys.path.remove(str(FUZZ))


NAMES = ("tiff", "vrt", "gpkg", "csv", "geojson", "events gpkg", "gpx", "osm", "onnx", "photo",
         "png", "zip")  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_hostile_files_are_refused_in_one_line(targets: dict, tmp_path: Path, name: str) -> None:
    sys.path.insert(0, str(FUZZ))
    try:
        from mutate import mutate
    finally:
        sys.path.remove(str(FUZZ))
    target = targets[name]
    path = tmp_path / f"tried{target.suffix}"
    pick = random.Random(name)
    mutations = [mutate(pick.choice(target.seeds), pick, text=target.text) for _ in range(20)]
    read, refused = 0, []
    for content in (*target.seeds, *target.whole, *mutations):
        path.write_bytes(content)
        try:
            target.read(path)
            read += 1
        except RailmapError as error:
            refused.append(error)
    assert read  # the seeds are whole
    assert {error.exit_code for error in refused} <= {2, 3, 4}
    assert all(path.name in str(error) or "events.csv" in str(error) for error in refused)
