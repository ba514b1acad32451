"""Photos become upright RGB; an unreadable file gives a one-line error."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from railmap.errors import InputError
from railmap.files.photo import image_size, read_image, read_photo


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
        ("text.jpg", b"no photo at all", "not an image"),
        ("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        ("renamed.jpg", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        ("empty.jpg", b"", "is empty"),
    ],
)
@pytest.mark.parametrize("read", [read_photo, read_image, image_size])
def test_unreadable_files(
    read: Callable[[Path], object], tmp_path: Path, name: str, content: bytes, word: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=word) as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_single_pixel_truncated_and_missing(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    with pytest.raises(InputError, match="1 x 1 pixels"):
        read_photo(tmp_path / "dot.png")
    picture(300, 300).save(tmp_path / "whole.jpg")
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"cut\.jpg"):
        read_photo(tmp_path / "cut.jpg")
    with pytest.raises(InputError, match="no such file"):
        read_photo(tmp_path / "missing.jpg")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["large.png", "large.jpg"])
def test_a_hundred_megapixels_in_little_memory(tmp_path: Path, name: str) -> None:
    Image.new("L", (10_000, 10_000), 90).save(tmp_path / name)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "import rasterio; from railmap.files.photo import read_photo\n"
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


def png_header(path: Path, width: int, height: int) -> None:
    """Write a PNG whose header states a size that its data does not have."""
    Image.new("L", (1, 1)).save(path)
    data = bytearray(path.read_bytes())
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    path.write_bytes(data)


def test_decompression_bombs_are_refused(tmp_path: Path) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    bomb = tmp_path / "bomb.png"
    png_header(bomb, 20_000, 10_000)
    with pytest.raises(InputError, match=r"bomb\.png: .* more than 178 million; reduce it"):
        read_photo(bomb)
    assert image_size(bomb) == (10_000, 20_000)
    png_header(bomb, 100_000, 30_000)
    for read in (read_image, image_size):
        with pytest.raises(InputError, match="more than 2000 million"):
            read(bomb)
    assert limit == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize(
    ("mode", "shape", "depth"),
    [
        ("1", (40, 60), np.uint8),
        ("L", (40, 60), np.uint8),
        ("LA", (40, 60), np.uint8),
        ("P", (40, 60, 3), np.uint8),
        ("RGBA", (40, 60, 3), np.uint8),
        ("I;16", (40, 60), np.uint16),
        ("I;16B", (40, 60), np.uint16),
    ],
)
def test_images_keep_their_stored_depth(
    tmp_path: Path, mode: str, shape: tuple[int, ...], depth: type
) -> None:
    path = tmp_path / "image.tif"
    if mode.startswith("I"):
        Image.frombytes(mode, (60, 40), b"\1" * 4800).save(path)
    else:
        path = path.with_suffix(".png")
        picture().convert(mode).save(path)
    found = read_image(path)
    assert (found.shape, found.dtype) == (shape, depth)
    assert image_size(path) == (40, 60)


def test_images_are_not_turned_and_float_pixels_are_refused(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    picture().save(tmp_path / "turned.jpg", exif=exif, quality=95)
    assert read_image(tmp_path / "turned.jpg").shape == (40, 60, 3)
    Image.new("F", (20, 20)).save(tmp_path / "float.tif")
    with pytest.raises(InputError, match="float32 pixels; convert it"):
        read_image(tmp_path / "float.tif")
