"""Millimetres per pixel, given or from the width of the rail head."""

from __future__ import annotations

from dataclasses import dataclass

from railmap.errors import Option, UsageError

__all__ = ["HEAD_WIDTH_MM", "PixelScale", "parse_pixel_size", "scale_from_head"]

HEAD_WIDTH_MM = 72.0  # 60E1 and 54E1 are 72 and 70 mm wide, 14 mm below the top of rail


@dataclass(frozen=True, slots=True)
class PixelScale:
    """Millimetres per pixel, across and along the rail (columns and rows).

    Parameters
    ----------
    across_mm
        Millimetres per column.
    along_mm
        Millimetres per row.
    """

    across_mm: float
    along_mm: float


def parse_pixel_size(text: str) -> PixelScale:
    """Parse ``0.35`` or ``across,along`` such as ``0.35,1.0``, millimetres.

    Raises
    ------
    UsageError
        If these are not one or two sizes from 0.001 to 100 mm.

    Examples
    --------
    >>> parse_pixel_size("0.35,1.0")
    PixelScale(across_mm=0.35, along_mm=1.0)
    """
    try:
        sizes = [float(part) for part in text.split(",")]
    except ValueError:
        sizes = []
    if len(sizes) not in (1, 2) or not all(0.001 <= size <= 100 for size in sizes):
        raise UsageError(
            Option("pixel_size", text), ": give mm across[,along the rail], such as 0.35,1.0"
        )
    return PixelScale(sizes[0], sizes[-1])


def scale_from_head(
    width_px: float, head_width_mm: float, along_mm: float | None = None
) -> PixelScale:
    """Compute the scale from the width of the rail head.

    Parameters
    ----------
    width_px
        Width of the rail head in the image, pixels.
    head_width_mm
        Width of the rail head, mm.
    along_mm
        Millimetres per row; None: pixels are square.

    Examples
    --------
    >>> scale_from_head(180.0, 72.0)
    PixelScale(across_mm=0.4, along_mm=0.4)
    """
    across = head_width_mm / width_px
    return PixelScale(across, across if along_mm is None else along_mm)
