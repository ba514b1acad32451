"""The function `evaluate`, its files and its picture."""

from __future__ import annotations

import json

import numpy as np
import pytest
import rasterio
from affine import Affine

from railmap.errors import InputError, OutputError, RasterError, UsageError
from railmap.evaluation import as_table, evaluate, evaluate_lines, render_evaluation
from railmap.evaluation.picture import COLOURS, draw_evaluation
from tests.helpers.commands import run_command


@pytest.fixture
def scores(tracks):
    truth = tracks([(0, 0), (100, 0)], [(0, 20), (100, 20)])
    predicted = tracks([(0, 0.1), (100, 0.1)], [(0, 50), (100, 50)])
    return evaluate_lines(predicted, truth)


@pytest.fixture
def image(tmp_path):
    def write(crs="EPSG:25832", dtype="uint8", count=3):
        path = tmp_path / f"ortho_{count}_{dtype}.tif"
        with rasterio.open(
            path, "w", driver="GTiff", width=240, height=160, count=count, dtype=dtype, crs=crs,
            transform=Affine(0.5, 0, 499_990, 0, -0.5, 5_700_065),
        ) as file:  # fmt: skip
            file.write(np.full((count, 160, 240), 100, dtype))
        return path

    return write


def near(picture, colour, limit=60):
    return (np.abs(picture.astype(int) - np.array(colour)).sum(axis=2) < limit).any(axis=1)


def test_json_has_everything_and_no_nan(tmp_path, tracks):
    truth = tracks([(0, 0), (100, 0)])
    out = tmp_path / "scores.json"
    found = evaluate(tracks(), truth, out_json=out)
    values = json.loads(out.read_text())
    assert values["tolerances"][0]["completeness"] == 0.0
    assert values["tolerances"][0]["correctness"] is None
    assert values["truth_m"] == pytest.approx(100)
    assert values["apls"]["apls"] == 0.0
    assert values["crs"] == "EPSG:25832"
    assert values == found.to_dict()
    assert list(tmp_path.iterdir()) == [out]


def test_markdown_and_terminal_tables(tracks):
    truth = tracks([(0, 0), (100, 0)])
    found = evaluate(tracks([(0, 0.2), (50, 0.2)]), truth)
    text = found.to_markdown()
    assert "| completeness | 0.000 | 0.500 | 0.500 | 0.500 |" in text
    assert "| cross-track RMSE (m) | – | 0.200 | 0.200 | 0.200 |" in text
    table, _ = as_table(found.lines, found.nodes, found.apls, found.reach)
    assert [column.header for column in table.columns][1:] == ["0.1 m", "0.25 m", "0.5 m", "1 m"]
    assert table.row_count == 14


def test_picture_shows_each_status_at_its_position(scores):
    picture = draw_evaluation(scores, tolerance=0.5, max_size=400)
    assert max(picture.shape[:2]) in (400, 401)
    rows = {name: np.flatnonzero(near(picture, colour)) for name, colour in COLOURS.items()}
    assert rows["false"].max() < rows["missed"].min() < rows["matched"].min()
    assert len(rows["duplicate"]) == 0


def test_picture_on_an_image_takes_its_extent(scores, image):
    picture = draw_evaluation(scores, image=image())
    assert picture.shape == (480, 720, 3)  # a small image is enlarged by a whole number
    # y = 0.1 is 64.9 m below the upper edge, at row 3 * 130.
    assert near(picture, COLOURS["matched"])[386:394].any()
    assert not near(picture, COLOURS["matched"])[:360].any()
    assert draw_evaluation(scores, image=image(dtype="uint16", count=1)).shape == (480, 720, 3)
    assert max(draw_evaluation(scores, image=image(), max_size=100).shape) == 100


def test_png_is_written_whole_and_the_same_twice(tmp_path, scores):
    for name in ("a.png", "b.png"):
        render_evaluation(scores, tmp_path / name)
    with rasterio.open(tmp_path / "a.png") as file:
        assert (file.driver, file.count) == ("PNG", 3)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "b.png"]


def test_output_rules(tmp_path, tracks):
    line = tracks([(0, 0), (100, 0)])
    path = tmp_path / "tracks.gpkg"
    line.to_file(path, driver="GPKG")
    with pytest.raises(OutputError):
        evaluate(path, line, out_json=path, overwrite=True)
    there = tmp_path / "scores.json"
    there.write_text("old")
    with pytest.raises(OutputError, match="exists"):
        evaluate(path, line, out_json=there)
    assert there.read_text() == "old"
    evaluate(path, line, out_json=there, overwrite=True)
    assert there.read_text() != "old"


def test_picture_errors(tmp_path, tracks, scores):
    with pytest.raises(UsageError, match="no score"):
        draw_evaluation(scores, tolerance=0.3)
    with pytest.raises(RasterError, match="cannot be shown"):
        draw_evaluation(scores, image=tmp_path / "nothing.tif")
    line = tracks([(0, 0), (10, 0)])
    x, y = line.geometry.iloc[0].coords[0]
    from shapely import box

    nothing = evaluate_lines(line, line, ignore=box(x - 50, y - 50, x + 50, y + 50))
    with pytest.raises(InputError, match="no line to draw"):
        draw_evaluation(nothing)


def test_picture_tolerance_was_evaluated(tmp_path, tracks):
    line = tracks([(0, 0), (100, 0)])
    evaluate(line, line, tolerances=[0.2, 0.3], out_png=tmp_path / "p.png")
    assert (tmp_path / "p.png").exists()


def test_command(tmp_path, tracks):
    truth, predicted = tmp_path / "truth.gpkg", tmp_path / "predicted.gpkg"
    tracks([(0, 0), (100, 0)]).to_file(truth, driver="GPKG")
    tracks([(0, 0.2), (100, 0.2)]).to_file(predicted, driver="GPKG")
    scores = tmp_path / "s.json"
    done = run_command("evaluate", predicted, truth, "--tolerance", 0.25, "--scores", scores)
    assert done.code == 0
    assert "completeness" in done.out + done.err
    assert json.loads(scores.read_text())["tolerances"][0]["quality"] == 1.0
    failed = run_command("evaluate", predicted, tmp_path / "none.gpkg")
    assert failed.code == 3
    assert "no such file" in failed.line
