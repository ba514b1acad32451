"""Heights of a map that is being made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from railmap.errors import Cancelled, InputError, Option, RailmapError, UsageError
from railmap.pipeline.options import RasterPath
from railmap.progress import Reporter

if TYPE_CHECKING:
    from railmap.geometry.vertical.options import HeightOptions
    from railmap.pipeline.drape import DrapedMap
    from railmap.raster import Grid
    from railmap.raster.elevation import ElevationModel

__all__ = ["NewHeights"]


@dataclass(slots=True)
class NewHeights:
    """The elevation model of a map that is being made.

    Parameters
    ----------
    model
        The elevation model.
    options
        How heights are taken from it.
    found
        The heights, once the map has them.
    """

    model: ElevationModel
    options: HeightOptions
    found: DrapedMap | None = field(default=None, init=False)

    @classmethod
    def of(cls, dem: RasterPath | None, options: HeightOptions | None) -> NewHeights | None:
        """Check the options and open the elevation model before the long-running work starts.

        Returns
        -------
        NewHeights or None
            None without an elevation model.

        Raises
        ------
        RasterError, GeoreferenceError
            See `open_elevation`.
        UsageError
            If an option is out of range, or there are options but no elevation model.
        """
        if dem is None:
            if options is None:
                return None
            raise UsageError(
                "heights are those of an elevation model; name it with ", Option("dem")
            )
        from railmap.geometry.vertical.options import HeightOptions
        from railmap.raster.elevation import open_elevation

        options = options or HeightOptions()
        options.check()
        return cls(open_elevation(dem, options.unit), options)

    def check(self, grid: Grid, reporter: Reporter) -> None:
        """Check that it has a part inside the images; warn of what it does not state.

        Raises
        ------
        InputError
            If it has none.
        """
        from rasterio.transform import array_bounds

        if not self.model.meets(array_bounds(grid.height, grid.width, grid.transform), grid.crs):
            raise InputError(
                f"{self.model.uri}: the elevation model covers no part of the images; name the one"
                " of this place"
            )
        for text in self.model.doubts():
            reporter.warning(text)

    def drape(self, target: Path, reporter: Reporter, path: Path) -> None:
        """Give a complete map its heights.

        An elevation model that fails now costs the map its heights and a warning, not the map.

        Parameters
        ----------
        target
            Name that the map will have.
        reporter
            Receives the progress and warnings; can cancel.
        path
            The map.
        """
        from railmap.mapping.store.editing import edit_map
        from railmap.mapping.store.heights import put_heights
        from railmap.mapping.store.reader import read_map
        from railmap.pipeline.drape import draped

        content = read_map(path)
        if content.links.empty:
            return
        try:
            found = draped(replace(content, path=target), self.model, self.options, reporter)
        except Cancelled:
            raise
        except RailmapError as error:
            reporter.warning(f"{error}; the map has no heights")
            return
        with edit_map(path) as sql:
            put_heights(sql, found.links, found.model)
        self.found = found.result
