"""SUMO imports the OSM export, and a train runs over its switches and back."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from railmap.mapping import read_map
from railmap.mapping.referencing.link_arrays import LinkArrays, read_moves
from railmap.publishing import export_map
from tests.helpers import railway

FOUND = importlib.util.find_spec("sumo")
if FOUND is None or not FOUND.submodule_search_locations:
    pytest.skip("eclipse-sumo is not installed", allow_module_level=True)
HOME = Path(next(iter(FOUND.submodule_search_locations)))
FIRST = 10**12


def run(folder: Path, program: str, *options: str) -> None:
    done = subprocess.run(
        [str(HOME / "bin" / program), *options],
        cwd=folder,
        env=os.environ | {"SUMO_HOME": str(HOME)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "Error" not in done.stderr, done.stderr


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sumo")
    export_map(railway.write_railway(folder / "tracks.gpkg"), folder / "tracks.osm")
    run(
        folder, "netconvert", "--osm-files", "tracks.osm", "-o", "tracks.net.xml",
        "--railway.topology.all-bidi",
    )  # fmt: skip
    return folder / "tracks.net.xml"


def test_links_are_edges_and_moves_are_connections(net: Path) -> None:
    content = read_map(net.with_name("tracks.gpkg"))
    root = ET.parse(net).getroot()
    edges = {e.get("id"): e for e in root.iter("edge") if e.get("function") != "internal"}
    ways = [str(FIRST + row) for row in range(len(content.links))]
    assert set(edges) == {*ways, *(f"-{way}" for way in ways)}  # both directions
    assert {edge.get("type") for edge in edges.values()} == {"railway.rail"}
    for row, length in enumerate(content.links["length_m"]):
        lane = edges[ways[row]].find("lane")
        assert lane is not None
        assert float(lane.get("length") or 0) == pytest.approx(
            length, abs=5.0
        )  # less its junctions
    connections = {
        (one.get("from"), one.get("to"))
        for one in root.iter("connection")
        if not str(one.get("from")).startswith(":") and one.get("dir") != "t"
    }
    assert connections == moves(content)


def moves(content: object) -> set[tuple[str, str]]:
    """The train movements of the map, as pairs of edges."""
    track = LinkArrays.of(content)  # type: ignore[arg-type]
    found = read_moves(content, track)  # type: ignore[arg-type]
    return {
        (f"{'' if end else '-'}{FIRST + link}", f"{'-' if into else ''}{FIRST + other}")
        for (link, end), others in found.items()
        for other, into in others
    }


def test_a_train_runs_over_the_switch_and_back(net: Path) -> None:
    """From the north track past its switch, back over the crossover, out on the south track."""
    start, end = f"{FIRST + 3}", f"-{FIRST}"
    (net.parent / "trip.xml").write_text(
        '<routes><vType id="train" vClass="rail" length="60"/>'
        f'<trip id="shunt" type="train" depart="0" from="{start}" to="{end}"/></routes>',
        encoding="utf-8",
    )
    run(
        net.parent, "sumo", "-n", net.name, "-r", "trip.xml", "--no-step-log", "--end", "3600",
        "--vehroute-output", "went.xml", "--vehroute-output.exit-times",
    )  # fmt: skip
    vehicle = ET.parse(net.parent / "went.xml").getroot().find("vehicle")
    assert vehicle is not None
    assert vehicle.get("arrival")  # it is there
    route = vehicle.find("route")
    assert route is not None
    used = [start, f"{FIRST + 4}", f"-{FIRST + 4}", f"-{FIRST + 5}", end]
    assert (route.get("edges") or "").split() == used
    times = [float(time) for time in (route.get("exitTimes") or "").split()]
    assert times == sorted(times)
    assert times[0] > 0
