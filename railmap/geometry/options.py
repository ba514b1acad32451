"""Options of the geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from railmap.errors import UsageError
from railmap.geometry.constants import GAUGE
from railmap.geometry.judge.model import PieceModel
from railmap.geometry.junctions.standard_turnouts import TurnoutTable

__all__ = ["GeometryOptions", "Profile"]

Profile = Literal["mask", "tent"]
"""Cross-section of the track probability.

``mask``: a plateau as wide as the track. ``tent``: falls evenly from 1 on the centreline to 0.
"""

_REFINE = ("auto", "probability", "rails")
_PROFILES = ("mask", "tent")


@dataclass(frozen=True, slots=True)
class GeometryOptions:
    """Options of the geometry; lengths in metres.

    Parameters
    ----------
    tolerance
        Largest distance between the drawn line and the curve it represents.
    min_length
        Minimum length of an isolated link; 2 m (or this, if less) at the dataset's edge.
    gauge
        Track gauge. Where the leg's arc ends too far out to be measured, the crossing angle is
        that where the centrelines are one gauge apart.
    max_gap
        Track ends further apart are never joined.
    refine
        ``probability``: centrelines from the probability alone; ``rails``: also from the two
        rails in `image`; ``auto``: from the rails if the image is fine enough to show them.
    threshold
        Probability (0-1) at the edge of the track band.
    profile
        ``mask`` or ``tent``: selects the mask solver or the ridge solver for junctions.
    piece_model
        Gives every piece of track its confidence; None keeps all pieces.
    min_confidence
        Pieces below this confidence of `piece_model` are removed.
    source_gsd
        GSD of the image, metres; None takes that of the probability.
    turnouts
        Catalogue in which the type of a turnout is looked up: ``uic`` or ``arema``.

    Raises
    ------
    UsageError
        If a value is out of range.

    Examples
    --------
    >>> GeometryOptions(max_gap=10.0, profile="tent").threshold
    0.5
    """

    tolerance: float = 0.02
    min_length: float = 5.0
    gauge: float = GAUGE
    max_gap: float = 30.0
    refine: str = "auto"
    threshold: float = 0.5
    profile: Profile = "mask"
    piece_model: PieceModel | None = None
    min_confidence: float = 0.5
    source_gsd: float | None = None
    turnouts: TurnoutTable = "uic"

    def __post_init__(self) -> None:
        if not self.tolerance > 0:
            raise UsageError(f"the tolerance must be more than 0 m, not {self.tolerance}")
        if self.min_length < 0 or self.max_gap < 0:
            raise UsageError("the minimum length and the largest gap cannot be negative")
        if not 0.3 <= self.gauge <= 3.0:
            raise UsageError(f"the gauge is in metres, 0.3 to 3, not {self.gauge}")
        if self.refine not in _REFINE:
            raise UsageError(f"refine is one of {', '.join(_REFINE)}, not {self.refine!r}")
        if not 0 < self.threshold < 1:
            raise UsageError(f"the threshold must be between 0 and 1, not {self.threshold}")
        if not 0 <= self.min_confidence <= 1:
            raise UsageError(
                f"the minimum confidence must be between 0 and 1, not {self.min_confidence}"
            )
        if self.profile not in _PROFILES:
            raise UsageError(f"profile is one of {', '.join(_PROFILES)}, not {self.profile!r}")
