"""Photos of any kind become upright RGB; what can't be read says so in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from railmap.errors import InputError
from railmap.scenes.classify.classes import SCENE_CLASSES, find_class, nearest_class
from railmap.scenes.classify.photos import list_photos, read_photo


def picture(width: int = 60, height: int = 40) -> Image.Image:
    """Red on the left, blue on the right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = 250
    pixels[:, width // 2 :, 2] = 250
    return Image.fromarray(pixels)


def is_red(pixel: np.ndarray) -> bool:
    return bool(pixel[0] > 200 and pixel[1] < 60 and pixel[2] < 60)


def test_exif_rotation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6  # to be shown turned clockwise by 90 degrees
    picture().save(tmp_path / "turned.jpg", exif=exif, quality=95)
    found = read_photo(tmp_path / "turned.jpg")
    assert found.shape == (60, 40, 3)
    assert is_red(found[5, 20])
    assert not is_red(found[55, 20])


@pytest.mark.parametrize("kind", ["cmyk.jpg", "palette.png", "grey.png", "deep.png", "clear.png"])
def test_every_kind_becomes_rgb(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "cmyk.jpg":
        picture().convert("CMYK").save(path, quality=95)
    elif kind == "palette.png":
        picture().convert("P").save(path)
    elif kind == "grey.png":
        picture().convert("L").save(path)
    elif kind == "deep.png":
        Image.fromarray(np.full((40, 60), 40000, np.uint16)).save(path)
    else:
        picture().convert("RGBA").save(path)
    found = read_photo(path)
    assert found.shape == (40, 60, 3)
    assert found.dtype == np.uint8
    if kind in ("cmyk.jpg", "palette.png", "clear.png"):
        assert is_red(found[20, 10])
    if kind == "deep.png":
        assert abs(int(found[0, 0, 0]) - 40000 / 257) <= 2


def test_long_side_is_limited(tmp_path: Path) -> None:
    picture(800, 200).save(tmp_path / "wide.jpg")
    assert read_photo(tmp_path / "wide.jpg", max_side=100).shape == (25, 100, 3)


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("text.jpg", b"no photo at all", "not a photo"),
        ("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        ("renamed.jpg", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        ("empty.jpg", b"", "not a photo"),
    ],
)
def test_no_photo(tmp_path: Path, name: str, content: bytes, word: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=word) as caught:
        read_photo(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_one_pixel_cut_off_and_missing(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    with pytest.raises(InputError, match="1 x 1 pixels"):
        read_photo(tmp_path / "dot.png")
    picture(300, 300).save(tmp_path / "whole.jpg")
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"cut\.jpg"):
        read_photo(tmp_path / "cut.jpg")
    with pytest.raises(InputError, match="No such file"):
        read_photo(tmp_path / "missing.jpg")


@pytest.mark.parametrize("name", ["large.png", "large.jpg"])
def test_a_hundred_megapixels_in_little_memory(tmp_path: Path, name: str) -> None:
    Image.new("L", (10_000, 10_000), 90).save(tmp_path / name)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "import rasterio; from railmap.scenes.classify.photos import read_photo\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "found = read_photo(Path(sys.argv[1]))\n"
        "assert found.shape == (1024, 1024, 3) and abs(int(found.mean()) - 90) < 3, found.shape\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 150, "MiB"


def test_photos_are_listed_by_name_without_hidden_ones(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", ".hidden.jpg", "notes.txt", "deeper/c.webp"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    names = [path.relative_to(tmp_path).as_posix() for path in list_photos(tmp_path)]
    assert names == ["a.png", "b.JPG", "deeper/c.webp"]


def test_the_twelve_classes() -> None:
    assert len(SCENE_CLASSES) == len({scene.key for scene in SCENE_CLASSES}) == 12
    names = ("Station square", "火车站广场", "station-square", "Station Spuare", "站前广场")
    assert {find_class(name).key for name in names} == {"station_square"}  # type: ignore[union-attr]
    assert find_class("beach") is None
    near = nearest_class("tunnell")
    assert near is not None
    assert near.key == "tunnel"
    assert nearest_class("beach") is None
