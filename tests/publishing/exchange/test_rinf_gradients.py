"""Gradient profiles of tracks in the vocabulary of the ERA."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from railmap.mapping import read_map
from railmap.mapping.referencing.lines import add_line
from railmap.pipeline.drape import drape_map
from railmap.progress import NullReporter
from railmap.publishing import export_map
from tests.helpers import heights
from tests.helpers.heights import PROFILE, TOE

rdflib = pytest.importorskip("rdflib")
# of the SHACL shape of the ERA
_VALUE = r"(\+|-)([1-9]\d|[0-9]|00)\.\d{1,3}(\((\+|-)?([1-9]\d{1,2}|[0-9])\.\d{1,3}\))?"
PATTERN = rf"{_VALUE}(\s\s{_VALUE})*"
TERM = "http://data.europa.eu/949/gradientProfile"


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    path = heights.write_tracks(tmp_path / "tracks.gpkg")
    nodes = read_map(path).nodes["node_id"].tolist()
    add_line(path, ref="6185", name="", start=nodes[0], end=nodes[2])
    return path


def written(path: Path, **model: Any) -> tuple[dict[str, str], list[str]]:
    if model:
        drape_map(path, heights.write_dem(path.with_name("dem.tif"), **model))
    reporter = NullReporter()
    export_map(path, path.with_suffix(".ttl"), overwrite=True, reporter=reporter)
    graph = rdflib.Graph().parse(path.with_suffix(".ttl"), format="turtle")
    found = graph.subject_objects(rdflib.URIRef(TERM))
    return {str(a).removeprefix("urn:uuid:"): str(b) for a, b in found}, reporter.warnings


def steps(profile: str) -> list[tuple[float, float]]:
    """Kilometre and gradient of each change."""
    assert re.fullmatch(PATTERN, profile)
    return [(float(km), float(g)) for g, km in re.findall(r"([+-][\d.]+)\(([\d.]+)\)", profile)]


def test_gradients_change_in_the_middle_of_parabolas(tracks: Path) -> None:
    found, warnings = written(tracks, pixel=2.0)
    ids = read_map(tracks).links["link_id"].tolist()
    assert set(found) == set(ids[:2])  # the branch is on no line
    # drawn against the line; its gradients are those of the line
    second = steps(found[ids[1]])
    assert [g for _, g in second][-2:] == pytest.approx([-8.0, 17.0], abs=0.05)
    assert second[-1][0] == pytest.approx(1.1, abs=0.002)
    first = steps(found[ids[0]])
    assert first[0] == (0.0, 12.0)
    # gradients give the heights at the ends
    km = np.r_[[k for k, _ in first], TOE / 1000]
    rise = (np.diff(km) * [g for _, g in first]).sum()
    truth = PROFILE.heights(np.array([0.0, TOE]))
    assert rise == pytest.approx(truth[1] - truth[0], abs=0.03)
    assert not any("gradients" in text for text in warnings)


def test_a_track_with_a_gap_has_no_profile(tracks: Path) -> None:
    found, _ = written(tracks, x_to=1000.0)
    ids = read_map(tracks).links["link_id"].tolist()
    assert set(found) == {ids[0]}


def test_without_heights_a_warning_names_gradients(tracks: Path) -> None:
    found, (warning,) = written(tracks)
    assert found == {}
    assert "infrastructure managers, countries and gradients, which the register" in warning
