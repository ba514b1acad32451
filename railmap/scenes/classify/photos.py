"""Photos of any common kind as upright RGB pixels, small enough for a network."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from railmap.errors import InputError
from railmap.files.photo_files import list_photos

__all__ = ["list_photos", "read_photo"]

MIN_SIDE = 16
# Pillow decodes all of a PNG or TIFF at once; larger ones are read line by line by GDAL instead.
_WHOLE_PIXELS = 30_000_000
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")
_ORIENTATION = 274  # EXIF tag


def read_photo(path: Path, max_side: int = 1024) -> NDArray[np.uint8]:
    """Read a photo upright (EXIF orientation applied), at most `max_side` pixels long.

    Grey, palette, CMYK, 16-bit and transparent pictures become RGB. JPEGs are decoded at an
    eighth, a quarter or half of their size where that is enough, other large pictures line by
    line, so that 100 megapixels need tens of megabytes.

    Parameters
    ----------
    path
        JPEG, PNG, TIFF, WebP, BMP or GIF (its first frame).
    max_side
        Longest side of the result, pixels; smaller photos keep their size.

    Returns
    -------
    NDArray
        ``(height, width, 3)`` uint8 RGB.

    Raises
    ------
    InputError
        If the file is missing, no photo, HEIC, cut off, smaller than 16 x 16, or has more
        pixels than Pillow takes for safe (178 million).
    """
    try:
        with path.open("rb") as file:
            head = file.read(12)
        if head[4:8] == b"ftyp" and head[8:12].lower() in _HEIC:
            raise InputError(f"{path}: HEIC photos can't be read; convert it to JPEG")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd EXIF, many pixels: neither stops the reading
            with Image.open(path) as image:
                return _decode(path, image, max_side)
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(f"{path}: more than 178 million pixels; make it smaller") from error
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: not a photo that can be read; use JPEG, PNG or TIFF") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or " ".join(str(error).split())
        raise InputError(f"{path}: the photo can't be read ({reason})") from error


def _decode(path: Path, image: Image.Image, max_side: int) -> NDArray[np.uint8]:
    width, height = image.size
    if min(width, height) < MIN_SIDE:
        raise InputError(
            f"{path}: {width} x {height} pixels; a scene needs {MIN_SIDE} x {MIN_SIDE} or more"
        )
    orientation = int(image.getexif().get(_ORIENTATION, 1))
    if image.format in ("JPEG", "MPO"):
        image.draft(None, (max_side, max_side))
    elif width * height > _WHOLE_PIXELS:
        image = _by_lines(path, image, max_side)
    small = _rgb(image)
    small.thumbnail((max_side, max_side), Image.Resampling.BOX, reducing_gap=2.0)
    small.getexif()[_ORIENTATION] = orientation
    return np.array(ImageOps.exif_transpose(small), np.uint8)


def _rgb(image: Image.Image) -> Image.Image:
    """RGB at 8 bits; what is transparent becomes mid-grey, as it would be in no photo."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, np.float32)
        top = 65535.0 if values.max() > 255 else 255.0
        return Image.fromarray(np.clip(values * (255 / top), 0, 255).astype(np.uint8)).convert(
            "RGB"
        )
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        ground = Image.new("RGBA", clear.size, (128, 128, 128, 255))
        return Image.alpha_composite(ground, clear).convert("RGB")
    return image.convert("RGB")


def _by_lines(path: Path, image: Image.Image, max_side: int) -> Image.Image:
    """Read a large picture reduced, with GDAL, which holds a few lines of it at a time."""
    import rasterio
    from rasterio.enums import ColorInterp, Resampling
    from rasterio.errors import RasterioError

    scale = max_side / max(image.size)
    rows, cols = (max(1, round(side * scale)) for side in (image.height, image.width))
    try:
        with rasterio.open(path) as data:
            if data.colorinterp[0] == ColorInterp.palette:
                indices = data.read(1, out_shape=(rows, cols), resampling=Resampling.nearest)
                table = np.zeros((256, 3), np.uint8)
                for index, colour in data.colormap(1).items():
                    table[index % 256] = colour[:3]
                return Image.fromarray(table[indices])
            bands = [1, 2, 3] if data.count >= 3 else [1, 1, 1]
            pixels = data.read(bands, out_shape=(3, rows, cols), resampling=Resampling.average)
    except RasterioError as error:
        raise InputError(
            f"{path}: the photo can't be read ({' '.join(str(error).split())})"
        ) from error
    if pixels.dtype != np.uint8:
        top = 65535.0 if pixels.max() > 255 else 255.0
        pixels = np.clip(pixels.astype(np.float32) * (255 / top), 0, 255).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))
