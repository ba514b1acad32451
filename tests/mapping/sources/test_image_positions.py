"""A table of positions says which image each row is of, or is refused."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from railmap.errors import InputError
from railmap.mapping.sources.image_positions import ByTable


class Image(NamedTuple):
    path: Path
    name: str


def images(*names: str) -> list[Image]:
    return [Image(Path("/photos") / name, name) for name in names]


def table(folder: Path, *rows: str) -> ByTable:
    path = folder / "positions.csv"
    path.write_text("image,lon,lat\n" + "".join(f"{row}\n" for row in rows))
    return ByTable(path)


def longitudes(found: list) -> list[float | None]:
    return [None if position is None else position.lon for position in found]


def test_images_are_found_by_their_names_with_and_without_folders(tmp_path: Path) -> None:
    by = table(tmp_path, "a.jpg,8,50", "day2/b.jpg,9,50", "c.jpg,7,50")
    found = by.positions(images("a.jpg", "day2/a.jpg", "day2/b.jpg", "day1/c.jpg"), None)
    assert longitudes(found) == [8.0, None, 9.0, 7.0]


def test_a_bare_name_of_several_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.jpg can be day1/a\.jpg or day2/a\.jpg; name the"):
        table(tmp_path, "a.jpg,8,50").positions(images("day1/a.jpg", "day2/a.jpg"), None)


def test_two_rows_of_one_image_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"rows 2 and 4 are of the same image, a\.jpg"):
        table(tmp_path, "a.jpg,8,50", "b.jpg,8,50", "a.jpg,9,50").positions(images("a.jpg"), None)
