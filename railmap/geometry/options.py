"""What the user may set about the geometry."""

from __future__ import annotations

from dataclasses import dataclass

from railmap.errors import UsageError

__all__ = ["GeometryOptions"]

_REFINE = ("auto", "probability", "rails")


@dataclass(frozen=True, slots=True)
class GeometryOptions:
    """Rules of the geometry, in metres.

    Parameters
    ----------
    tolerance
        Largest distance between the drawn line and the curve it stands for.
    min_length
        Links that hang on nothing and are shorter go; 2 m where they touch the dataset's edge.
    gauge
        Track gauge; the crossing angle is told where the centrelines are this far apart.
    max_gap
        Track ends further apart are never joined.
    refine
        ``probability``: centrelines from the probability alone; ``rails``: from the two rails
        of `image` too; ``auto``: from the rails where the image is fine enough to show them.
    threshold
        Probability (0-1) at the edge of the track band.
    """

    tolerance: float = 0.02
    min_length: float = 5.0
    gauge: float = 1.435
    max_gap: float = 30.0
    refine: str = "auto"
    threshold: float = 0.5

    def __post_init__(self) -> None:
        if not self.tolerance > 0:
            raise UsageError(f"the tolerance must be more than 0 m, not {self.tolerance}")
        if self.min_length < 0 or self.max_gap < 0:
            raise UsageError("the minimum length and the largest gap can't be negative")
        if not 0.3 <= self.gauge <= 3.0:
            raise UsageError(f"the gauge is in metres, 0.3 to 3, not {self.gauge}")
        if self.refine not in _REFINE:
            raise UsageError(f"refine is one of {', '.join(_REFINE)}, not {self.refine!r}")
        if not 0 < self.threshold < 1:
            raise UsageError(f"the threshold must lie between 0 and 1, not {self.threshold}")
