from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from railmap.errors import MapError
from railmap.files.output import atomic_output
from railmap.files.vector import vector_layers
from railmap.mapping.store.describe import describe_map
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.reader import read_map


@pytest.fixture
def killed_map(junction_map: Path, tmp_path: Path) -> Path:
    """A map whose writer was killed while its change was half in the file."""
    path = tmp_path / "m.gpkg"
    shutil.copy(junction_map, path)
    child = os.fork()
    if child == 0:
        sql = sqlite3.connect(path, isolation_level=None)
        sql.execute("PRAGMA cache_size = 1")  # pages go to the file before the commit
        sql.execute("BEGIN IMMEDIATE")
        sql.execute("UPDATE gpkg_contents SET description = hex(randomblob(9000))")
        sql.execute("UPDATE layer_styles SET styleQML = hex(randomblob(9000))")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert Path(f"{path}-journal").stat().st_size > 0
    assert path.read_bytes() != junction_map.read_bytes()
    return path


def is_rolled_back(path: Path, original: Path) -> bool:
    return path.read_bytes() == original.read_bytes() and not Path(f"{path}-journal").exists()


@pytest.mark.parametrize("read", [read_map, describe_map, vector_layers])
def test_the_next_reader_rolls_back(killed_map: Path, junction_map: Path, read) -> None:
    assert read(killed_map)
    assert is_rolled_back(killed_map, junction_map)


def test_the_next_writer_rolls_back(killed_map: Path, junction_map: Path) -> None:
    with edit_map(killed_map) as sql:
        sql.execute("UPDATE qa_issue SET status = 'accepted'")
    assert len(read_map(killed_map).links) == len(read_map(junction_map).links)
    with sqlite3.connect(killed_map) as sql:
        assert sql.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert sql.execute("SELECT max(length(styleQML)) FROM layer_styles").fetchone() != (18000,)


def test_where_nothing_can_be_written_the_message_says_what_to_copy(
    killed_map: Path, monkeypatch
) -> None:
    monkeypatch.setattr("railmap.files.unfinished._may_write", lambda path: False)
    with pytest.raises(MapError, match=r"unfinished \(m\.gpkg-journal\).*copy both files"):
        read_map(killed_map)


def test_replacing_rolls_back_before_the_journal_goes(
    killed_map: Path, junction_map: Path, monkeypatch
) -> None:
    def stop(partial: Path, target: Path) -> None:  # a crash before the replacement
        raise KeyboardInterrupt

    monkeypatch.setattr("railmap.files.output.os.replace", stop)
    with (
        pytest.raises(KeyboardInterrupt),
        atomic_output(killed_map, overwrite=True) as partial,
    ):
        partial.write_text("new")
    assert is_rolled_back(killed_map, junction_map)


def test_a_running_writer_is_left_alone(junction_map: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.gpkg"
    shutil.copy(junction_map, path)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE gpkg_contents SET description = 'new'")
    assert len(read_map(path).links)
    writer.execute("COMMIT")
    writer.close()
    with sqlite3.connect(path) as sql:
        assert sql.execute("SELECT DISTINCT description FROM gpkg_contents").fetchall() == [
            ("new",)
        ]
