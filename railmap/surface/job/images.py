"""The images of a job, read one at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError

__all__ = ["image_size", "read_image"]

_LARGEST = 2_000_000_000  # pixels: beyond this a header is more likely broken than true


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
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # line scans are long; the header's size is checked here
    try:
        picture = Image.open(path)
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: is no image that can be read; use PNG, TIFF or JPEG") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise InputError(f"{path}: is no image that can be read ({_line(error)})") from error
    if picture.width * picture.height > _LARGEST:
        raise InputError(f"{path}: says it has {picture.width} x {picture.height} pixels")
    return picture


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())
