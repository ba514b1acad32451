"""Routes of trains through small maps."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

from railmap.errors import InputError, OutputError, UsageError
from railmap.geometry.types import Link, Node, Relation, TrackNetwork
from railmap.mapping import read_map, write_map
from railmap.mapping.referencing.lines import add_line
from railmap.mapping.referencing.route import Route, find_train_route
from railmap.mapping.store.editing import edit_map
from railmap.publishing import route_through_map
from tests.helpers import networks, railway

WEST_SOUTH, EAST_SOUTH, WEST_NORTH, EAST_NORTH = (railway.node(i) for i in (0, 3, 4, 6))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return railway.write_railway(tmp_path_factory.mktemp("railway") / "tracks.gpkg")


@pytest.fixture
def tracks(plain: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(plain, tmp_path / "tracks.gpkg"))


def links(path: Path, route: Route) -> list[tuple[int, int]]:
    """The links of a route as indices in `railway.railway`, with 1 for along M, -1 against."""
    number = {name: i for i, name in enumerate(read_map(path).links["link_id"])}
    return [(number[one.link_id], 1 if one.m_to > one.m_from else -1) for one in route.links]


def settings(route: Route) -> list[tuple[str, str | None, bool]]:
    return [(one.leg, one.position, one.facing) for one in route.switches]


def test_over_the_crossover(plain: Path) -> None:
    route = find_train_route(plain, WEST_SOUTH, EAST_NORTH)
    assert links(plain, route) == [(0, 1), (5, 1), (4, 1)]
    assert settings(route) == [("left", "branch", True), ("left", "branch", False)]
    assert route.reversals == ()
    lengths = read_map(plain).links["length_m"]
    assert route.length_m == pytest.approx(lengths[[1, 6, 5]].sum())
    assert [one.route_m for one in route.switches] == pytest.approx(
        [lengths[1], lengths[1] + lengths[6]]
    )
    back = find_train_route(plain, EAST_NORTH, WEST_SOUTH)
    assert links(plain, back) == [(4, -1), (5, -1), (0, -1)]
    assert settings(back) == [("left", "branch", True), ("left", "branch", False)]


def test_straight_through_a_switch(plain: Path) -> None:
    route = find_train_route(plain, WEST_SOUTH, EAST_SOUTH)
    assert links(plain, route) == [(0, 1), (1, 1), (2, -1)]
    assert settings(route) == [("right", "through", True)]


def test_never_from_leg_to_leg(plain: Path) -> None:
    # North track to the crossover: beyond the switch, back, and through it again.
    route = find_train_route(plain, WEST_NORTH, WEST_SOUTH)
    assert links(plain, route) == [(3, 1), (5, -1), (0, -1)]
    (turn,) = route.reversals
    assert turn.route_m == pytest.approx(read_map(plain).links["length_m"][4])
    assert turn.node_id == read_map(plain).nodes["node_id"].iloc[5]
    events = [type(one).__name__ for one in route.events()]
    assert events == ["SwitchSetting", "Reversal", "SwitchSetting", "SwitchSetting"]
    with pytest.raises(InputError, match=r"without reversing; with 1 reversal it is 806\.1 m: leave"
                       r" out no_reversal"):  # fmt: skip
        find_train_route(plain, WEST_NORTH, WEST_SOUTH, no_reversal=True)


def test_a_train_clears_the_switch(plain: Path) -> None:
    short = find_train_route(plain, WEST_NORTH, WEST_SOUTH)
    route = find_train_route(plain, WEST_NORTH, WEST_SOUTH, train_length_m=200.0)
    assert links(plain, route) == [(3, 1), (4, 1), (4, -1), (5, -1), (0, -1)]
    assert route.length_m == pytest.approx(short.length_m + 400.0)
    (turn,) = route.reversals
    assert turn.link_m == pytest.approx(200.0)
    assert route.xym[-1, 2] == pytest.approx(route.length_m)
    assert (np.diff(route.xym[:, 2]) > 0).all()
    at = shapely.LineString(route.xym[:, :2]).interpolate(turn.route_m)
    assert (at.x, at.y) == pytest.approx((turn.x, turn.y))
    with pytest.raises(InputError, match=r"no train of 900 m can go .* does not fit"):
        find_train_route(plain, WEST_NORTH, WEST_SOUTH, train_length_m=900.0)
    with pytest.raises(UsageError, match="train_length_m"):
        find_train_route(plain, WEST_NORTH, WEST_SOUTH, train_length_m=-1.0)


def test_a_long_train_stands_on_several_links(plain: Path) -> None:
    # From the crossover onto the south track, then east over both its links.
    start = "{:.3f},{:.3f}".format(*railway.track(300, 400, 0.0, railway.SPACING)[10])
    route = find_train_route(plain, start, railway.node(2), train_length_m=250.0)
    assert route.length_m > 500.0
    (turn,) = route.reversals
    assert turn.node_id == read_map(plain).nodes["node_id"].iloc[1]
    assert links(plain, route) == [(5, -1), (0, -1), (0, 1), (1, 1)]


def test_positions_are_moved_to_the_nearest_track(plain: Path) -> None:
    x, y = railway.along_south(100.0)
    route = find_train_route(plain, f"{x},{y - 3.0}", EAST_SOUTH)
    assert route.start.snapped_m == pytest.approx(3.0, abs=0.01)
    assert route.start.link_m == pytest.approx(100.0, abs=0.2)
    assert route.start.node_id is None
    assert "(moved 3.0 m to the track)" in route.summary()
    whole = find_train_route(plain, WEST_SOUTH, EAST_SOUTH)
    assert route.length_m == pytest.approx(whole.length_m - route.start.link_m)
    lonlat = pyproj.Transformer.from_crs(networks.CRS, 4326, always_xy=True).transform(x, y)
    end = read_map(plain).nodes["node_id"].iloc[3]
    found = find_train_route(plain, "{!r},{!r}".format(*lonlat), end, crs="EPSG:4326")
    assert found.start.snapped_m == pytest.approx(0.0, abs=0.01)
    assert found.length_m == pytest.approx(route.length_m, abs=0.2)
    # Halfway between the two tracks.
    assert find_train_route(plain, f"{x},{y + 2.0}", EAST_SOUTH).start.ambiguous
    assert not route.start.ambiguous
    with pytest.raises(InputError, match="no track within 2 m"):
        find_train_route(plain, f"{x},{y - 3.0}", EAST_SOUTH, max_distance_m=2.0)


def test_both_ends_on_one_link(plain: Path) -> None:
    places = ["{:.6f},{:.6f}".format(*railway.along_south(s)) for s in (120.0, 70.0)]
    there = find_train_route(plain, *places)
    back = find_train_route(plain, *places[::-1])
    assert there.length_m == pytest.approx(50.0, abs=1e-3)
    assert (links(plain, there), links(plain, back)) == ([(0, -1)], [(0, 1)])
    with pytest.raises(UsageError, match="the same place"):
        find_train_route(plain, places[0], places[0])
    with pytest.raises(UsageError, match="the same place"):
        find_train_route(plain, WEST_SOUTH, WEST_SOUTH)


def test_chainage(tracks: Path) -> None:
    add_line(tracks, ref="6185", start=WEST_SOUTH, end=EAST_SOUTH)
    route = find_train_route(tracks, "6185 km 0.100", "6185 km 0.800 +20")
    assert route.length_m == pytest.approx(720.0)
    assert route.links[0].m_from == pytest.approx(100.0)
    with pytest.raises(InputError, match="outside line 6185"):
        find_train_route(tracks, "6185 km 0.100", "6185 km 3.000")
    with pytest.raises(InputError, match="no line '7'"):
        find_train_route(tracks, "7 km 0.100", "6185 km 0.200")
    with pytest.raises(UsageError, match="no node 'nowhere'"):
        find_train_route(tracks, "nowhere", "6185 km 0.200")
    with pytest.raises(UsageError, match="two ends"):
        find_train_route(tracks, "6185 km 0.100", " ")


def test_separate_parts(tracks: Path) -> None:
    with edit_map(tracks) as sql:
        sql.execute("DELETE FROM railway_link WHERE fid = 6")
    with pytest.raises(
        InputError,
        match=r"no tracks lead from .* separate parts of the map \(3 links, 10\d\d m;"
        r" 2 links, 10\d\d m\), [34]\.\d m apart at",
    ):
        find_train_route(tracks, WEST_SOUTH, EAST_NORTH)


def test_tracks_that_meet_without_a_movement(tracks: Path) -> None:
    with edit_map(tracks) as sql:
        sql.execute("UPDATE net_relation SET navigability = 'None' WHERE fid = 2")
    name = read_map(tracks).nodes["node_id"].iloc[1]
    with pytest.raises(
        InputError, match=f"trains stay in separate parts .* at node {name}, where no"
    ):
        find_train_route(tracks, WEST_SOUTH, EAST_NORTH)


def test_one_way(tracks: Path) -> None:
    with edit_map(tracks) as sql:
        sql.execute("UPDATE net_relation SET navigability = 'AB'")
    find_train_route(tracks, WEST_SOUTH, EAST_SOUTH)
    with pytest.raises(InputError, match="the other direction only"):
        find_train_route(tracks, EAST_SOUTH, WEST_SOUTH)


def crossing(path: Path, *relations: tuple[int, int]) -> Path:
    """Two tracks that cross in node 4 at 1:9; link i leads from node i to it."""
    x, y = networks.X0, networks.Y0
    places = [(x, y), (x + 100, y), (x + 0.6, y - 11.0), (x + 99.4, y + 11.0), (x + 50, y)]
    nodes = [Node(*place, "railwayEnd", at_dataset_edge=True) for place in places[:4]]
    nodes.append(Node(*places[4], "junction", "railway_crossing", 4))
    lines = [np.linspace(place, places[4], 11) for place in places[:4]]
    tracks = [Link(line, i, 4) for i, line in enumerate(lines)]
    rows = [Relation(4, a, 1, b, 1) for a, b in relations]
    run = networks.run_record()
    write_map(path, TrackNetwork(nodes, tracks, rows), networks.CRS, images=[], run=run)
    return path


@pytest.mark.parametrize("relations", [(), ((0, 1), (2, 3))])
def test_a_crossing_is_passed_straight(
    tmp_path: Path, relations: tuple[tuple[int, int], ...]
) -> None:
    path = crossing(tmp_path / "crossing.gpkg", *relations)
    ends = read_map(path).nodes["node_id"].tolist()
    for a, b in ((0, 1), (2, 3)):
        route = find_train_route(path, ends[a], ends[b])
        assert route.switches == ()
        assert links(path, route) == [(a, 1), (b, -1)]
    for a, b in ((0, 3), (1, 2), (0, 2), (1, 3)):
        with pytest.raises(InputError, match="trains stay in separate parts"):
            find_train_route(path, ends[a], ends[b])


def test_slips_are_those_of_the_map(tmp_path: Path) -> None:
    path = crossing(tmp_path / "slip.gpkg", (0, 1), (2, 3), (0, 3))
    ends = read_map(path).nodes["node_id"].tolist()
    slip = find_train_route(path, ends[0], ends[3])
    assert settings(slip) == [("left", "branch", True)]
    straight = find_train_route(path, ends[0], ends[1])
    assert settings(straight) == [("right", "through", True)]
    # Seen from link 0, the toe of the slip, also on the way back.
    assert settings(find_train_route(path, ends[3], ends[0])) == [("right", "branch", True)]
    # From the other legs without the slip: behind the crossing, and back over it.
    route = find_train_route(path, ends[1], ends[2])
    assert len(route.reversals) == 2
    with pytest.raises(InputError, match="with 2 reversals"):
        find_train_route(path, ends[1], ends[2], no_reversal=True)


def test_layers_of_a_route(plain: Path, tmp_path: Path) -> None:
    output = tmp_path / "route.gpkg"
    route = route_through_map(plain, WEST_NORTH, WEST_SOUTH, output=output, train_length_m=50.0)
    line = pyogrio.read_dataframe(output, layer="route")
    assert len(line) == 1
    assert line["length_m"][0] == pytest.approx(route.length_m)
    assert (line["reversals"][0], line["links"][0], line["switches"][0]) == (1, 5, 3)
    assert line.crs == networks.CRS
    assert line.geometry[0].length == pytest.approx(route.length_m)
    passed = pyogrio.read_dataframe(output, layer="route_link")
    assert passed["link_id"].tolist() == [one.link_id for one in route.links]
    assert passed["route_m"].tolist()[-1] == pytest.approx(
        route.length_m - route.links[-1].length_m
    )
    nodes = pyogrio.read_dataframe(output, layer="route_node")
    assert nodes["kind"].tolist() == ["start", "switch", "reversal", "switch", "switch", "end"]
    assert nodes["route_m"].is_monotonic_increasing
    with sqlite3.connect(output) as sql:
        styled = {name for (name,) in sql.execute("SELECT f_table_name FROM layer_styles")}
    assert styled == {"route", "route_node"}
    first = output.read_bytes()
    with pytest.raises(OutputError, match="overwrite=True"):
        route_through_map(plain, WEST_NORTH, WEST_SOUTH, output=output)
    route_through_map(
        plain, WEST_NORTH, WEST_SOUTH, output=output, train_length_m=50.0, overwrite=True
    )
    assert output.read_bytes() == first


@pytest.mark.parametrize("suffix", [".geojson", ".fgb", ".dxf", ".osm", ".xml"])
def test_other_formats(plain: Path, tmp_path: Path, suffix: str) -> None:
    output = tmp_path / f"route{suffix}"
    before = plain.read_bytes()
    route = route_through_map(plain, WEST_SOUTH, EAST_NORTH, output=output)
    if suffix in (".geojson", ".fgb", ".dxf"):
        frame = pyogrio.read_dataframe(output)
        (row,) = (frame if suffix == ".dxf" else frame.to_crs(networks.CRS)).itertuples()
        assert row.geometry.length == pytest.approx(route.length_m, abs=0.01)
        assert suffix == ".dxf" or (row.links, row.reversals) == (3, 0)
    else:
        text = output.read_text(encoding="utf-8")
        assert text.count("<way") + text.count("<Alignment ") == 1
    assert plain.read_bytes() == before


def test_other_suffixes_and_the_map_are_refused(plain: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no route as '\.csv'; use \.gpkg"):
        route_through_map(plain, WEST_SOUTH, EAST_NORTH, output=tmp_path / "route.csv")
    with pytest.raises(OutputError):
        route_through_map(plain, WEST_SOUTH, EAST_NORTH, output=plain, overwrite=True)
    assert list(tmp_path.iterdir()) == []
