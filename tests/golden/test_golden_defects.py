"""`defects` with a network whose answers are known, exactly; with the shipped one, nearly."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.golden import golden_events, golden_scene
from tests.golden.golden_files import Golden
from tests.golden.golden_inputs import unpack
from tests.golden.golden_rows import Rows, map_rows, number_ids
from tests.golden.golden_run import run

_SPOTS = {
    "r1.png": [(100.0, 170.0, 20.0, 10.0), (250.0, 130.0, 8.0, 25.0)],
    "r2.png": [],
    "r10.png": [(300.0, 200.0, 12.0, 12.0)],
}
_MAP = "map.gpkg"


def _images(folder: Path) -> str:
    (folder / "run 1").mkdir()
    for name, spots in _SPOTS.items():
        Image.fromarray(golden_scene.rail_surface(spots)).save(folder / "run 1" / name)
    return "run 1"


def _defects(folder: Path, *options: object) -> Rows:
    images = _images(folder)
    done = run(folder, "defects", images, "-o", "d.gpkg", "--threads", 1, *options)
    # The ids hang on the folder and the time of the images.
    return done.rows() + number_ids(map_rows(folder / "d.gpkg"))


def test_known_network_onto_the_map(golden: Golden, tmp_path: Path) -> None:
    from tests.golden.golden_models import dark_defects

    model = dark_defects(tmp_path / "dark.onnx")
    golden_events.add_line(tmp_path, unpack("survey1.gpkg", tmp_path / _MAP).name)
    rows = _defects(
        tmp_path, "--model", model.name, "--to", _MAP, "--line", golden_events.REF,
        "--start-km", 12.41, "--rail", "right", "--row-mm", 10, "--date", "2026-05-01",
        "--report", "report.html",
    )  # fmt: skip
    placed = [row for row in map_rows(tmp_path / _MAP) if row[0].startswith("defect")]
    golden.rows("defects_known", rows + [("map", row) for row in number_ids(placed)])
    assert (tmp_path / "report.html").read_text(encoding="utf-8").count("<article") == 3


def test_shipped_network(golden: Golden, tmp_path: Path) -> None:
    rows = _defects(tmp_path, "--quick")
    # Networks answer a little differently on every kind of CPU, so outlines may move by a pixel
    # or two, and have more or fewer corners.
    rows = [(name, value) for name, value in rows if name != "outline"]
    golden.rows(
        "defects_shipped",
        rows,
        tolerances={
            "confidence": 0.02, "px_": 2.0, "_m$": 0.001, "area_mm2": 8.0, "gpkg_contents": 2.0,
        },
    )  # fmt: skip
