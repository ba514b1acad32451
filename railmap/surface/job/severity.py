"""Severity of a defect from its size."""

from __future__ import annotations

__all__ = ["SEVERITY_RULE", "severity"]

# Own grades: no standard grades defects from an image of the running surface alone (the grades
# of UIC 712 and of national rules need depth, from ultrasound or eddy current).
_AREA_MM2 = (50.0, 200.0, 1000.0)
_LENGTH_MM = (10.0, 30.0, 100.0)
SEVERITY_RULE = (
    "1 = note; 2 = from 50 mm² or 10 mm along the rail; 3 = from 200 mm² or 30 mm; "
    "4 = from 1000 mm² or 100 mm"
)


def severity(area_mm2: float, length_mm: float) -> int:
    """Grade a defect by area and length, see `SEVERITY_RULE`; the higher grade counts.

    Parameters
    ----------
    area_mm2
        Area, mm².
    length_mm
        Length along the rail, mm.

    Returns
    -------
    int
        1 to 4.

    Examples
    --------
    >>> severity(area_mm2=60.0, length_mm=5.0)
    2
    """
    by_area = sum(area_mm2 >= limit for limit in _AREA_MM2)
    by_length = sum(length_mm >= limit for limit in _LENGTH_MM)
    return 1 + max(by_area, by_length)
