"""Lines of vector files, read only where they are needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from railmap.errors import InputError
from railmap.files.vector import LAYER_NAME, named_layer, only_layer, reading_vector

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["OSM_SUFFIXES", "LinesInFile", "lines_in_file", "osm_reading"]

OSM_SUFFIXES = (".osm", ".pbf")
"""Suffixes of OpenStreetMap extracts; GDAL gives their lines in the layer ``lines``."""


@dataclass(frozen=True, slots=True)
class LinesInFile:
    """A layer of lines that is not read yet; see `lines_in_file`.

    Parameters
    ----------
    file, layer
        The file and the name of its layer.
    crs
        Code or WKT of its CRS, None if it has none.
    """

    file: str
    layer: str
    crs: str | None

    def read(self, box: tuple[float, float, float, float] | None) -> gpd.GeoSeries:
        """Read the lines whose bounds touch a box; of an OpenStreetMap extract the railways.

        Parameters
        ----------
        box
            Min x, min y, max x, max y in the CRS of the layer; None reads all lines.

        Raises
        ------
        InputError
            If the file cannot be read, or the layer has no lines.
        """
        series = self._lines(box)
        if series.empty and (box is None or self._lines(None).empty):
            kind = "railways" if _is_osm(self.file) else "lines"
            raise InputError(f"{self.file}: has no {kind}")
        return series

    def _lines(self, box: tuple[float, float, float, float] | None) -> gpd.GeoSeries:
        import pyogrio  # with it GeoPandas, which most jobs do not need

        with reading_vector(self.file, "lines"), osm_reading():
            frame = pyogrio.read_dataframe(self.file, layer=self.layer, bbox=box)
        if _is_osm(self.file):
            # A column since GDAL 3.9, before that among the other tags.
            tagged = frame["other_tags"].fillna("").str.contains('"railway"=>', regex=False)
            if "railway" in frame.columns:
                tagged |= frame["railway"].notna()
            frame = frame[tagged]
        series = frame.geometry
        kinds = ["LineString", "MultiLineString", "GeometryCollection"]
        return series[series.geom_type.isin(kinds) & ~series.is_empty]


def lines_in_file(path: str | os.PathLike[str]) -> LinesInFile:
    """Find the only layer of lines of a file, or that of ``FILE|layername=NAME``.

    Raises
    ------
    InputError
        If the file cannot be read, or has no layer of lines or several.
    """
    file, _, named = os.fspath(path).partition(LAYER_NAME)
    if named:
        name = named_layer(file, named)
    else:
        name = "lines" if _is_osm(file) else only_layer(file, "LineString", "line")
    import pyogrio

    with reading_vector(file, "lines"):
        crs = pyogrio.read_info(file, layer=name)["crs"]
    return LinesInFile(file, name, crs)


@contextmanager
def osm_reading() -> Iterator[None]:
    """Read OpenStreetMap extracts with negative ids, such as those of JOSM, in the block.

    GDAL's custom index does not support them.
    """
    import pyogrio

    before = pyogrio.get_gdal_config_option("OSM_USE_CUSTOM_INDEXING")
    pyogrio.set_gdal_config_options({"OSM_USE_CUSTOM_INDEXING": "NO"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OSM_USE_CUSTOM_INDEXING": before})


def _is_osm(file: str) -> bool:
    return file.lower().endswith(OSM_SUFFIXES)
