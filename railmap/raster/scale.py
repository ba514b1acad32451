"""The scale of the values of a probability or mask raster of another program."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError, Option, RasterError
from railmap.raster.files import RasterFile
from railmap.raster.reader import READ_ERRORS, Box, Damage, FileReader
from railmap.raster.writer import NO_DATA

__all__ = ["CERTAIN", "Scale", "derive_scale", "refuse_damage"]

CERTAIN = 254
"""Value of p = 1 in probability rasters of railmap."""
_BLOCK = 1024
# Scaled by a tag, probabilities may exceed 1 by rounding.
_ROUNDING = 1e-3
# Usual values of certain track besides those of the pixel types, and what they may be.
_PERCENT = {100.0: "percent", 1000.0: "per mille", 10_000.0: "hundredths of a percent"}


@dataclass(frozen=True, slots=True)
class Scale:
    """Which values are no track and certain track.

    Parameters
    ----------
    zero, one
        The values of p = 0 and p = 1.
    words
        The scale in words, for the run record.
    notes
        What a person should know about it, a sentence each.
    """

    zero: float
    one: float
    words: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Range:
    """What was seen: smallest and largest valid value, pixels without data, values in between.

    Both values are 0 if no pixel is valid, and `empty` is true.
    """

    low: float
    high: float
    holes: bool
    between: bool
    empty: bool


def derive_scale(file: RasterFile, stated: tuple[float, float]) -> Scale:
    """Return the scale of a raster of another program.

    Parameters
    ----------
    file
        The raster.
    stated
        GDAL's scale and offset of its band, 1 and 0 if it has none.

    Raises
    ------
    InputError
        If the scale cannot be told: no value would be track on the usual scale.
    """
    factor, offset = stated
    if (factor, offset) != (1.0, 0.0):
        return _stated_scale(file, factor, offset)
    kind, top = np.dtype(file.dtype).kind, _usual_top(file)
    # Of floats any value tells whether they are 0-1; a whole mask of 0 and 1 must be read.
    seen = _range(file, enough=0.0 if kind == "f" else top / 2)
    high = seen.high
    if high <= 255.0 < top:
        top = 255.0  # 8 bits in a larger type
    if seen.low < 0:
        raise _unknown(file, f"has values below 0 (down to {seen.low:g}), which are no probability")
    if high <= (1.0 + _ROUNDING if kind == "f" else 1.0):
        if high == 0 and seen.holes:
            nodata = ", ".join(f"{value:g}" for value in file.nodata if value is not None)
            note = (
                f"{file.uri}: holds {'' if seen.empty else '0 and '}no data"
                f"{f' ({nodata})' if nodata else ''} only; if no"
                " data marks the track here, remove the no-data value from the file"
            )
            return Scale(0.0, 1.0, "mask, 0/1", (note,))
        return Scale(0.0, 1.0, "float probability, 0-1" if kind == "f" else "mask, 0/1")
    if high > top:
        scales = f"0-1 or 0-{top:g}"
        raise _unknown(file, f"has values up to {high:g}, which are no probabilities ({scales})")
    if high <= top / 2:
        # On the usual scale no pixel would be track.
        if seen.low == 0 and not seen.between:
            note = f"{file.uri}: holds 0 and {high:g} only; taken as a mask"
            return Scale(0.0, high, f"mask, 0/{high:g}", (note,))
        if seen.low == 1 and high == 2:
            raise _unknown(file, "holds 1 and 2 only: classes?", "1,2")
        usual = ((some, how) for some, how in _PERCENT.items() if high <= some < top)
        percent, guess = next(usual, (top, "faint, or of another scale"))
        what = f"the largest value is {high:g} and not {top:g}: {guess}?"
        raise _unknown(file, what, percent, top)
    words = "0-254, 255 is no data" if top == CERTAIN else f"0-{top:g}"
    return Scale(0.0, top, words)


def _stated_scale(file: RasterFile, factor: float, offset: float) -> Scale:
    if not (np.isfinite([factor, offset]).all() and factor != 0):
        raise _unknown(file, f"has the scale {factor:g} and the offset {offset:g}")
    seen = _range(file, enough=np.inf)
    largest = max(seen.low * factor, seen.high * factor) + offset
    smallest = min(seen.low * factor, seen.high * factor) + offset
    top = 1.0 if largest <= 1.0 + _ROUNDING else 100.0
    if not (smallest >= -_ROUNDING and largest <= top * (1 + _ROUNDING)):
        raise _unknown(
            file,
            f"has values from {smallest:g} to {largest:g} with its scale {factor:g} and offset"
            f" {offset:g}",
        )
    zero, one = (0.0 - offset) / factor, (top - offset) / factor
    words = f"{zero:g}-{one:g}, by its scale {factor:g} and offset {offset:g}"
    notes = () if top == 1.0 else (f"{file.uri}: its values are taken as percent ({words})",)
    return Scale(zero, one, words, notes)


def _unknown(file: RasterFile, what: str, *levels: float | str) -> InputError:
    """Return the error for a scale that cannot be told; `levels` are those to choose from."""
    options = [Option("levels", level) for level in dict.fromkeys(levels)] or [
        Option("levels", "VALUE")
    ]
    parts: list[str | Option] = [f"{file.uri}: {what}; say which value is certain track with "]
    for number, option in enumerate(options):
        parts += [" or " if number else "", option]
    return InputError(*parts)


def _usual_top(file: RasterFile) -> float:
    """Return the largest value of the usual scale of a pixel type."""
    if file.nodata == (NO_DATA,) and file.dtype == "uint8":
        return float(CERTAIN)
    return 65535.0 if file.dtype == "uint16" else 255.0


def _range(file: RasterFile, *, enough: float) -> _Range:
    """Return the range of a low-resolution view, or of as many blocks as needed.

    Masks are mostly 0, so a low-resolution view may miss all their tracks. The largest value is
    known once it exceeds `enough`.
    """
    reader = FileReader(file, None, refuse_damage(file.uri))
    low, high, holes, between = np.inf, -np.inf, False, False
    levels: set[float] = set()
    try:
        for values, mask in _views(reader):
            holes = holes or not mask.all()
            if mask.any():
                valid = values[:, mask]
                ends = float(valid.min()), float(valid.max())
                low, high = min(low, ends[0]), max(high, ends[1])
                levels |= {*ends}
                between = between or len(levels) > 2
                between = between or bool(((valid != ends[0]) & (valid != ends[1])).any())
            if high > enough:
                break
        if empty := low > high:
            low = high = 0.0
        return _Range(low, high, holes, between, empty)
    finally:
        reader.close()


def _views(reader: FileReader) -> Iterator[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
    with contextlib.suppress(*READ_ERRORS):
        yield reader.thumbnail(_BLOCK)
    width, height = reader.file.levels[0]
    for row in range(0, height, _BLOCK):
        for col in range(0, width, _BLOCK):
            box = (row, min(row + _BLOCK, height), col, min(col + _BLOCK, width))
            yield reader.read(0, box)


def refuse_damage(uri: str) -> Damage:
    """Return a function that refuses a raster with a damaged block."""

    def refuse(level: int, box: Box, reason: str) -> None:
        raise RasterError(f"{uri}: cannot be read completely: {reason}; compute or copy it again")

    return refuse
