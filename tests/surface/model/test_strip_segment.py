"""Networks of strips: any width of rail, strips joined without seams, errors in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from railmap.errors import InputError, ModelError
from railmap.models.export.write import write_model
from railmap.models.package import describe_model
from railmap.rendering.rail_head.rail_surface import render_rail
from railmap.surface.job.scale import HEAD_WIDTH_MM
from railmap.surface.model.segment import DefectSegmenter
from railmap.surface.model.strip_segment import StripSegmenter, open_segmenter
from tests.helpers.commands import run_command

COLUMNS = 55


def write_dark_finder(path: Path, *, forgets_its_ends: bool = False) -> Path:
    """A network by hand: the probability falls from 1 at grey 70 to 0 at grey 90.

    If it `forgets_its_ends`, it sees less and less towards the first and the last row of a strip,
    as networks with padding do.
    """
    rows = np.ones((1, 1, 100, 1), np.float32)
    if forgets_its_ends:
        rows[0, 0, :, 0] = np.clip(np.minimum(np.arange(100), 99 - np.arange(100)) / 30, 0, 1)
    values = {"level": np.float32(90), "step": np.float32(20), "zero": np.float32(0),
              "one": np.float32(1), "rows": rows}  # fmt: skip
    graph = helper.make_graph(
        [
            helper.make_node("Sub", ["level", "strip"], ["a"]),
            helper.make_node("Div", ["a", "step"], ["b"]),
            helper.make_node("Clip", ["b", "zero", "one"], ["c"]),
            helper.make_node("Mul", ["c", "rows"], ["probability"]),
        ],
        "dark",
        [helper.make_tensor_value_info("strip", TensorProto.FLOAT, ["N", 1, 100, COLUMNS])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["N", 1, 100, COLUMNS])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    metadata = {
        "railmap_kind": "railmap-defects", "network": "by-hand", "model_type": "Segmentor",
        "class_names": ["defect"], "region_rule": {"sure": 0.5, "edge": 0.5, "cells": 1},
        "strip_rows": 100, "strip_columns": COLUMNS,
    }  # fmt: skip
    write_model(model, path, metadata)
    assert onnx.load(path).graph.name == "dark"
    return path


@pytest.fixture(scope="module")
def dark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dark_finder(tmp_path_factory.mktemp("strip") / "dark.onnx")


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> StripSegmenter:
    path = tmp_path_factory.mktemp("strip") / "ends.onnx"
    found = open_segmenter(write_dark_finder(path, forgets_its_ends=True), threads=1)
    assert isinstance(found, StripSegmenter)
    return found


def rail(width: int, beside: int) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """A rail head with one dark defect, `width` pixels wide, and what the defect covers."""
    head = np.maximum(render_rail(3, 400, 1, defects=()).image, 110).astype(np.uint8)
    head[180:220, 60:100] = 30
    scale = width / head.shape[1]
    size = (width, round(400 * scale))
    scaled = np.asarray(Image.fromarray(head).resize(size, Image.Resampling.BOX))
    rng = np.random.default_rng(1)
    ground = rng.normal(14, 3, (size[1], width + 2 * beside)).clip(4, 40).astype(np.uint8)
    ground[:, beside : beside + width] = scaled
    return ground, (180 * scale, 220 * scale, beside + 60 * scale, beside + 100 * scale)


@pytest.mark.parametrize(
    ("width", "beside"), [(55, 0), (160, 0), (120, 60), (330, 170), (700, 300)]
)
def test_a_defect_is_found_on_a_rail_of_any_width(dark: Path, width: int, beside: int) -> None:
    image, (top, bottom, left, right) = rail(width, beside)
    segmenter = open_segmenter(dark, threads=1)
    found = segmenter(image)
    assert (found.rail is None) == (beside == 0)
    assert found.classes is None
    mask = found.probability > segmenter.threshold
    head = mask.copy()
    head[:, : beside + width // 8] = False
    head[:, beside + width - width // 8 :] = False
    rows, columns = np.nonzero(head)
    slack = 1 + 1.5 * width / COLUMNS
    assert rows.min() == pytest.approx(top, abs=slack)
    assert rows.max() + 1 == pytest.approx(bottom, abs=slack)
    assert columns.min() == pytest.approx(left, abs=slack)
    assert columns.max() + 1 == pytest.approx(right, abs=slack)


@pytest.mark.parametrize("rows", [40, 99, 100, 101, 150, 430, 777])
def test_strips_join_without_seams(forgetful: StripSegmenter, rows: int) -> None:
    """What each strip forgets at its ends, its neighbour sees: the join is smooth and certain."""
    found = forgetful.strip_probability(np.full((rows, COLUMNS), 60, np.uint8))
    assert found.shape == (rows, COLUMNS)
    if rows > 100:
        assert found[31:-31].min() > 0.75  # a strip alone falls to 0
    assert np.abs(np.diff(found, axis=0)).max() < 0.06


def test_no_row_without_image_has_a_defect(dark: Path) -> None:
    image, _ = rail(160, 0)
    image[300:340] = 0
    segmenter = open_segmenter(dark, threads=1)
    rows = np.flatnonzero((segmenter(image).probability > segmenter.threshold).any(axis=1))
    assert not ((rows > 304) & (rows < 335)).any()
    assert (rows < 230).any()


def test_a_rail_that_is_too_narrow_is_one_line(tmp_path: Path) -> None:
    path = write_dark_finder(tmp_path / "wide.onnx")
    segmenter = open_segmenter(path, threads=1)
    segmenter._strip = type(segmenter._strip)(100, 1600)  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="55 pixels wide; the network takes 1600 and needs 400"):
        segmenter(rail(55, 0)[0], "narrow.png")


def test_models_are_told_apart(dark: Path, tmp_path: Path) -> None:
    assert describe_model(dark)["strip"] == {"rows": 100, "columns": COLUMNS}
    with pytest.raises(ModelError, match="strips of the head only"):
        DefectSegmenter(dark, threads=1)
    assert isinstance(open_segmenter("defects", threads=1), DefectSegmenter)
    answer = run_command("defects", tmp_path, "-o", tmp_path / "d.gpkg", "--model", "tracks")
    assert answer.code == 4
    assert "is a model of railway tracks, not of rail-surface defects" in answer.line


def test_the_command_takes_it(dark: Path, tmp_path: Path) -> None:
    image, _ = rail(330, 170)
    Image.fromarray(image).save(tmp_path / "rail.png")
    out = tmp_path / "d.gpkg"
    answer = run_command("defects", tmp_path / "rail.png", "-o", out, "--model", dark)
    assert answer.code == 0, answer.err
    import pyogrio

    areas = pyogrio.read_dataframe(out, layer="defect")["area_mm2"].to_numpy()
    # a quarter of the head's width, square; the dark ground beside the head may count too
    side = HEAD_WIDTH_MM / 4
    assert np.abs(areas / side**2 - 1).min() < 0.2
