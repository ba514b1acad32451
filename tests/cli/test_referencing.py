"""`railmap line`, `milestones`, `locate` and `attach` as a person types them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyogrio
import pytest

from railmap.geometry.types import Link, Node, Relation, TrackNetwork
from railmap.mapping import RunRecord, write_map
from tests.helpers.repository import REPOSITORY

X0, Y0 = 500_000.0, 5_400_000.0


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    from datetime import UTC, datetime

    places = [(X0, Y0), (X0 + 400, Y0), (X0 + 900, Y0)]
    nodes = [
        Node(x, y, "pseudoNode", degree=d) for (x, y), d in zip(places, (1, 2, 1), strict=True)
    ]
    links = [
        Link(np.linspace(places[0], places[1], 9), 0, 1),
        Link(np.linspace(places[1], places[2], 9), 1, 2),
    ]
    path = tmp_path / "my tracks.gpkg"
    run = RunRecord("0", "test", {}, datetime(2026, 1, 1, tzinfo=UTC))
    write_map(path, TrackNetwork(nodes, links, [Relation(1, 0, 1, 1, 0)]), "EPSG:25832",
              images=[], run=run)  # fmt: skip
    return path


def test_the_whole_way(run: Callable, tracks: Path, tmp_path: Path) -> None:
    done = run("line", "add", tracks, "--ref", "6185", "--from", f"{X0},{Y0}", "--to",
               f"{X0 + 900},{Y0}")  # fmt: skip
    assert done.code == 0, done.err
    assert "line 6185: 2 links, 900.0 m" in done.err
    posts = tmp_path / "posts.csv"
    posts.write_text(f"position_km,x,y\n12.4,{X0 + 100},{Y0 + 3}\n12.5,{X0 + 200},{Y0 + 3}\n")
    done = run("milestones", "add", tracks, posts, "--ref", "6185")
    assert done.code == 0, done.err
    assert "line 6185: 2 posts, km 12.300 to 13.200" in done.err
    done = run("locate", tracks, "6185 km 12.400 +3.2")
    assert done.code == 0, done.err
    assert done.out.splitlines()[:2] == [
        "6185 km 12.400 +3.2",
        "x, y      500103.2000, 5400000.0000",
    ]
    done = run("locate", tracks, "--at", f"{X0 + 103.2},{Y0 - 1.5}", "--json")
    (found,) = json.loads(done.out)["places"]
    assert found["text"] == "6185 km 12.400 +3.2 right 1.5"
    assert found["link_m"] == pytest.approx(103.2)
    events = tmp_path / "bolts.csv"
    events.write_text(f"x,y\n{X0 + 103.2},{Y0 - 0.5}\n")
    done = run("attach", events, "--to", tracks, "--progress", "json")
    assert done.code == 0, done.err
    last = json.loads(done.err.splitlines()[-1])
    assert last["event"] == "result"
    assert last["outputs"]["layer"] == "bolts"
    row = pyogrio.read_dataframe(tracks, layer="bolts").iloc[0]
    assert row["line_m"] == pytest.approx(12403.2)
    done = run("line", "auto", tracks)
    assert done.code == 0, done.err
    assert "0 new lines" in done.err


def test_one_line_and_the_exit_code(run: Callable, tracks: Path, tmp_path: Path) -> None:
    done = run("locate", tracks, "6185 km 12.4")
    assert done.code == 3
    assert "no line '6185' in the map" in done.line
    done = run("locate", tracks)
    assert done.code == 2
    assert "give either a place" in done.line
    done = run("locate", tracks, "--at", "here")
    assert done.code == 2
    assert "give x,y" in done.line
    done = run("attach", tmp_path / "none.csv", "--to", tracks)
    assert done.code == 3
    assert "none.csv: no such file" in done.line
    done = run("line", "add", tracks, "--ref", "1", "--from", "0,0", "--to", "1,1")
    assert done.code == 2
    assert "no node within 25 m" in done.line


def test_route(run: Callable, tracks: Path, tmp_path: Path) -> None:
    ends = f"{X0 + 100},{Y0 + 2}", f"{X0 + 900},{Y0}"
    done = run("route", tracks, *ends, "-o", tmp_path / "route.gpkg")
    assert done.code == 0, done.err
    assert f"from      {X0 + 100},{Y0 + 2} (moved 2.0 m to the track)" in done.out
    assert "length    800.0 m" in done.out
    assert "800.0 m, 2 links, 0 switches, 0 reversals; wrote" in done.err
    assert pyogrio.read_dataframe(tmp_path / "route.gpkg", layer="route")["links"][0] == 2
    done = run("route", tracks, *ends, "--json")
    found = json.loads(done.out)
    assert found["length_m"] == pytest.approx(800.0)
    assert found["start"]["snapped_m"] == pytest.approx(2.0)
    assert [one["m_from"] for one in found["links"]] == pytest.approx([100.0, 0.0])
    assert (found["switches"], found["reversals"], found["reversed_at"]) == ([], 0, [])


def test_route_in_one_line_and_the_exit_code(run: Callable, tracks: Path, tmp_path: Path) -> None:
    end = f"{X0 + 900},{Y0}"
    done = run("route", tracks, f"{X0},{Y0 + 80}", end)
    assert (done.code, "no track within 50 m" in done.line) == (3, True)
    # A position, not an option.
    done = run("route", tracks, "-8.41,49.00", end, "--crs", "EPSG:4326")
    assert (done.code, "no track within 50 m of -8.41,49.00" in done.line) == (3, True)
    done = run("route", tracks, "-x", end)
    assert done.code == 2
    done = run("route", tracks, end, end)
    assert (done.code, "the same place" in done.line) == (2, True)
    done = run("route", tracks, f"{X0},{Y0}", end, "-o", tmp_path / "route.csv")
    assert (done.code, "no route as '.csv'" in done.line) == (2, True)
    done = run("route", tmp_path / "none.gpkg", "a", "b")
    assert (done.code, "none.gpkg: no such file" in done.line) == (3, True)


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    """As in ``railmap info x | head -1``: the pipe is closed before all is said."""
    model = REPOSITORY / "railmap" / "models" / "weights" / "tracks.onnx"
    words = [sys.executable, "-m", "railmap", "info", str(model), "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as job:
        assert job.stdout is not None
        assert job.stderr is not None
        job.stdout.close()
        assert job.stderr.read() == ""
        assert job.wait() == 0
