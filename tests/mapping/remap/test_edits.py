"""Edits are kept when the raster is mapped again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString

from railmap.errors import MapError, OutputError
from railmap.geometry.types import Link, Node, Relation, TrackNetwork
from railmap.mapping import Map, check_map, read_map, write_map
from railmap.mapping.gpkg.blobs import line_m_blob, point_blob
from railmap.mapping.remap.edited_map import EditedMap, read_edits
from railmap.mapping.store.editing import edit_map
from tests.helpers import networks

X, Y = networks.X0, networks.Y0


def straight(*stations: float, y: float = 0.0) -> TrackNetwork:
    """A track through stations, a link between neighbours."""
    count = len(stations)
    nodes = [
        Node(X + x, Y + y, "railwayEnd" if i in (0, count - 1) else "pseudoNode",
             degree=1 if i in (0, count - 1) else 2)
        for i, x in enumerate(stations)
    ]  # fmt: skip
    links = [
        Link(np.linspace((nodes[i].x, Y + y), (nodes[i + 1].x, Y + y), 11), i, i + 1, "rail_pair",
             confidence=0.9)
        for i in range(count - 1)
    ]  # fmt: skip
    return TrackNetwork(nodes, links, [Relation(i, i - 1, 1, i, 0) for i in range(1, count - 1)])


def at(*places: list[float]) -> np.ndarray:
    """Return positions in the map's CRS."""
    return np.array(places) + np.array([X, Y])


def moved(network: TrackNetwork, dx: float, dy: float) -> TrackNetwork:
    """The network of another survey flight."""
    return replace(
        network,
        nodes=[replace(node, x=node.x + dx, y=node.y + dy) for node in network.nodes],
        links=[replace(link, xy=link.xy + np.array([dx, dy])) for link in network.links],
    )


def with_leg(network: TrackNetwork, node: int) -> TrackNetwork:
    """A track that diverges slowly at a switch."""
    x, y = network.nodes[node].x, network.nodes[node].y
    t = np.linspace(0, 90, 40)
    xy = np.column_stack([x + t, y + t**2 / 500])
    leg = Link(xy, node, len(network.nodes))
    end = Node(*xy[-1].tolist(), "railwayEnd")
    nodes = [*network.nodes, end]
    nodes[node] = replace(nodes[node], degree=3, railway="switch", form_of_node="junction")
    relations = [*network.relations, Relation(node, node - 1, 1, len(network.links), 0)]
    return TrackNetwork(nodes, [*network.links, leg], relations)


@pytest.fixture
def remap(tmp_path: Path) -> Callable[..., Map]:
    """Map the raster, again if there is a map, as the pipeline does."""
    path = tmp_path / "tracks.gpkg"

    def write(network: TrackNetwork, crs: str = networks.CRS) -> Map:
        edits = EditedMap(path).current(crs)
        written = write_map(
            path, network, crs, images=networks.images(), run=networks.run_record(),
            overwrite=True, edits=edits,
        )  # fmt: skip
        content = read_map(path)
        assert len(written.links) == len(content.links)
        return content

    return write


def draw(path: Path, fid: int, xy: np.ndarray, **columns: object) -> None:
    """Edit a link as QGIS does: the style's default marks it."""
    blob, _ = line_m_blob(25832, np.column_stack([xy, np.zeros(len(xy))]))
    columns = {"geometry_source": "edited"} | columns
    names = ", ".join(f'"{name}" = ?' for name in columns)
    with edit_map(path) as sql:
        sql.execute(
            f"UPDATE railway_link SET geom = ?, {names} WHERE fid = ?",
            (blob, *columns.values(), fid),
        )


def errors(path: Path) -> list[str]:
    return [issue.message for issue in check_map(path) if issue.severity == "error"]


def line(content: Map, link_id: str) -> LineString:
    found = content.links[content.links["link_id"] == link_id]
    assert len(found) == 1
    return found.geometry.iloc[0]


def test_an_edited_link_stays(remap: Callable[..., Map]) -> None:
    before = remap(straight(0, 100, 200, 300))
    bow = at([100, 0], [130, 4], [170, 4], [200, 0])
    draw(before.path, 2, bow, name="Kurve", maxspeed="80", confidence=None)
    after = remap(straight(0, 100, 200, 300))
    link_id = before.links.loc[2, "link_id"]
    assert sorted(after.links["link_id"]) == sorted(before.links["link_id"])
    assert sorted(after.nodes["node_id"]) == sorted(before.nodes["node_id"])
    assert np.array_equal(shapely.get_coordinates(line(after, link_id)), bow)
    row = after.links.set_index("link_id").loc[link_id]
    assert (row["geometry_source"], row["name"], row["maxspeed"]) == ("edited", "Kurve", "80")
    assert np.isnan(row["confidence"])
    # It is measured again, and what leads to it does so still.
    assert row["length_m"] == pytest.approx(LineString(bow).length)
    assert len(after.layers["net_relation"]) == 2
    assert errors(after.path) == []
    assert after.layers["processing_run"]["run_id"].tolist() == [row["run_id"]]


def test_mapping_once_more_changes_nothing(remap: Callable[..., Map]) -> None:
    before = remap(straight(0, 100, 200, 300))
    draw(before.path, 2, at([100, 0.3], [150, 2], [200.4, 0]))
    first = remap(straight(0, 100, 200, 300)).path.read_bytes()
    assert remap(straight(0, 100, 200, 300)).path.read_bytes() == first


@pytest.mark.parametrize("dy", [0.6, -0.6])
def test_an_edited_link_is_matched_by_position(remap: Callable[..., Map], dy: float) -> None:
    """Ids differ then; links match by position."""
    before = remap(straight(0, 100, 200, 300))
    bow = at([100, 0], [150, 2.5], [200, 0])
    draw(before.path, 2, bow)
    after = remap(moved(straight(0, 100, 200, 300), 0.2, dy))
    assert len(after.links) == 3
    assert len(after.nodes) == 4
    assert np.array_equal(shapely.get_coordinates(line(after, before.links.loc[2, "link_id"])), bow)
    assert len(after.layers["net_relation"]) == 2
    assert errors(after.path) == []


def test_a_neighbour_follows_a_moved_end(remap: Callable[..., Map]) -> None:
    before = remap(straight(0, 100, 200))
    draw(before.path, 2, at([103, 2], [200, 0]))
    after = remap(straight(0, 100, 200))
    assert len(after.nodes) == 3
    ends = shapely.get_coordinates(line(after, before.links.loc[2, "link_id"]))
    assert ends[0].tolist() == [X + 103, Y + 2]
    assert errors(after.path) == []
    assert before.nodes["node_id"].iloc[1] in set(after.nodes["node_id"])


def test_track_beyond_an_edited_link_is_joined_to_it(remap: Callable[..., Map]) -> None:
    before = remap(straight(0, 150))
    draw(before.path, 1, at([0, 0], [70, 0.4], [150, 0]))
    after = remap(straight(-80, 240))
    assert len(after.links) == 3
    assert sorted(after.links.geometry.length.round(1)) == [80.0, 90.0, 150.0]
    assert sorted(after.nodes["degree"]) == [1, 1, 2, 2]
    assert sorted(after.nodes["form_of_node"]) == ["pseudoNode"] * 2 + ["railwayEnd"] * 2
    assert len(after.layers["net_relation"]) == 2
    assert errors(after.path) == []


def test_the_leg_of_a_switch_is_not_cut_off(remap: Callable[..., Map]) -> None:
    before = remap(with_leg(straight(0, 100, 250), 1))
    draw(before.path, 2, at([100, 0], [180, -0.5], [250, 0]))
    after = remap(with_leg(straight(0, 100, 250), 1))
    assert sorted(after.links["link_id"]) == sorted(before.links["link_id"])
    assert len(after.layers["net_relation"]) == 2
    switch = after.nodes[after.nodes["railway"] == "switch"].iloc[0]
    assert switch["degree"] == 3
    assert [e for e in errors(after.path) if "runs" not in e] == []


def test_a_parallel_track_stays(remap: Callable[..., Map]) -> None:
    before = remap(straight(0, 100))
    draw(before.path, 1, at([0, 0], [100, 0]))
    both = straight(0, 100)
    other = straight(0, 100, y=4.0)
    network = TrackNetwork(
        [*both.nodes, *other.nodes],
        [*both.links, *(replace(x, start_node=2, end_node=3) for x in other.links)],
    )
    after = remap(network)
    assert len(after.links) == 2
    assert errors(after.path) == []


def test_a_drawn_link_is_joined(remap: Callable[..., Map]) -> None:
    """Links drawn in QGIS have no nodes."""
    before = remap(straight(0, 100))
    with edit_map(before.path) as sql:
        xy = at([100.3, 0.2], [160, 1])
        blob, _ = line_m_blob(25832, np.column_stack([xy, [0, 0]]))
        sql.execute(
            "INSERT INTO railway_link (geom, link_id, start_node, end_node, geometry_source)"
            " VALUES (?, 'mine', 'new', 'new', 'edited')",
            (blob,),
        )
    after = remap(straight(0, 100))
    assert len(after.links) == 2
    assert sorted(after.nodes["degree"]) == [1, 1, 2]
    assert errors(after.path) == []


def test_a_link_split_in_qgis_stays_split(remap: Callable[..., Map]) -> None:
    before = remap(straight(0, 200))
    draw(before.path, 1, at([0, 0], [90, 1]))
    with edit_map(before.path) as sql:
        xy = at([90, 1], [200, 0])
        blob, _ = line_m_blob(25832, np.column_stack([xy, [0, 0]]))
        sql.execute(
            "INSERT INTO railway_link (geom, link_id, start_node, end_node, geometry_source)"
            " SELECT ?, link_id, start_node, end_node, geometry_source FROM railway_link",
            (blob,),
        )
    after = remap(straight(0, 200))
    assert len(after.links) == len(set(after.links["link_id"])) == 2
    assert sorted(after.nodes["degree"]) == [1, 1, 2]
    assert errors(after.path) == []


def test_a_link_split_near_its_end_keeps_ids_apart(remap: Callable[..., Map]) -> None:
    """Both parts refer to the nodes of the whole link, so the split is near a missing node."""
    before = remap(straight(0, 100, 200))
    draw(before.path, 1, at([0, 0], [95, 0.3]))
    with edit_map(before.path) as sql:
        blob, _ = line_m_blob(25832, np.column_stack([at([95, 0.3], [100, 0]), [0, 0]]))
        sql.execute(
            "INSERT INTO railway_link (geom, link_id, start_node, end_node, geometry_source)"
            " SELECT ?, link_id, start_node, end_node, geometry_source FROM railway_link"
            " WHERE fid = 1",
            (blob,),
        )
    for _ in range(2):
        after = remap(straight(0, 100, 200))
        assert after.nodes["node_id"].is_unique
        places = dict(zip(after.nodes["node_id"], after.nodes.geometry, strict=True))
        # What was there has its id still; the new node at the split has another.
        for node_id, place in zip(before.nodes["node_id"], before.nodes.geometry, strict=True):
            assert places[node_id].equals(place)
        assert sorted(after.nodes["degree"]) == [1, 1, 2, 2]
        assert errors(after.path) == []


def test_the_id_of_a_moved_node_is_not_reused(remap: Callable[..., Map]) -> None:
    """Ids depend on the position: a link that ends at the old position gets the same id."""
    before = remap(straight(0, 100))
    draw(before.path, 1, at([0, 0], [95, 0]))
    with edit_map(before.path) as sql:
        blob, _ = line_m_blob(25832, np.column_stack([at([100, 0], [180, 3]), [0, 0]]))
        sql.execute(
            "INSERT INTO railway_link (geom, link_id, start_node, end_node, geometry_source)"
            " VALUES (?, 'mine', 'new', 'new', 'edited')",
            (blob,),
        )
    for _ in range(3):
        after = remap(straight(0, 100))
        assert after.nodes["node_id"].is_unique
        assert before.nodes["node_id"].iloc[1] in set(after.nodes["node_id"])
        assert errors(after.path) == []


def test_a_track_that_ends_on_an_edited_link_is_an_issue(remap: Callable[..., Map]) -> None:
    before = remap(straight(0, 200))
    draw(before.path, 1, at([0, 0], [100, 0.5], [200, 0]))
    network = with_leg(straight(0, 100, 200), 1)
    after = remap(network)
    issues = after.layers["qa_issue"]
    assert issues["rule"].tolist() == ["edited_link"]
    assert issues["object_id"].tolist() == [before.links.loc[1, "link_id"]]


def test_reviewed_nodes_stay(remap: Callable[..., Map]) -> None:
    before = remap(with_leg(straight(0, 100, 250), 1))
    blob = point_blob(25832, X + 101.5, Y + 0.1)
    with edit_map(before.path) as sql:
        sql.execute(
            "UPDATE railway_node SET geom = ?, turnout_side = 'left', crossing_number = 9,"
            " reviewed = 1 WHERE fid = 2",
            (blob,),
        )
    for network in (
        with_leg(straight(0, 100, 250), 1),
        moved(with_leg(straight(0, 100, 250), 1), 0.7, -0.4),
    ):
        after = remap(network)
        assert len(after.nodes) == 4
        nodes = after.nodes.set_index("node_id")
        row = nodes.loc[before.nodes.loc[2, "node_id"]]
        assert (row["turnout_side"], row["crossing_number"], row["reviewed"]) == ("left", 9, True)
        assert (row["railway"], row["degree"]) == ("switch", 3)
        assert (row["geom"].x, row["geom"].y) == (X + 101.5, Y + 0.1)
        assert [e for e in errors(after.path) if "runs" not in e] == []


def test_another_crs(remap: Callable[..., Map]) -> None:
    import pyproj

    before = remap(straight(0, 100, 200))
    draw(before.path, 2, at([100, 0], [150, 3], [200, 0]))
    move = pyproj.Transformer.from_crs(25832, 25833, always_xy=True)
    network = straight(0, 100, 200)
    for node in network.nodes:
        node.x, node.y = move.transform(node.x, node.y)
    for link in network.links:
        link.xy = np.column_stack(move.transform(*link.xy.T))
        link.xy[0] = network.nodes[link.start_node].x, network.nodes[link.start_node].y
        link.xy[-1] = network.nodes[link.end_node].x, network.nodes[link.end_node].y
    after = remap(network, "EPSG:25833")
    assert len(after.links) == 2
    assert len(after.nodes) == 3
    assert errors(after.path) == []


def test_runs_of_kept_links_stay(remap: Callable[..., Map]) -> None:
    before = remap(straight(0, 100, 200))
    draw(before.path, 2, at([100, 0], [200, 0]))
    with edit_map(before.path) as sql:
        sql.execute("UPDATE processing_run SET run_id = 'r1'")
        sql.execute("UPDATE railway_link SET run_id = 'r1'")
    after = remap(straight(0, 100, 200))
    assert set(after.links["run_id"]) == set(after.layers["processing_run"]["run_id"])
    assert len(after.layers["processing_run"]) == 2


def test_nothing_edited_is_a_new_map(remap: Callable[..., Map]) -> None:
    first = remap(straight(0, 100)).path
    assert read_edits(first) is None
    before = first.read_bytes()
    assert remap(straight(0, 100)).path.read_bytes() == before


def test_other_files_have_no_edits(tmp_path: Path) -> None:
    assert read_edits(tmp_path / "none.gpkg") is None
    text = tmp_path / "text.gpkg"
    text.write_text("no database")
    assert read_edits(text) is None


def test_maps_that_cannot_be_kept_are_refused(remap: Callable[..., Map]) -> None:
    path = remap(straight(0, 100)).path
    with edit_map(path) as sql:
        sql.execute("UPDATE railway_link SET geom = NULL, geometry_source = 'edited'")
    with pytest.raises(MapError, match="has no line; redraw or delete it"):
        read_edits(path)
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute("UPDATE gpkg_metadata SET metadata = '{\"schema_version\": 99}'")
    with pytest.raises(MapError, match="newer"):
        read_edits(path)


def test_the_pipeline_keeps_edits(tmp_path: Path) -> None:
    import rasterio
    from rasterio.transform import from_origin

    from railmap.pipeline import trace_probability

    raster, path = tmp_path / "mask.tif", tmp_path / "tracks.gpkg"
    mask = np.zeros((200, 600), dtype=np.uint8)
    mask[90:116, 20:580] = 1
    with rasterio.open(
        raster, "w", driver="GTiff", width=600, height=200, count=1, dtype="uint8",
        crs=networks.CRS, transform=from_origin(X, Y, 0.1, 0.1),
    ) as out:  # fmt: skip
        out.write(mask, 1)
    trace_probability(raster, path, threads=1)
    before = read_map(path)
    assert len(before.links) == 1
    ends = shapely.get_coordinates(before.links.geometry.iloc[0])[[0, -1]]
    bow = np.array([ends[0], ends.mean(axis=0) + np.array([0.0, 2.0]), ends[1]])
    draw(path, 1, bow, name="mine")
    again = trace_probability(raster, path, overwrite=True, threads=1)
    after = read_map(path)
    assert np.array_equal(shapely.get_coordinates(after.links.geometry.iloc[0]), bow)
    assert after.links["name"].tolist() == ["mine"]
    assert (again.links, again.length_m) == (1, pytest.approx(LineString(bow).length))


def test_edits_are_parsed_once_unless_the_file_changes(
    remap: Callable[..., Map], monkeypatch: pytest.MonkeyPatch
) -> None:
    from railmap.mapping.remap import edited_map

    path = remap(straight(0, 100)).path
    draw(path, 1, np.array([[X, Y], [X + 50, Y + 2], [X + 100, Y]]))
    reads: list[Path] = []

    def counted(file: Path) -> Map:
        reads.append(file)
        return read_map(file)

    monkeypatch.setattr(edited_map, "read_map", counted)
    before = EditedMap(path)
    found = before.current(networks.CRS)
    assert found is not None
    assert len(found.links) == 1
    assert len(reads) == 1
    draw(path, 1, np.array([[X, Y], [X + 50, Y + 3], [X + 100, Y]]))  # while the job is running
    found = before.current(networks.CRS)
    assert found is not None
    assert found.links[0].xy[1, 1] == Y + 3
    assert len(reads) == 2
    path.unlink()
    assert before.current(networks.CRS) is None


def test_a_map_that_is_being_written_to_is_not_replaced(remap: Callable[..., Map]) -> None:
    path = remap(straight(0, 100)).path
    draw(path, 1, np.array([[X, Y], [X + 50, Y + 2], [X + 100, Y]]))
    before = EditedMap(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as sql:
        sql.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="another program is writing to it"):
            before.current(networks.CRS)
