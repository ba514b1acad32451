"""A map whose schema quotes bytes that are no text: SQLite's own message cannot be decoded."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from railmap.errors import InputError, RailmapError
from railmap.files.output import atomic_output
from railmap.files.unfinished import roll_back_unfinished, settle
from railmap.files.vector import vector_layers
from railmap.files.vector_kinds import check_vector_kind
from railmap.mapping.attach.attach import attach_events
from railmap.mapping.store.access import check_free
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.migration import migrate_map
from railmap.mapping.store.reader import read_map
from railmap.pipeline.description import describe_file


def change(path: Path) -> None:
    with edit_map(path) as sql:
        sql.execute("SELECT * FROM railway_link").fetchall()


def attach(path: Path) -> None:
    events = path.with_name("events.csv")
    events.write_text("x,y\n500010,5400000\n")
    attach_events(path, events)


@pytest.fixture
def damaged(junction_map: Path, tmp_path: Path) -> Path:
    """The name of a table in its definition has a byte that is no UTF-8."""
    path = tmp_path / "m.gpkg"
    shutil.copy(junction_map, path)
    content = path.read_bytes()
    at = content.index(b'CREATE TABLE "railway_node"')
    path.write_bytes(content[:at] + b'CREATE TABL\xff "railway_node"' + content[at + 27 :])
    with (
        closing(sqlite3.connect(path)) as sql,
        pytest.raises((UnicodeDecodeError, sqlite3.DatabaseError)),
    ):
        sql.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return path


@pytest.mark.parametrize(
    "work", [read_map, describe_file, change, attach, vector_layers, check_vector_kind]
)
def test_is_refused_in_one_line(damaged: Path, work) -> None:
    with pytest.raises(RailmapError, match=r"m\.gpkg") as caught:
        work(damaged)
    assert caught.value.exit_code in (2, 3, 4)
    assert "\n" not in str(caught.value)


def test_it_is_replaced_and_nothing_else_fails(damaged: Path) -> None:
    assert migrate_map(damaged) is None
    check_free(damaged)
    for ending in ("-journal", "-wal"):
        Path(f"{damaged}{ending}").write_bytes(b"x")
    roll_back_unfinished(damaged)
    settle(damaged)
    with atomic_output(damaged, overwrite=True) as partial:
        partial.write_bytes(b"new")
    assert damaged.read_bytes() == b"new"


def test_virtual_tables_are_found_behind_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "events.gpkg"
    with closing(sqlite3.connect(path)) as sql:
        sql.execute("PRAGMA writable_schema = ON")
        sql.execute(
            "INSERT INTO sqlite_master VALUES ('table', CAST(X'ff61' AS TEXT), 't', 0,"
            " 'CREATE VIRTUAL TABLE t USING csv(filename=''/etc/passwd'')')"
        )
        sql.commit()
    with pytest.raises(InputError):
        check_vector_kind(path)
