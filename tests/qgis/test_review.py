"""The review panel in a real QGIS: keys, decisions in the map, and what it says on faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from railmap.mapping import write_map
from railmap.mapping.store.types import QaIssue
from tests.helpers import networks


def write_doubtful_map(path: Path) -> Path:
    """A junction with two doubtful tracks and three issues."""
    network = networks.junction()
    network.links[2].confidence = 0.3
    issues: list[QaIssue] = networks.issues()
    write_map(
        path, network, networks.CRS, images=networks.images(), run=networks.run_record(), qa=issues
    )
    return path


@pytest.fixture(scope="module")
def told(in_qgis: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    from tests.qgis.qgis_system import write_fake_engine

    folder = tmp_path_factory.mktemp("review")
    source = write_doubtful_map(folder / "source.gpkg")
    broken = write_fake_engine(
        folder / "railmap", "sys.stderr.write('no memory\\n')\nsys.exit(1)\n"
    )
    return in_qgis("review.py", source, folder, broken)


def test_it_is_offered_and_taken_back(told: dict[str, Any]) -> None:
    tools = ["Review map", "Digitise track", "Add kilometre posts by clicks"]
    assert told["offered"] == [["Set up the engine…", *tools], tools]
    assert told["unloaded"] == [[], []]


def test_entries_are_listed_zoomed_to_and_coloured(told: dict[str, Any]) -> None:
    assert told["listed"]["progress"] == "0 of 5"
    assert told["listed"]["title"] == "1. hole (error)"
    assert told["listed"]["bands"] == 5
    assert told["zoomed"]
    assert told["order"] == [
        ["hole", None], ["doubtful_track", 0.3], ["doubtful_track", 0.45], ["crossing", None],
        ["gap", None],
    ]  # fmt: skip
    assert len(set(told["hue"])) == 3


def test_keys_work_only_in_the_panel(told: dict[str, Any]) -> None:
    assert told["keys"] == [1, 2, 1, 0]
    assert told["elsewhere"]["links"] == 9
    assert {status for _, status in told["elsewhere"]["issues"]} == {"open"}


def test_decisions_are_stored_and_taken_back(told: dict[str, Any]) -> None:
    (said,) = told["not a track"]["said"]
    assert "not about one track" in said
    assert told["fixed"]["title"] == "2. Track, confidence 0.30"
    assert told["fixed"]["progress"] == "1 of 5"
    rejected = told["rejected"]
    assert (rejected["links"], rejected["features"], rejected["bands"]) == (8, 8, 3)
    assert ["rejected_track", "accepted"] in rejected["issues"]
    assert rejected["progress"] == "2 of 5"
    undone = told["undone"]
    assert (undone["links"], undone["progress"]) == (9, "1 of 5")
    assert undone["title"] == "2. Track, confidence 0.30"
    accepted = told["accepted"]
    assert (accepted["links"], accepted["edited"], accepted["progress"]) == (8, 1, "3 of 5")
    assert accepted["rule"] == "crossing"


def test_faults_are_said_and_nothing_is_lost(told: dict[str, Any]) -> None:
    assert any("no railmap map in the project" in text for text in told["no map"]["said"])
    assert any("another program is writing" in text for text in told["held"]["said"])
    assert told["held"]["progress"] == "3 of 5"
    assert any("not saved" in text for text in told["unsaved"]["said"])
    assert any("Nothing to review" in text for text in told["nothing"]["said"])
    assert any("The file of the map is gone" in text for text in told["file gone"]["said"])
    gone = told["layer gone"]
    assert any("no longer in the project" in text for text in gone["said"])
    assert gone["engine"]
    assert gone["same"]
    assert gone["bands"] == 0
    assert told["after"]["said"] == []
    assert any("has ended: no memory" in text for text in told["broken"]["said"])
    assert any("does not run" in text for text in told["no engine"]["said"])


def test_saving_an_edit_decides(told: dict[str, Any]) -> None:
    assert told["editing"][:2] == [True, 1]
    assert told["edited"]["progress"] == "4 of 5"
    assert ["crossing", "fixed"] in told["edited"]["issues"]
    assert told["all"]["progress"] == "5 of 5"
    assert "Everything is reviewed." in told["all"]["said"]


def test_labels_are_written(told: dict[str, Any]) -> None:
    there, said = told["labels"]
    assert there
    assert any("2 accepted and 1 rejected" in text for text in said)
