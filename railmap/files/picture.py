"""Write PNG or JPEG pictures for people."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from railmap.errors import OutputError, UsageError
from railmap.files.output import atomic_output

__all__ = ["check_picture", "write_picture"]

_DRIVERS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


def check_picture(path: str | os.PathLike[str]) -> Path:
    """Check that the file name is one of a PNG or JPEG.

    Raises
    ------
    UsageError
        If its suffix is another one.
    """
    out = Path(path)
    if out.suffix.lower() not in _DRIVERS:
        raise UsageError(f"{out}: pictures are PNG or JPEG; name it *.png or *.jpg")
    return out


def write_picture(
    path: str | os.PathLike[str],
    pixels: NDArray[np.uint8],
    *,
    overwrite: bool = False,
    inputs: Iterable[str | os.PathLike[str]] = (),
) -> None:
    """Write a picture in the format of its suffix, atomically.

    Parameters
    ----------
    path
        PNG or JPEG file.
    pixels
        ``(rows, columns, 3)`` uint8 RGB.
    overwrite, inputs
        As for `check_output`.

    Raises
    ------
    UsageError
        If the suffix is not PNG or JPEG.
    OutputError
        If it cannot be written; see `check_output`.
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    out = check_picture(path)
    rows, columns = pixels.shape[:2]
    options = {"QUALITY": 92} if _DRIVERS[out.suffix.lower()] == "JPEG" else {}
    with atomic_output(out, overwrite=overwrite, inputs=inputs) as partial:
        try:
            with (
                warnings.catch_warnings(action="ignore", category=NotGeoreferencedWarning),
                rasterio.open(
                    partial, "w", driver=_DRIVERS[out.suffix.lower()], dtype="uint8", count=3,
                    width=columns, height=rows, **options,
                ) as target,
            ):  # fmt: skip
                target.write(np.moveaxis(pixels, 2, 0))
        except Exception as error:  # of GDAL or libpng: the disk, not the pixels
            raise OutputError(f"{out}: cannot be written; check the free disk space") from error
