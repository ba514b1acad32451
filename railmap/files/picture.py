"""Pictures for people: which kinds are made, and how they are written."""

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
    """Check that a picture is named as one that can be made: PNG or JPEG.

    Raises
    ------
    UsageError
        If it isn't.
    """
    out = Path(path)
    if out.suffix.lower() not in _DRIVERS:
        raise UsageError(f"{out}: a picture is a PNG or a JPEG; name it *.png or *.jpg")
    return out


def write_picture(
    path: str | os.PathLike[str],
    pixels: NDArray[np.uint8],
    *,
    overwrite: bool = False,
    inputs: Iterable[str | os.PathLike[str]] = (),
) -> None:
    """Write ``(rows, columns, 3)`` RGB as the suffix says, whole or not at all.

    Raises
    ------
    UsageError
        If the suffix isn't one of a picture.
    OutputError
        If it can't be written; see `check_output`.
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
        except Exception as error:  # GDAL's, libpng's: never the pixels' fault
            raise OutputError(f"{out}: can't be written; is the disk full?") from error
