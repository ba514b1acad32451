"""The map tool "Digitise track" in a real QGIS: clicks, preview, keys, and what is stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from railmap.mapping import write_map
from tests.helpers import networks
from tests.helpers.line_scenes import X0, Y0
from tests.helpers.switch_image import LEG, SIZE, STRAIGHT, main_track, write_switch_image


@pytest.fixture(scope="module")
def told(in_qgis: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("two clicks")
    image = write_switch_image(folder / "switch.tif")
    path = folder / "轨道 map.gpkg"
    write_map(path, main_track(), networks.CRS, images=networks.images(), run=networks.run_record())

    def place(line: np.ndarray, x: float) -> list[float]:
        y = float(np.interp(x, line[:, 0], line[:, 1]))
        return [X0 + x, Y0 - SIZE[1] + y]

    places = {
        "from": place(STRAIGHT, 20.0),
        "to": place(LEG, 120.0),
        "nearer": place(LEG, 110.0),
        "extent": [X0, Y0 - SIZE[1] - 40.0, X0 + SIZE[0], Y0 + 40.0],
    }
    return in_qgis("digitise.py", path, image, json.dumps(places), "")


def test_it_says_what_is_missing(told: dict[str, Any]) -> None:
    said, active = told["no map"]
    assert active
    assert any("no railmap map in the project" in text for text in said)
    assert any("no raster shows both points" in text for text in told["no raster"]["said"])
    assert told["no raster"]["preview"] is None
    assert any("not saved" in text for text in told["unsaved"]["said"])


def test_two_clicks_show_the_track_that_is_missing(told: dict[str, Any]) -> None:
    assert told["started"]["start"]
    assert told["started"]["said"] == []
    # from the toe at 40 m, not from the click at 20 m
    assert told["found"]["preview"] == pytest.approx(80.5, abs=3.0)
    assert any("Enter keeps it" in text for text in told["found"]["said"])
    assert told["found"]["stored"] == [1, 0]
    dropped = told["dropped"]
    assert (dropped["preview"], dropped["start"]) == (None, True)
    assert told["again"]["preview"] == pytest.approx(70.5, abs=3.0)


def test_enter_stores_it_and_undo_takes_it_back(told: dict[str, Any]) -> None:
    kept = told["kept"]
    assert (kept["stored"], kept["features"]) == ([3, 3], 3)
    assert (kept["preview"], kept["start"]) == (None, False)
    assert any("m of track added" in text for text in kept["said"])
    undone = told["undone"]
    assert (undone["stored"], undone["features"]) == ([1, 0], 1)
    assert any("nothing to take back" in t for t in told["nothing to undo"]["said"])


def test_a_canvas_in_another_crs_works_alike(told: dict[str, Any]) -> None:
    assert told["other crs"]["inside"]
    assert told["kept there"]["stored"] == [3, 3]


def test_it_goes_with_the_map_and_the_plugin(told: dict[str, Any]) -> None:
    assert told["layer gone"] == [True, ""]
    assert told["unloaded"] == [[], []]
