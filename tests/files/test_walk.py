from __future__ import annotations

import os
from pathlib import Path

import pytest

from railmap.errors import InputError
from railmap.files.walk import list_files


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.jpg", "._a.jpg", ".hidden.jpg", "c.txt", "sub/d.jpg", ".git/e.jpg",
                 "__MACOSX/._a.jpg"):  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    top = [path.name for path in list_files(tmp_path, (".jpg",))]
    assert top == ["a.jpg", "b.JPG"]
    deep = [
        path.relative_to(tmp_path).as_posix() for path in list_files(tmp_path, (".jpg",), deep=True)
    ]
    assert deep == ["a.jpg", "b.JPG", "sub/d.jpg"]


def test_a_broken_link_is_listed_and_a_circle_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (tmp_path / "circle").symlink_to(tmp_path)
    assert [path.name for path in list_files(tmp_path, (".jpg",), deep=True)] == ["gone.jpg"]


def test_a_folder_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match=r"closed: the folder cannot be read \(Permission denied"):
        list_files(tmp_path, (".jpg",), deep=True)


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_no_folder_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=f"{name}: no such folder"):
        list_files(tmp_path / name, (".jpg",))
