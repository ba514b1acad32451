"""An image that was found: a file or URL for GDAL, or tiles of a map service."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass

from railmap.raster.remote.tiles import TileWindow

__all__ = ["FoundImage"]


@dataclass(frozen=True, slots=True)
class FoundImage:
    """An image and what is known about it besides its pixels.

    Parameters
    ----------
    uri
        Path or URL for GDAL; of a map service its address, for people.
    tiles
        The tiles of a map service, None for all others.
    acquired_at
        ISO 8601 time of acquisition, where a catalogue states it.
    licence, attribution
        Licence of the image, and who must be named.
    alone
        Open it without looking for files beside it: its name comes from a catalogue.
    """

    uri: str
    tiles: TileWindow | None = None
    acquired_at: str | None = None
    licence: str | None = None
    attribution: str | None = None
    alone: bool = False

    @property
    def gdal_name(self) -> str:
        """What GDAL opens."""
        if not self.alone:
            return self.uri
        # GDAL would take overviews, masks and georeferences beside it from any format.
        url = urllib.parse.quote(self.uri, safe="")
        return f"/vsicurl?empty_dir=yes&max_retry=3&retry_delay=1&url={url}"
