from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from railmap.errors import InputError, MapError, OutputError, UsageError
from railmap.mapping import check_map, read_map
from railmap.mapping.referencing.lines import add_line, auto_lines
from railmap.mapping.store.editing import edit_map
from tests.helpers import railway


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return railway.write_railway(tmp_path_factory.mktemp("railway") / "Strecke süd.gpkg")


@pytest.fixture
def tracks(plain: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(plain, tmp_path / "tracks.gpkg"))


def order(path: Path, ref: str) -> list[tuple[int, bool]]:
    """The links of a line as indices in `railway.railway`, and whether they are reversed."""
    content = read_map(path)
    lines = content.layers["railway_line"].set_index("ref")
    members = content.layers["railway_line_link"]
    members = members[members["line_id"] == lines.loc[ref, "line_id"]].sort_values("seq")
    number = {link_id: i for i, link_id in enumerate(content.links["link_id"])}
    return [(number[row.link_id], bool(row.reversed)) for row in members.itertuples()]


def test_shortest_sequence(tracks: Path) -> None:
    line = add_line(tracks, ref="6185", name="Süd", start=railway.node(0), end=railway.node(3))
    assert order(tracks, "6185") == [(0, False), (1, False), (2, True)]
    content = read_map(tracks)
    row = content.layers["railway_line"].iloc[0]
    assert (row["ref"], row["name"], row["calibration"]) == ("6185", "Süd", "none")
    xym = shapely.get_coordinates(row["geom"], include_m=True)
    assert (np.diff(xym[:, 2]) > 0).all()
    assert xym[-1, 2] == pytest.approx(row["geom"].length)
    assert (row["m_min"], row["m_max"]) == (0.0, pytest.approx(line.length))
    members = content.layers["railway_line_link"]
    assert members["m_from"].tolist()[1:] == members["m_to"].tolist()[:-1]
    assert check_map(tracks) == []


def test_over_the_switch(tracks: Path) -> None:
    add_line(tracks, ref="1", start=railway.node(0), end=railway.node(6))
    assert order(tracks, "1") == [(0, False), (5, False), (4, False)]


def test_against_the_links(tracks: Path) -> None:
    add_line(tracks, ref="1", start=railway.node(3), end=railway.node(0))
    assert order(tracks, "1") == [(2, False), (1, True), (0, True)]


def test_no_reversal_through_a_frog(tracks: Path) -> None:
    before = tracks.read_bytes()
    # From the north track's west end to the south track: only by reversing at a switch.
    with pytest.raises(InputError, match="without reversing"):
        add_line(tracks, ref="1", start=railway.node(4), end=railway.node(3))
    assert tracks.read_bytes() == before


def test_navigability_one_way(tracks: Path) -> None:
    with edit_map(tracks) as sql:
        sql.execute("UPDATE net_relation SET navigability = 'BA'")
    with pytest.raises(InputError, match="without reversing"):
        add_line(tracks, ref="1", start=railway.node(0), end=railway.node(3))
    add_line(tracks, ref="2", start=railway.node(6), end=railway.node(0))
    assert order(tracks, "2") == [(4, True), (5, True), (0, True)]


def test_nodes_without_relations_are_passed_straight(tracks: Path) -> None:
    with edit_map(tracks) as sql:
        sql.execute("DELETE FROM net_relation")
    add_line(tracks, ref="1", start=railway.node(0), end=railway.node(6))
    assert order(tracks, "1") == [(0, False), (5, False), (4, False)]
    with pytest.raises(InputError, match="without reversing"):
        add_line(tracks, ref="2", start=railway.node(4), end=railway.node(3))


def test_via(tracks: Path) -> None:
    with pytest.raises(InputError, match="over"):
        add_line(tracks, ref="1", start=railway.node(0), end=railway.node(3), via=[railway.node(5)])
    add_line(tracks, ref="1", start=railway.node(0), end=railway.node(6), via=[railway.node(5)])


def test_node_names(tracks: Path) -> None:
    ids = read_map(tracks).nodes["node_id"].tolist()
    add_line(tracks, ref="1", start=ids[0], end=ids[3][:13])
    assert len(order(tracks, "1")) == 3
    with pytest.raises(UsageError, match="no node 'zz'"):
        add_line(tracks, ref="2", start="zz", end=ids[3])
    with pytest.raises(UsageError, match="no node ''"):
        add_line(tracks, ref="2", start="", end=ids[3])
    with pytest.raises(UsageError, match=r"no node within 25 m of 0,0"):
        add_line(tracks, ref="2", start="0,0", end=ids[3])
    with pytest.raises(UsageError, match="to itself"):
        add_line(tracks, ref="2", start=ids[0], end=ids[0])


def test_no_tracks_between(tracks: Path) -> None:
    with edit_map(tracks) as sql:
        sql.execute("DELETE FROM railway_link WHERE fid IN (6, 2)")
    with pytest.raises(InputError, match="gap"):
        add_line(tracks, ref="1", start=railway.node(0), end=railway.node(3))


def test_same_ref_twice(tracks: Path) -> None:
    add_line(tracks, ref="1", start=railway.node(0), end=railway.node(3))
    before = tracks.read_bytes()
    with pytest.raises(InputError, match="exists already; pass replace=True"):
        add_line(tracks, ref="1", start=railway.node(0), end=railway.node(6))
    assert tracks.read_bytes() == before
    add_line(tracks, ref="1", start=railway.node(0), end=railway.node(6), replace=True)
    assert order(tracks, "1") == [(0, False), (5, False), (4, False)]
    assert len(read_map(tracks).layers["railway_line"]) == 1


def test_a_line_with_deleted_links_is_refused(tracks: Path) -> None:
    add_line(tracks, ref="1", start=railway.node(0), end=railway.node(3))
    with edit_map(tracks) as sql:
        sql.execute("DELETE FROM railway_link WHERE fid = 2")
    with pytest.raises(MapError, match="line 1 has lost links; replace it with railmap line add"):
        auto_lines(tracks)


def test_auto_continues_straight(tracks: Path) -> None:
    lines = auto_lines(tracks)
    assert [line.ref for line in lines] == ["T1", "T2", "T3"]
    sequences = {frozenset(link for link, _ in order(tracks, ref)) for ref in ("T1", "T2", "T3")}
    assert sequences == {frozenset({0, 1, 2}), frozenset({3, 4}), frozenset({5})}
    assert lines[0].length >= lines[1].length >= lines[2].length
    after = tracks.read_bytes()
    assert auto_lines(tracks) == []
    assert tracks.read_bytes() == after


def test_auto_continues_straight_without_turnout_side(tracks: Path) -> None:
    with edit_map(tracks) as sql:
        sql.execute("UPDATE railway_node SET turnout_side = NULL")
    auto_lines(tracks)
    assert {link for link, _ in order(tracks, "T3")} == {5}


def test_auto_takes_refs_of_links(tracks: Path) -> None:
    with edit_map(tracks) as sql:
        sql.execute("UPDATE railway_link SET ref = '6185', name = 'Süd' WHERE fid IN (1, 2, 3)")
    lines = {line.ref: line for line in auto_lines(tracks, min_length_m=200)}
    assert set(lines) == {"6185", "T1"}
    assert lines["6185"].name == "Süd"


def test_auto_keeps_existing_lines(tracks: Path) -> None:
    add_line(tracks, ref="1", start=railway.node(0), end=railway.node(6))
    auto_lines(tracks)
    members = read_map(tracks).layers["railway_line_link"]
    assert not members["link_id"].duplicated().any()


def test_same_input_same_bytes(plain: Path, tmp_path: Path) -> None:
    copies = [Path(shutil.copy(plain, tmp_path / name)) for name in ("a.gpkg", "b.gpkg")]
    for path in copies:
        add_line(path, ref="1", start=railway.node(0), end=railway.node(6))
        auto_lines(path)
    assert copies[0].read_bytes() == copies[1].read_bytes()


def test_later_layers_are_whole_geopackage_layers(tracks: Path) -> None:
    add_line(tracks, ref="1", start=railway.node(0), end=railway.node(3))
    with edit_map(tracks) as sql:
        count = sql.execute(
            "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = 'railway_line'"
        ).fetchone()
        indexed = sql.execute("SELECT count(*) FROM rtree_railway_line_geom").fetchone()
        described = sql.execute(
            "SELECT count(*) FROM gpkg_data_columns WHERE table_name = 'railway_line'"
        ).fetchone()
        extent = sql.execute(
            "SELECT min_x, max_x FROM gpkg_contents WHERE table_name = 'railway_line'"
        ).fetchone()
    assert (count, indexed, described) == ((1,), (1,), (6,))
    assert extent == (pytest.approx(railway.X0), pytest.approx(railway.X0 + 1000))


def test_read_only(tracks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("railmap.mapping.store.editing.os.access", lambda *_: False)
    with pytest.raises(OutputError, match="read-only"):
        add_line(tracks, ref="1", start=railway.node(0), end=railway.node(3))


def test_chains_of_short_links_and_rings() -> None:
    """A ring closes at its first link; every link is in one sequence."""
    from railmap.mapping.referencing.continuity import continuous_sequences
    from railmap.mapping.referencing.link_arrays import LinkArrays

    t = np.linspace(0, 2 * np.pi, 9)
    ring = np.column_stack([500 * np.cos(t), 500 * np.sin(t)])
    ring[-1] = ring[0]
    xy = np.concatenate([ring[i : i + 2] for i in range(8)])
    length = float(np.hypot(*(ring[1] - ring[0])))
    nodes = np.column_stack([np.arange(8), (np.arange(8) + 1) % 8])
    track = LinkArrays(
        [str(i) for i in range(8)], np.arange(0, 17, 2), xy, np.tile([0.0, length], 8), nodes,
        [str(i) for i in range(8)], ring[:8], np.full(8, np.nan),
    )  # fmt: skip
    moves = {(i, 1): [((i + 1) % 8, 0)] for i in range(8)}
    moves |= {((i + 1) % 8, 0): [(i, 1)] for i in range(8)}

    class Bare:
        links = pd.DataFrame({"link_id": track.ids, "ref": [None] * 8})
        nodes = pd.DataFrame({"node_id": track.node_ids, "turnout_side": [None] * 8})

    sequences = continuous_sequences(Bare(), track, moves)  # type: ignore[arg-type]
    assert [sorted(link for link, _ in sequence) for sequence in sequences] == [list(range(8))]
