"""`synth` and `vectorize`: with a network whose answers are known, and with the shipped one."""

from __future__ import annotations

from pathlib import Path

import pytest
import rasterio
import shapely

from tests.golden import golden_scene
from tests.golden.golden_files import Golden
from tests.golden.golden_inputs import SYNTH
from tests.golden.golden_rows import MASK, Rows, check_ids, map_rows, number_ids, only_objects
from tests.golden.golden_run import run

_TRACKS = ("alignment_segment", "railway_link", "railway_node", "net_relation")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a rendered scene and its truth."""
    folder = tmp_path_factory.mktemp("rendered")
    run(folder, "synth", "scene.tif", "--truth", "truth.gpkg", *SYNTH)
    return folder


def _picture(path: Path) -> Rows:
    """What a raster is, and the mean of every tenth of it."""
    with rasterio.open(path) as file:
        pixels = file.read()
        what = {
            "shape": pixels.shape, "dtype": file.dtypes[0], "crs": file.crs.to_string(),
            "transform": [float(value) for value in file.transform[:6]], "nodata": file.nodata,
            "bands": file.descriptions,
        }  # fmt: skip
        tags = {key: value for key, value in file.tags().items() if not key.endswith("SHA256")}
    bands, rows, cols = pixels.shape
    cells = pixels.reshape(bands, 10, rows // 10, 10, cols // 10).mean(axis=(2, 4), dtype=float)
    return [("raster", what), ("tags", tags), ("means", cells.round(3).tolist())]


def test_rendered_scene(golden: Golden, rendered: Path) -> None:
    # OpenCV and numpy may blur and draw by other instructions elsewhere: a grey or two.
    golden.rows(
        "synth",
        _picture(rendered / "scene.tif") + map_rows(rendered / "truth.gpkg"),
        tolerances={"means": 0.5},
    )


def test_known_network(golden: Golden, tmp_path: Path) -> None:
    from tests.golden.golden_models import bright_tracks

    model = bright_tracks(tmp_path / "bright.onnx", resolution_cm=5.0)
    image = golden_scene.image()[:, 320:920, :1200]  # 60 m x 30 m
    golden_scene.write(tmp_path / "image.tif", image, 0.05)
    done = run(
        tmp_path, "vectorize", "image.tif", "-o", "map.gpkg", "--probability", "p.tif",
        "--model", model.name, "--device", "cpu", "--precision", "fp32", "--threads", 1,
    )  # fmt: skip
    check_ids(tmp_path / "map.gpkg")
    rows = number_ids(map_rows(tmp_path / "map.gpkg"))
    for name, value in rows:
        if name == "processing_run":
            value["model_sha256"] = MASK  # ONNX may write the same model otherwise
    golden.rows(
        "vectorize_known",
        done.rows() + only_objects(rows) + _picture(tmp_path / "p.tif"),
        tolerances={"means": 0.02},
    )


def test_shipped_network(golden: Golden, rendered: Path) -> None:
    done = run(
        rendered, "vectorize", "scene.tif", "-o", "map.gpkg", "--device", "cpu",
        "--precision", "fp32", "--threads", 1,
    )  # fmt: skip
    check_ids(rendered / "map.gpkg")
    rows = number_ids(map_rows(rendered / "map.gpkg"))
    # Networks answer a little differently on every kind of CPU, so of the tracks only their number,
    # kinds and lengths are kept, and where each begins, is halfway and ends.
    rest = [row for row in rows if row[0] not in (*_TRACKS, "gpkg_contents")]
    golden.rows(
        "vectorize_shipped",
        done.rows() + rest + _shape(rows),
        tolerances={"total_length": 1.95, "length": 0.5, "places": 0.3},  # the first is 1 %
    )


def _shape(rows: Rows) -> Rows:
    links = [value for name, value in rows if name == "railway_link"]
    lines = [shapely.LineString([xy[:2] for xy in link["geom"][1]]) for link in links]
    places = [
        [shapely.get_coordinates(line.interpolate(at, normalized=True))[0].round(2).tolist()
         for at in (0.0, 0.5, 1.0)]
        for line in lines
    ]  # fmt: skip
    nodes = [value for name, value in rows if name == "railway_node"]
    return [
        ("relations", sum(name == "net_relation" for name, _ in rows)),
        ("nodes", [[node.get("form_of_node"), node.get("railway")] for node in nodes]),
        ("total_length", round(sum(line.length for line in lines), 2)),
        *(("length", round(line.length, 2)) for line in lines),
        *(("places", place) for place in places),
    ]
