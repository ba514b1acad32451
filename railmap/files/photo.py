"""Read photos and other images without georeference; turn Pillow's errors into one-line errors."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from railmap.errors import InputError, RailmapError, one_line
from railmap.files.inputs import check_input
from railmap.files.raster_file import open_raster_file

__all__ = ["MIN_SIDE", "image_size", "read_image", "read_photo"]

MIN_SIDE = 16
"""Shortest side of a photo, pixels."""
# Pillow's own limit of a safe photo; a small file that unpacks to more is likely an attack.
_MOST_PHOTO_PIXELS = 178_000_000
# Line-scan images are long. A larger size in the header is more likely damage than true.
_MOST_PIXELS = 2_000_000_000
# Pillow decodes a whole PNG or TIFF at once; GDAL reads larger ones line by line.
_WHOLE_PIXELS = 30_000_000
_WHITES = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")
_ORIENTATION = 274  # EXIF tag
# Pillow's limit is one global variable, so only one thread may open a file without it.
# Not PostScript and the like, for which Pillow runs other programs.
_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "GIF", "PPM", "JPEG2000")
_OPENING = threading.Lock()


def read_photo(path: Path, max_side: int = 1024) -> NDArray[np.uint8]:
    """Read a photo upright (EXIF orientation applied), reduced to at most `max_side` pixels.

    Grey, palette, CMYK, 16-bit and transparent images become RGB. JPEGs are decoded at an
    eighth, a quarter or half of their size where that is enough, other large images line by
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
        If the file is missing, not a photo, HEIC, truncated, smaller than 16 x 16, or has more
        than 178 million pixels.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("L", (400, 200)).save(Path(folder) / "grey.png")
    ...     read_photo(Path(folder) / "grey.png", max_side=100).shape
    (50, 100, 3)
    """
    with _opened(path, _MOST_PHOTO_PIXELS) as image:
        width, height = image.size
        if min(width, height) < MIN_SIDE:
            raise InputError(
                f"{path}: {width} x {height} pixels; a photo needs {MIN_SIDE} x {MIN_SIDE} or more"
            )
        orientation = int(image.getexif().get(_ORIENTATION, 1))
        if image.format in ("JPEG", "MPO"):
            image.draft(None, (max_side, max_side))
        small = image
        if image.format not in ("JPEG", "MPO") and width * height > _WHOLE_PIXELS:
            small = _read_lines(path, image, max_side)
        small = _rgb(small)
        small.thumbnail((max_side, max_side), Image.Resampling.BOX, reducing_gap=2.0)
        small.getexif()[_ORIENTATION] = orientation
        return np.array(ImageOps.exif_transpose(small), np.uint8)


def read_image(path: Path) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Read an image at full size with its stored depth, EXIF orientation ignored.

    Parameters
    ----------
    path
        PNG, TIFF, JPEG or another format that Pillow reads.

    Returns
    -------
    NDArray
        ``(height, width)`` grey or ``(height, width, 3)`` RGB, uint8 or uint16. Palettes and
        CMYK become RGB, 1-bit images 0 and 255; transparency is dropped.

    Raises
    ------
    InputError
        If the file is not an image, is truncated, has pixels of another type, or states more
        than 2 000 million pixels.
    """
    with _opened(path, _MOST_PIXELS) as image:
        if image.mode in ("1", "LA"):
            pixels = np.asarray(image.convert("L"))
        elif image.mode in ("P", "PA", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"):
            pixels = np.asarray(image.convert("RGB"))
        else:
            pixels = np.asarray(image)
    if pixels.dtype.kind == "u":
        pixels = pixels.astype(pixels.dtype.newbyteorder("="), copy=False)  # big-endian TIFF
    if pixels.dtype == np.int32 and pixels.size and pixels.min() >= 0 and pixels.max() < 65536:
        pixels = pixels.astype(np.uint16)
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim not in (2, 3):
        raise InputError(
            f"{path}: has {pixels.dtype} pixels; convert it to grey or RGB of 8 or 16 bits"
        )
    return pixels


def image_size(path: Path) -> tuple[int, int]:
    """Return the rows and columns of an image; only its header is read.

    Raises
    ------
    InputError
        If the file is not an image.
    """
    with _opened(path, _MOST_PIXELS) as image:
        return image.height, image.width


@contextmanager
def _opened(path: Path, most_pixels: int) -> Iterator[Image.Image]:
    """Open an image; any error of Pillow in the block becomes an `InputError`."""
    check_input(path, what="photo")
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp" and head[8:12].lower() in _HEIC:
        raise InputError(f"{path}: HEIC photos cannot be read; convert it to JPEG")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd EXIF and large images do not stop the reading
            with _OPENING:
                limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
                try:
                    image = Image.open(path, formats=_FORMATS)
                finally:
                    Image.MAX_IMAGE_PIXELS = limit
            with image:
                if image.width * image.height > most_pixels:
                    raise InputError(
                        f"{path}: {image.width} x {image.height} pixels are more than "
                        f"{most_pixels // 1_000_000} million; reduce it or cut it into parts"
                    )
                yield image
    except RailmapError:
        raise
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: is damaged or not an image; use JPEG, PNG or TIFF") from error
    except Exception as error:
        # Damaged files raise OSError, SyntaxError, struct.error and more.
        reason = (isinstance(error, OSError) and error.strerror) or one_line(error)
        raise InputError(
            f"{path}: the image cannot be read ({reason}); copy or export it again"
        ) from error


def _rgb(image: Image.Image) -> Image.Image:
    """Convert to 8-bit RGB; transparent pixels become mid-grey, a neutral value for a network."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, np.float32)
        scale = 255 / _white(float(values.max()))
        return Image.fromarray(np.clip(values * scale, 0, 255).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        grey = Image.new("RGBA", clear.size, (128, 128, 128, 255))
        return Image.alpha_composite(grey, clear).convert("RGB")
    return image.convert("RGB")


def _white(highest: float) -> float:
    """White of a camera that stores 8, 10, 12, 14 or 16 bits, from the highest value seen."""
    return next((top for top in _WHITES if highest <= top), _WHITES[-1])


def _read_lines(path: Path, image: Image.Image, max_side: int) -> Image.Image:
    """Read a large image reduced, with GDAL, which holds a few of its lines at a time."""
    from rasterio.enums import ColorInterp, Resampling

    scale = max_side / max(image.size)
    rows, cols = (max(1, round(side * scale)) for side in (image.height, image.width))
    with open_raster_file(path) as data:
        if data.colorinterp[0] == ColorInterp.palette:
            indices = data.read(1, out_shape=(rows, cols), resampling=Resampling.nearest)
            table = np.zeros((256, 3), np.uint8)
            for index, colour in data.colormap(1).items():
                table[index % 256] = colour[:3]
            return Image.fromarray(table[indices])
        bands = [1, 2, 3] if data.count >= 3 else [1, 1, 1]
        pixels = data.read(bands, out_shape=(3, rows, cols), resampling=Resampling.average)
    if pixels.dtype != np.uint8:
        scale = 255 / _white(float(pixels.max()))
        pixels = np.clip(pixels.astype(np.float32) * scale, 0, 255).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))
