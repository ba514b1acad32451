"""How images that are no files are read."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SourceOptions"]


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How map services and catalogues are read.

    Parameters
    ----------
    zoom
        Level of XYZ and WMTS tiles; None takes the coarsest that is fine enough.
    licence
        Licence or permission under which the images may be mapped from, with its address if it
        has one. Map services are not read without; of other images it is recorded, too.
    attribution
        Who must be named; None takes the host of a service.
    tile_cache
        Keep the tiles of services for later runs.
    asset
        Asset of the items of a catalogue, where they have several images.
    """

    zoom: int | None = None
    licence: str | None = None
    attribution: str | None = None
    tile_cache: bool = True
    asset: str | None = None
