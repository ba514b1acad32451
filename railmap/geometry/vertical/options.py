"""Options of heights and vertical alignment; the one place where their defaults are written."""

from __future__ import annotations

import math
from dataclasses import dataclass

from railmap.errors import Option, UsageError

__all__ = ["HeightOptions"]

_STEEPEST = 1000.0  # of any railway, with racks, per mille


@dataclass(frozen=True, slots=True)
class HeightOptions:
    """How heights are taken from an elevation model.

    Parameters
    ----------
    step_m
        Distance of the heights along a track, metres.
    max_gradient_permille
        Steeper parts of the elevation model are no track: heights there are bridged, per mille.
    longest_gap_m
        Longest part of a track without measured heights that is bridged, metres.
    accuracy_m
        Standard deviation of the heights, metres; None: it follows from their scatter.
    unit
        Unit of the elevation model's heights, ``m``, ``ft`` or ``us-ft``; None takes the raster's,
        else metres.

    Examples
    --------
    >>> HeightOptions().step_m
    5.0
    """

    step_m: float = 5.0
    max_gradient_permille: float = 60.0
    longest_gap_m: float = 500.0
    accuracy_m: float | None = None
    unit: str | None = None

    def check(self) -> None:
        """Validate the options before the work starts.

        Raises
        ------
        UsageError
            If one is out of range.
        """
        for name, low, high in (
            ("step_m", 0.1, 100.0),
            ("max_gradient_permille", 1.0, _STEEPEST),
            ("longest_gap_m", 0.0, 1e5),
            ("accuracy_m", 0.001, 100.0),
        ):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                raise UsageError(Option(name), f" is {low:g} to {high:g}, not {value:g}")
