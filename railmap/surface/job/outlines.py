"""Outline the defects of a probability map, in pixels and millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.surface.job.scale import PixelScale
from railmap.surface.job.severity import severity

__all__ = ["DEFECT", "Defect", "outline_defects"]

DEFECT = "defect"  # class of a defect of unknown kind

_NOT_A_KIND = ("", "unknown", "dirt", "gap")
_TOLERANCE = 0.6  # pixels; simplification stays below one stair of the outline


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect of an image.

    Parameters
    ----------
    kind
        Class: the kind where the model is certain, else `DEFECT`.
    outline
        Polygon in pixels, x to the right and y downwards from the image's upper left corner.
    row, column
        Centroid, pixels.
    area_mm2, length_mm, width_mm
        Area in mm², and extent along and across the rail in mm.
    across_mm
        Offset from the centre of the rail head, mm, positive to the right; NaN where the head is
        unknown.
    confidence
        Mean probability inside the outline, 0 to 1.
    severity
        1 to 4, see `railmap.surface.job.severity.SEVERITY_RULE`.
    """

    kind: str
    outline: shapely.Polygon
    row: float
    column: float
    area_mm2: float
    length_mm: float
    width_mm: float
    across_mm: float
    confidence: float
    severity: int


def outline_defects(
    probability: NDArray[np.float32],
    threshold: float,
    scale: PixelScale,
    *,
    centre: NDArray[np.float32] | None = None,
    classes: NDArray[np.uint8] | None = None,
    class_names: Sequence[str] = (),
    min_area_mm2: float = 0.0,
) -> list[Defect]:
    """Outline each 8-connected region above the threshold as one defect.

    Parameters
    ----------
    probability
        ``(H, W)`` float32.
    threshold
        Minimum probability of a defect pixel.
    scale
        Millimetres per pixel.
    centre
        ``(H,)`` float32, column of the rail head's centre in every row; None where unknown.
    classes
        ``(H, W)`` uint8 index into `class_names`; the most frequent one in a region is its kind.
    class_names
        Names of `classes`; "", "unknown", "dirt" and "gap" are not kinds of defect.
    min_area_mm2
        Minimum area of a defect, mm².

    Returns
    -------
    list of Defect
        Sorted from the top of the image downwards.
    """
    from scipy import ndimage

    names = [name if name not in _NOT_A_KIND else DEFECT for name in class_names]
    mask = probability >= threshold
    labels, _ = ndimage.label(mask, structure=np.ones((3, 3), np.int8))
    found: list[Defect] = []
    for number, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        inside = labels[rows, columns] == number
        pixels = int(inside.sum())
        area = pixels * scale.across_mm * scale.along_mm
        if area < min_area_mm2:
            continue
        y, x = np.nonzero(inside)
        row, column = rows.start + float(y.mean()) + 0.5, columns.start + float(x.mean()) + 0.5
        length = (rows.stop - rows.start) * scale.along_mm
        across = float("nan")
        if centre is not None:
            across = (column - float(centre[min(int(row), len(centre) - 1)])) * scale.across_mm
        found.append(
            Defect(
                kind=DEFECT if classes is None else _kind(classes[rows, columns][inside], names),
                outline=_outline(inside, rows.start, columns.start),
                row=row,
                column=column,
                area_mm2=area,
                length_mm=length,
                width_mm=(columns.stop - columns.start) * scale.across_mm,
                across_mm=across,
                confidence=float(probability[rows, columns][inside].mean()),
                severity=severity(area, length),
            )
        )
    return found


def _kind(values: NDArray[np.uint8], names: Sequence[str]) -> str:
    counts: dict[str, int] = {}
    for value, count in zip(*np.unique(values, return_counts=True), strict=True):
        counts[names[value]] = counts.get(names[value], 0) + int(count)
    return max(counts, key=lambda name: (counts[name], name == DEFECT))


def _outline(inside: NDArray[np.bool_], top: int, left: int) -> shapely.Polygon:
    """Outline one region; parts that touch only at corners are joined there."""
    import rasterio.features
    from rasterio.transform import Affine

    shapes: Any = rasterio.features.shapes(
        inside.astype(np.uint8),
        mask=inside,
        connectivity=8,
        transform=Affine.translation(left, top),
    )
    parts = [shapely.geometry.shape(shape) for shape, _ in shapes]
    whole = shapely.make_valid(shapely.union_all(parts))
    if whole.geom_type != "Polygon":  # parts touch at corners: a narrow bridge joins them
        whole = whole.buffer(0.05, join_style="mitre").buffer(-0.02, join_style="mitre")
    if whole.geom_type != "Polygon":
        whole = whole.convex_hull
    plain = whole.simplify(_TOLERANCE)
    return plain if plain.geom_type == "Polygon" and not plain.is_empty else whole
