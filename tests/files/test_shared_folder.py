"""Folders on a disk and in object storage behave the same."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from railmap.errors import MissingExtraError, OutputError
from railmap.files.shared_folder import LocalFolder, UrlFolder, open_folder


@pytest.mark.parametrize("kind", ["disk", "memory"])
def test_files_come_and_go(kind: str, tmp_path: Path) -> None:
    if kind == "memory":
        pytest.importorskip("fsspec")
    place = tmp_path / "a" / "b" if kind == "disk" else f"memory://{uuid.uuid4().hex}/b"
    folder = open_folder(place)
    assert isinstance(folder, LocalFolder if kind == "disk" else UrlFolder)
    assert folder.names() == set()
    folder.remove("none.bin")
    folder.create()
    folder.write("one.bin", b"1")
    folder.write("one.bin", b"11")
    folder.write("two.bin", b"2")
    assert folder.names() == {"one.bin", "two.bin"}
    assert folder.read("one.bin") == b"11"
    folder.remove("two.bin")
    with pytest.raises(FileNotFoundError):
        folder.read("two.bin")
    inner = folder.inner("in")
    inner.create()
    inner.write("three.bin", b"3")
    assert inner.names() == {"three.bin"}
    assert str(inner) == f"{place}/in"
    inner.clear()
    assert inner.names() == set()
    folder.drop_empty()
    assert "one.bin" in folder.names()


def test_an_unknown_url_is_one_line() -> None:
    pytest.importorskip("fsspec")
    with pytest.raises((OutputError, MissingExtraError), match="fsspec can't open") as told:
        open_folder("nonsense://bucket/folder")
    assert "\n" not in str(told.value)


def test_what_a_file_system_raises_becomes_an_os_error(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = pytest.importorskip("fsspec.implementations.memory")

    def refuse(*values: object, **named: object) -> None:
        raise RuntimeError("access\ndenied")

    monkeypatch.setattr(memory.MemoryFileSystem, "pipe_file", refuse)
    with pytest.raises(OSError, match="RuntimeError: access denied"):
        open_folder("memory://refused").write("a", b"")
