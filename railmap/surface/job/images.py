"""The images of a job: found by name, read one at a time."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError

__all__ = ["IMAGE_SUFFIXES", "SurfaceImage", "find_images", "image_size", "read_image"]

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".pgm", ".webp")
_LARGEST = 2_000_000_000  # pixels: beyond this a header is more likely broken than true
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class SurfaceImage:
    """One image of the job.

    Parameters
    ----------
    path
        The file.
    name
        What it is called in the results: its file name, with folders where two share one.
    """

    path: Path
    name: str

    def key(self) -> str:
        """What a later run knows it by."""
        found = self.path.stat()
        return f"{self.path.resolve()}|{found.st_size}|{found.st_mtime_ns}"


def find_images(sources: Iterable[str | Path]) -> list[SurfaceImage]:
    """Return the images named by files, folders (searched through) and patterns, in natural order.

    The order of `sources` is kept; within a folder or pattern ``img2`` comes before ``img10``.

    Raises
    ------
    InputError
        If a source names nothing, or none of it is an image.
    """
    paths: list[Path] = []
    for source in sources:
        text = str(source)
        path = Path(text)
        if path.is_dir():
            inside = (p for p in path.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
            found = [p for p in inside if not p.name.startswith(".")]
        elif path.exists():
            found = [path]
        else:
            found = [Path(name) for name in glob.glob(text, recursive=True)]
            if not found:
                raise InputError(f"{text}: there is no such image or folder")
        paths += sorted(found, key=_natural)
    paths = list(dict.fromkeys(paths))
    if not paths:
        kinds = " ".join(IMAGE_SUFFIXES)
        raise InputError(f"no images in {', '.join(map(str, sources))} (looked for {kinds})")
    names = [path.name for path in paths]
    if len(set(names)) < len(names):
        names = [path.as_posix() for path in paths]
    return [SurfaceImage(path, name) for path, name in zip(paths, names, strict=True)]


def _natural(path: Path) -> list[tuple[bool, int, str]]:
    parts = _DIGITS.split(path.as_posix())
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def image_size(path: Path) -> tuple[int, int]:
    """Return rows and columns from the header alone.

    Raises
    ------
    InputError
        If it has none.
    """
    with _opened(path) as picture:
        return picture.height, picture.width


def read_image(path: Path) -> NDArray[Any]:
    """Read ``(H, W)`` or ``(H, W, 3)`` uint8 or uint16.

    Raises
    ------
    InputError
        If the file is no image, is cut short, or has pixels of another kind.
    """
    with _opened(path) as picture:
        try:
            if picture.mode in ("1", "P", "LA", "PA"):
                picture = picture.convert("RGB" if picture.mode in ("P", "PA") else "L")
            elif picture.mode in ("RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"):
                picture = picture.convert("RGB")
            pixels = np.asarray(picture)
        except (OSError, ValueError, SyntaxError, MemoryError) as error:
            raise InputError(f"{path}: can't be read whole ({_line(error)})") from error
    if pixels.dtype == np.int32 and pixels.size and pixels.min() >= 0 and pixels.max() < 65536:
        pixels = pixels.astype(np.uint16)
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim not in (2, 3):
        raise InputError(f"{path}: has {pixels.dtype} pixels; 8 or 16 bit grey or RGB is expected")
    return pixels


def _opened(path: Path) -> Any:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # line scans are long; the header's size is checked here
    try:
        picture = Image.open(path)
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path}: is no image that can be read ({_line(error)})") from error
    if picture.width * picture.height > _LARGEST:
        raise InputError(f"{path}: says it has {picture.width} x {picture.height} pixels")
    return picture


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())
