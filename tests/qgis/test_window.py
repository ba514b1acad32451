"""The QGIS window under Xvfb: engine dialog, toolbox, Run button, the map that comes; pictures."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

_MAP = ["Switches and nodes", "Tracks", "Alignment", "Images"]
_TOOLBOX = [
    "Railmap",
    "Chainage, defects and scenes", "Add kilometre posts", "Add line", "Add lines automatically",
    "Attach events to tracks", "Classify railway photos", "Classify scenes along tracks",
    "Cut views along tracks", "Explain the scene of a photo", "Find route", "Locate by chainage",
    "Segment rail-surface defects", "Teach scenes",
    "Create the map", "Draw map over image", "Extract rail tracks", "Segment rail tracks",
    "Trace tracks from a mask",
    "Models", "Survey to map with chainage and events", "Survey to web map",
    "Use the map", "Check map", "Compare two surveys", "Evaluate against reference", "Export map",
    "Follow defects through surveys",
    "Heights from an elevation model", "Publish map", "Report on survey",
    "Take attributes from OpenStreetMap",
]  # fmt: skip


@pytest.mark.slow
def test_the_first_hour(
    qgis_environment: dict[str, str], image: Path, model: Path, tmp_path: Path
) -> None:
    from tests.qgis.qgis_pictures import take_pictures
    from tests.qgis.qgis_system import RAILMAP

    if shutil.which("qgis") is None or shutil.which("xvfb-run") is None:
        pytest.skip("no QGIS window on this system (Debian: apt install qgis xvfb)")
    environment = qgis_environment | {"RAILMAP_EXECUTABLE": str(RAILMAP)}
    lower = "500000,500090,5699955,5699980 [EPSG:25832]"
    told = take_pictures(environment, image, tmp_path, model, twice=lower)
    assert "error" not in told, told["error"]
    # Without an engine the window offers to set one up.
    assert told["loaded"] == [True, True]
    assert told["offered"] == ["Set up the engine…"]
    assert "The railmap engine is not set up" in told["status"]
    assert [text for text in told["toolbox"] if text != "Recently used"] == _TOOLBOX
    # Run brings the map as a group.
    good, results = told["ran"]
    assert good
    assert "2 links" in results["SUMMARY"]
    assert told["tree"] == {"Tracks: ortho": _MAP}
    # Maps are not mixed, and one that was replaced is reloaded.
    assert told["tracks"] == [2, 1]
    assert told["trees"] == {"Tracks: ortho": _MAP, "轨道": _MAP, "Tracks: ortho (2)": _MAP}
    for name in ("setup", "toolbox", "dialog", "result", "model"):
        assert told[f"colours of {name}"] > 50, name
