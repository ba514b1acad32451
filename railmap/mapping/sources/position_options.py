"""Options that state where images were taken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from railmap.errors import Option, UsageError
from railmap.mapping.sources.image_positions import ByTable, ByTrackLog, Locator

__all__ = ["PositionOptions"]


@dataclass(frozen=True)
class PositionOptions:
    """Positions of images from a table or a track log.

    Parameters
    ----------
    positions
        CSV with the column ``image`` and ``lon, lat``, ``x, y`` or ``line, km``.
    crs
        CRS of ``x, y`` in `positions`, such as ``EPSG:25832``.
    track_log
        GPX, or CSV with ``time, lon, lat``.
    time_offset_s
        Seconds to add to the camera's time to get UTC.
    """

    positions: Path | None = None
    crs: str | None = None
    track_log: Path | None = None
    time_offset_s: float = 0.0

    def locator(self) -> Locator | None:
        """Return the locator that these options describe; None if none is given.

        Raises
        ------
        UsageError
            If the options contradict each other.
        """
        if self.positions is not None and self.track_log is not None:
            raise UsageError("give either ", Option("positions"), " or ", Option("track_log"))
        if self.crs is not None and self.positions is None:
            raise UsageError(
                Option("crs"), " is for x,y in ", Option("positions"), "; give that too"
            )
        if self.positions is not None:
            return ByTable(self.positions, self.crs)
        return None if self.track_log is None else ByTrackLog(self.track_log, self.time_offset_s)
