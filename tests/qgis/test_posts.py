"""The map tool "Add kilometre posts by clicks" in a real QGIS."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from railmap.mapping.referencing.lines import auto_lines
from railmap.mapping.review.decisions import take_back
from railmap.mapping.review.new_post import add_post, lines_at

# On the straight track of the image, 50 m apart, and where no track is.
PLACES = {
    "near": [500020.0, 5699971.0],
    "far": [500080.0, 5699971.0],
    "middle": [500050.0, 5699971.0],
    "outside": [500050.0, 5699900.0],
    "extent": [499990.0, 5699880.0, 500100.0, 5700010.0],
}


@pytest.fixture(scope="module")
def told(
    in_qgis: Callable[..., Any], cli_map: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    path = Path(shutil.copy(cli_map, tmp_path_factory.mktemp("posts") / "轨道 map.gpkg"))
    auto_lines(path)
    # So that the layer of posts is there, without a post.
    (line, *_) = lines_at(path, (500050.0, 5699971.0))
    take_back(path, add_post(path, line.line_id, (500050.0, 5699971.0), "1").journal)
    return in_qgis("posts.py", path, json.dumps(PLACES), "")


def test_a_click_asks_for_the_kilometre_of_the_lines_there(told: dict[str, Any]) -> None:
    first = told["first"]
    ((*lines,),) = first["asked"]
    assert any("now km 0.0" in line for line in lines)
    assert first["posts"] == 1
    assert first["line"][0] == "posts"
    assert any("12.4" in text and "U takes it back" in text for text in first["said"])
    assert not first["marker"]
    assert "Kilometre posts" in first["layers"]


def test_two_posts_calibrate_the_line(told: dict[str, Any]) -> None:
    second = told["second"]
    assert second["posts"] == 2
    assert second["line"][1:] == pytest.approx([12380.0, 12470.0], abs=1.0)


def test_what_is_wrong_is_said_and_changes_nothing(told: dict[str, Any]) -> None:
    for name, words in (("wrong", "twelve"), ("outside", "no line within 30 m")):
        assert any(words in text for text in told[name]["said"]), told[name]
    for name in ("wrong", "cancelled", "outside"):
        assert told[name]["line"] == told["second"]["line"]
        assert (told[name]["posts"], told[name]["marker"]) == (2, False)
    assert told["cancelled"]["said"] == []


def test_undo_takes_the_last_post_back(told: dict[str, Any]) -> None:
    assert told["undone"]["posts"] == 1
    assert told["undone"]["line"] == told["first"]["line"]
    assert told["unloaded"] == [[], []]
