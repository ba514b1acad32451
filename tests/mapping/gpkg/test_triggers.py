"""What another person's map makes SQLite do is refused, or does nothing."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from railmap.errors import MapError
from railmap.mapping import read_map
from railmap.mapping.gpkg.triggers import foreign_triggers
from railmap.mapping.remap.edited_map import read_edits
from railmap.mapping.store import access
from railmap.mapping.store.editing import edit_map
from tests.helpers import networks, railway

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS rule FROM n"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return railway.write_railway(tmp_path_factory.mktemp("triggers") / "plain.gpkg")


@pytest.fixture
def tracks(plain: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(plain, tmp_path / "m.gpkg"))


def run(path: Path, statements: str) -> None:
    with closing(sqlite3.connect(path)) as sql:
        sql.executescript(statements)
        sql.commit()


def test_triggers_of_the_standard_and_of_gdal_may_stay(tracks: Path) -> None:
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs=networks.CRS)
    frame.to_file(tracks, layer="O'Hara; -- x", mode="a")
    with closing(sqlite3.connect(tracks)) as sql:
        (count,) = sql.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
        ).fetchone()
        assert count > 30
        assert foreign_triggers(sql) == []
    with edit_map(tracks) as sql:
        sql.execute("UPDATE railway_node SET reviewed = 1")


@pytest.mark.parametrize(
    "trigger",
    [
        "AFTER UPDATE ON railway_node BEGIN DELETE FROM railway_link; END",
        "AFTER UPDATE ON railway_node BEGIN SELECT load_extension('x'); END",
        "AFTER UPDATE ON railway_node WHEN load_extension('x') BEGIN"
        ' DELETE FROM "rtree_a_geom" WHERE id = OLD.fid; END',
        'AFTER UPDATE ON railway_node BEGIN DELETE FROM "rtree_a_geom" WHERE id = OLD.fid;'
        " DELETE FROM railway_link; END",
        "AFTER UPDATE ON railway_node BEGIN UPDATE gpkg_ogr_contents SET feature_count = 7; END",
    ],
)
def test_other_triggers_do_not_run(tracks: Path, trigger: str) -> None:
    run(tracks, f"CREATE TRIGGER rtree_mine {trigger}")
    before = tracks.read_bytes()
    for work in (lambda: edit_map(tracks).__enter__(), lambda: read_edits(tracks)):
        with pytest.raises(MapError, match="the trigger rtree_mine would run"):
            work()
    assert len(read_map(tracks).links) == 6  # reading runs no trigger
    assert tracks.read_bytes() == before


@pytest.mark.parametrize("table", ["qa_issue", "railway_link", "gpkg_metadata", "gpkg_contents"])
def test_a_layer_that_is_a_view_is_not_read(tracks: Path, table: str) -> None:
    with closing(sqlite3.connect(tracks)) as sql:
        sql.execute("PRAGMA legacy_alter_table = ON")
        for (name,) in sql.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            sql.execute(f'DROP TRIGGER "{name}"')
        sql.execute(f"DROP TABLE {table}")
        sql.execute(f"CREATE VIEW {table} AS {ENDLESS}")
        sql.commit()
    with pytest.raises(MapError, match=f"the layer {table} is computed and no table"):
        read_map(tracks)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE railway_link SET geom = X'00'",
        "UPDATE railway_link SET length_m = 'long'",
        "UPDATE gpkg_spatial_ref_sys SET definition = 'x', organization = 'NONE'",
        "UPDATE gpkg_spatial_ref_sys SET organization_coordsys_id = 999999999",
        "UPDATE processing_run SET started_at = 'yesterday'",
    ],
)
def test_impossible_values_are_told_in_one_line(tracks: Path, change: str) -> None:
    with closing(sqlite3.connect(tracks)) as sql:
        for (name,) in sql.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            sql.execute(f'DROP TRIGGER "{name}"')
        sql.execute(change)
        sql.commit()
    with pytest.raises(MapError, match=r"m\.gpkg: cannot be read as a map.*restore it"):
        read_map(tracks)


def test_a_map_in_wal_mode_on_a_read_only_medium(
    tracks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite cannot create its files beside the map there."""
    run(tracks, "PRAGMA journal_mode = wal; CREATE TABLE a (b); DROP TABLE a")
    assert not tracks.with_name("m.gpkg-wal").exists()
    connect = sqlite3.connect

    class ReadOnly(sqlite3.Connection):
        def execute(self, *words: object) -> sqlite3.Cursor:
            if "sqlite_master" in str(words[0]):
                error = sqlite3.OperationalError("unable to open database file")
                error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
                raise error
            return super().execute(*words)  # type: ignore[arg-type]

    def on_medium(address: str, **options: object) -> sqlite3.Connection:
        plain = "immutable" in str(address) or "mode=ro" not in str(address)
        return connect(address, **options, **({} if plain else {"factory": ReadOnly}))

    monkeypatch.setattr(access.sqlite3, "connect", on_medium)
    assert len(read_map(tracks).links) == 6
    # With a log that holds changes the file alone is not the map.
    tracks.with_name("m.gpkg-wal").write_bytes(b"log")
    with pytest.raises(MapError, match=r"cannot be opened.*with NAME-wal.*unable to open"):
        read_map(tracks)
