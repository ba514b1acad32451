"""Maps of the first schema are migrated."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from railmap.errors import MapError, OutputError
from railmap.mapping import check_map, read_map
from railmap.mapping.schema import SCHEMA_VERSION, layer
from railmap.mapping.store.editing import edit_map
from railmap.mapping.style.qml import layer_qml

_OF_3 = (
    ("railway_node", "turnout_type"),
    ("railway_node", "turnout_type_probability"),
    ("alignment_segment", "radius_sigma_m"),
)


def downgrade(path: Path) -> Path:
    """Convert a map to schema 1."""
    with edit_map(path) as sql:
        sql.execute("ALTER TABLE railway_link DROP COLUMN maxspeed")
        sql.execute("DELETE FROM gpkg_data_columns WHERE column_name = 'maxspeed'")
        for table, column in _OF_3:
            sql.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
            sql.execute("DELETE FROM gpkg_data_columns WHERE column_name = ?", (column,))
        (text,) = sql.execute("SELECT metadata FROM gpkg_metadata").fetchone()
        text = json.dumps(json.loads(text) | {"schema_version": 1}, ensure_ascii=False)
        sql.execute("UPDATE gpkg_metadata SET metadata = ?", (text,))
        for number, qml in sql.execute("SELECT id, styleQML FROM layer_styles").fetchall():
            qml = re.sub(r" *<defaults>.*</defaults>\n", "", qml, flags=re.S)
            qml = qml.replace("|Fields", "")
            sql.execute("UPDATE layer_styles SET styleQML = ? WHERE id = ?", (qml, number))
    return path


@pytest.fixture
def old(junction_map: Path, tmp_path: Path) -> Path:
    return downgrade(Path(shutil.copy(junction_map, tmp_path / "Gleise öst.gpkg")))


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as sql:
        (text,) = sql.execute("SELECT metadata FROM gpkg_metadata").fetchone()
    return int(json.loads(text)["schema_version"])


def columns(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as sql:
        return [row[1] for row in sql.execute("PRAGMA table_info(railway_link)")]


def test_reading_migrates_with_a_backup(old: Path, junction_map: Path) -> None:
    before = old.read_bytes()
    content = read_map(old)
    assert content.links["maxspeed"].isna().all()
    assert version(old) == SCHEMA_VERSION
    backup = old.with_name("Gleise öst.v1.backup.gpkg")
    # SQLite counts changes in the file's head.
    assert backup.read_bytes()[100:] == before[100:]
    assert "maxspeed" not in columns(backup)
    assert sorted(path.name for path in old.parent.iterdir()) == sorted([old.name, backup.name])
    # Nothing is lost, and the result is as a new map.
    fresh = read_map(junction_map)
    for name, frame in fresh.layers.items():
        assert content.layers[name].equals(frame), name
    with closing(sqlite3.connect(old)) as sql:
        styles = dict(sql.execute("SELECT f_table_name, styleQML FROM layer_styles"))
        described = sql.execute(
            "SELECT description FROM gpkg_data_columns WHERE column_name = 'maxspeed'"
        ).fetchone()
        assert sql.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert styles["railway_link"] == layer_qml(layer("railway_link"))
    assert "speed" in described[0]


def test_schema_2_is_migrated_too(junction_map: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(junction_map, tmp_path / "map.gpkg"))
    with edit_map(path) as sql:
        for table, column in _OF_3:
            sql.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
            sql.execute("DELETE FROM gpkg_data_columns WHERE column_name = ?", (column,))
        sql.execute(
            "UPDATE gpkg_metadata SET metadata = "
            f"replace(metadata, '\"schema_version\": {SCHEMA_VERSION}',"
            " '\"schema_version\": 2')"
        )
    assert version(path) == 2
    nodes = read_map(path).layers["railway_node"]
    assert nodes["turnout_type"].isna().all()
    assert version(path) == SCHEMA_VERSION
    assert path.with_name("map.v2.backup.gpkg").exists()


def test_schema_3_gets_the_domains_and_styles_of_heights(
    junction_map: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(junction_map, tmp_path / "map.gpkg"))
    new = ("track_height", "vertical_segment")
    domains = "SELECT * FROM gpkg_data_column_constraints WHERE constraint_name IN (?, ?)"
    styles = "SELECT f_table_name, styleQML FROM layer_styles WHERE f_table_name IN (?, ?)"
    with edit_map(path) as sql:
        known = set(sql.execute(domains, ("vertical_type", "height_source")).fetchall())
        sql.execute("DELETE FROM layer_styles WHERE f_table_name IN (?, ?)", new)
        sql.execute(
            "DELETE FROM gpkg_data_column_constraints WHERE constraint_name IN (?, ?)",
            ("vertical_type", "height_source"),
        )
        sql.execute(
            f'UPDATE gpkg_metadata SET metadata = replace(metadata, \'"schema_version":'
            f" {SCHEMA_VERSION}', '\"schema_version\": 3')"
        )
    assert version(path) == 3
    read_map(path)
    assert version(path) == SCHEMA_VERSION
    with closing(sqlite3.connect(path)) as sql:
        assert set(sql.execute(domains, ("vertical_type", "height_source"))) == known
        assert len(known) == 8
        assert dict(sql.execute(styles, new)) == {name: layer_qml(layer(name)) for name in new}


def test_editing_migrates(old: Path) -> None:
    with edit_map(old) as sql:
        sql.execute("UPDATE railway_link SET maxspeed = '80' WHERE fid = 1")
    assert read_map(old).links.loc[1, "maxspeed"] == "80"
    assert old.with_name("Gleise öst.v1.backup.gpkg").exists()
    assert len(list(old.parent.iterdir())) == 2


def test_a_migrated_map_can_be_checked(old: Path, junction_map: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(junction_map, tmp_path / "new.gpkg"))
    assert check_map(old) == check_map(copy)


def test_an_earlier_backup_stays(old: Path) -> None:
    earlier = old.with_name("Gleise öst.v1.backup.gpkg")
    earlier.write_text("mine")
    before = old.read_bytes()
    read_map(old)
    assert earlier.read_text() == "mine"
    assert old.with_name("Gleise öst.v1.backup-2.gpkg").read_bytes()[100:] == before[100:]


def test_same_map_same_bytes(old: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    copy = Path(shutil.copy(old, folder / old.name))
    read_map(old)
    read_map(copy)
    assert old.read_bytes() == copy.read_bytes()


def test_read_only_map_stays(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = old.read_bytes()
    # Root may write everywhere; what a user sees is what os.access says.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(OutputError, match="older schema and is read-only"):
        read_map(old)
    assert old.read_bytes() == before
    assert list(old.parent.iterdir()) == [old]


def test_map_open_elsewhere_stays(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("railmap.mapping.store.migration.BUSY_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(old, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="another program is writing to it"):
            read_map(old)
        other.execute("ROLLBACK")
    assert version(old) == 1
    assert list(old.parent.iterdir()) == [old]


def test_what_another_program_wrote_is_in_the_backup(old: Path) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as qgis:
        qgis.execute("PRAGMA journal_mode = WAL")
        qgis.execute("UPDATE net_relation SET end_a = 7 WHERE fid = 1")
        assert read_map(old).layers["net_relation"].loc[1, "end_a"] == 7
        backup = old.with_name("Gleise öst.v1.backup.gpkg")
        with closing(sqlite3.connect(backup)) as sql:
            assert sql.execute("SELECT end_a FROM net_relation WHERE fid = 1").fetchone() == (7,)


def test_a_failed_step_leaves_the_map(old: Path) -> None:
    before = old.read_bytes()
    with closing(sqlite3.connect(old)) as sql, sql:
        sql.execute("DROP TABLE gpkg_data_columns")
    broken = old.read_bytes()
    assert broken != before
    with pytest.raises(OutputError, match="cannot be migrated"):
        read_map(old)
    assert old.read_bytes() == broken
    assert version(old) == 1


def test_newer_maps_are_refused(old: Path) -> None:
    with closing(sqlite3.connect(old)) as sql, sql:
        newer = json.dumps({"schema_version": SCHEMA_VERSION + 1})
        sql.execute("UPDATE gpkg_metadata SET metadata = ?", (newer,))
    before = old.read_bytes()
    with pytest.raises(MapError, match=f"{SCHEMA_VERSION + 1} is newer than {SCHEMA_VERSION}; up"):
        read_map(old)
    assert old.read_bytes() == before
