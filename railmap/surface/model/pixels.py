"""Convert pixels of any camera to 8-bit grey, the input of the networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError

__all__ = ["to_grey"]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_TINT = 12.0  # mean difference between bands; an image with more is a colour photo


def to_grey(image: NDArray[Any], name: str = "image", *, colour: bool = True) -> NDArray[np.uint8]:
    """Convert a grey or colour image of 8 or 16 bits to 8-bit grey.

    16-bit values are scaled so that the 99.9th percentile becomes 255 if it is above 255; cameras
    of 10, 12 and 14 bits leave the top of the range empty.

    Parameters
    ----------
    image
        ``(H, W)``, ``(H, W, 1)``, ``(H, W, 3)`` or ``(H, W, 4)``; uint8 or uint16.
    name
        Name of the image, for messages.
    colour
        Whether colour images are accepted and converted.

    Returns
    -------
    NDArray
        ``(H, W)`` uint8.

    Raises
    ------
    InputError
        If the array has another shape or dtype, is smaller than 32 pixels, or is a colour image
        and `colour` is false.

    Examples
    --------
    >>> import numpy as np
    >>> int(to_grey(np.full((32, 32), 60000, np.uint16))[0, 0])
    255
    """
    array = np.asarray(image)
    if array.ndim == 3 and array.shape[2] in (1, 3, 4):
        bands = array[:, :, :3].astype(np.float32)
        if bands.shape[2] == 3:
            scale = 1.0 if array.dtype == np.uint8 else 257.0
            spread = float(np.mean(bands.max(axis=2) - bands.min(axis=2))) / scale
            if spread > _TINT and not colour:
                raise InputError(f"{name}: a colour image where grey is expected; convert it")
            array = np.asarray(np.rint(bands @ _LUMA), array.dtype)
        else:
            array = array[:, :, 0]
    if array.ndim != 2 or array.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"{name}: shape {np.shape(image)} of {np.asarray(image).dtype}; "
            "convert it to a grey or colour image of 8 or 16 bits"
        )
    if min(array.shape) < 32:
        raise InputError(
            f"{name}: {array.shape[1]}x{array.shape[0]} pixels are too few for a rail; "
            "give an image of at least 32x32 pixels"
        )
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array, np.uint8)
    top = float(np.percentile(array, 99.9))
    factor = 1.0 if top <= 255 else 255.0 / top
    return np.asarray(np.clip(np.rint(array * factor), 0, 255), np.uint8)
