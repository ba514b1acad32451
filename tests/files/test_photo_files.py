"""Photo files are listed by name in natural order."""

from __future__ import annotations

from pathlib import Path

import pytest

from railmap.errors import InputError
from railmap.files.photo_files import find_photo_files, list_photos


def names(*sources: str | Path) -> list[str]:
    return [photo.name for photo in find_photo_files(sources)]


def touch(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()


def test_natural_order_within_a_source(tmp_path: Path) -> None:
    touch(tmp_path, "img10.png", "img2.PNG", "img1.png", "notes.txt", ".hidden.png", ".x/a.png")
    assert names(tmp_path) == ["img1.png", "img2.PNG", "img10.png"]
    assert names(tmp_path / "img10.png", tmp_path) == ["img10.png", "img1.png", "img2.PNG"]
    assert names(tmp_path / "img1*.png") == ["img1.png", "img10.png"]
    assert [path.name for path in list_photos(tmp_path)] == ["img1.png", "img10.png", "img2.PNG"]


def test_the_same_file_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a.png", "b.png")
    monkeypatch.chdir(tmp_path)
    assert names("b.png", tmp_path, "./a.png") == ["b.png", "a.png"]


def test_equal_names_get_their_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "left/1.png", "right/1.png")
    monkeypatch.chdir(tmp_path)
    assert names("left", "right") == ["left/1.png", "right/1.png"]


def test_two_links_to_one_file_have_different_keys(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    keys = {photo.key() for photo in find_photo_files([tmp_path])}
    assert len(keys) == 2


def test_nothing_found_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no photos in .*looked for \.jpg"):
        find_photo_files([tmp_path], "photo")
    with pytest.raises(InputError, match="there is no such image"):
        find_photo_files([tmp_path / "x*.png"])


def test_photos_are_listed_by_name_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", ".hidden.jpg", "notes.txt", "deeper/c.webp"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    names = [path.relative_to(tmp_path).as_posix() for path in list_photos(tmp_path)]
    assert names == ["a.png", "b.JPG", "deeper/c.webp"]
