"""SUMO imports the OSM export, and a train runs over its switches and back."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from railmap.geometry.types import Link, Node, Relation, TrackNetwork
from railmap.mapping import read_map, write_map
from railmap.mapping.referencing.link_arrays import LinkArrays, read_moves
from railmap.publishing import export_map
from tests.helpers import networks, railway

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
    assert connections(root) == moves(content)


def connections(root: ET.Element) -> set[tuple[str, str]]:
    """The pairs of edges over which trains run without turning back."""
    return {
        (str(one.get("from")), str(one.get("to")))
        for one in root.iter("connection")
        if not str(one.get("from")).startswith(":") and one.get("dir") != "t"
    }


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


def test_a_diamond_needs_a_second_step(tmp_path: Path) -> None:
    """OSM has one node where tracks cross; the wrong connections can be deleted."""
    angle = np.array([0.0, 0.11, np.pi, np.pi + 0.11])
    away = np.column_stack([np.cos(angle), np.sin(angle)]) * 150.0
    middle = np.array([networks.X0, networks.Y0])
    nodes = [Node(*map(float, middle), "junction", "railway_crossing", 4)]
    nodes += [Node(*map(float, middle + end), "railwayEnd", None, 1) for end in away]
    links = [Link(np.array([middle, middle + end]), 0, 1 + i) for i, end in enumerate(away)]
    relations = [Relation(0, 0, 0, 2, 0), Relation(0, 1, 0, 3, 0)]
    path = tmp_path / "x.gpkg"
    network = TrackNetwork(nodes, links, relations)
    write_map(path, network, networks.CRS, images=[], run=networks.run_record())
    export_map(path, tmp_path / "x.osm")
    true = moves(read_map(path))
    assert len(true) == 4
    both = "--railway.topology.all-bidi"
    run(tmp_path, "netconvert", "--osm-files", "x.osm", "-o", "x.net.xml", both)
    found = connections(ET.parse(tmp_path / "x.net.xml").getroot())
    assert found > true
    rows = "".join(f'<delete from="{a}" to="{b}"/>' for a, b in sorted(found - true))
    (tmp_path / "wrong.con.xml").write_text(f"<connections>{rows}</connections>")
    run(tmp_path, "netconvert", "-s", "x.net.xml", "-x", "wrong.con.xml", "-o", "y.net.xml")
    assert connections(ET.parse(tmp_path / "y.net.xml").getroot()) == true
