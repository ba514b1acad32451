"""Give the tracks of a map their heights from an elevation model."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError
from railmap.geometry.vertical.options import HeightOptions
from railmap.mapping.referencing.link_arrays import LinkArrays
from railmap.mapping.store.editing import check_editable, edit_map
from railmap.mapping.store.heights import LinkHeights, put_heights
from railmap.mapping.store.reader import Map, read_map
from railmap.pipeline.link_heights import Places, link_heights
from railmap.pipeline.provenance import crs_name
from railmap.progress import NullReporter, Reporter
from railmap.raster.elevation import ElevationModel, open_elevation

__all__ = ["Draped", "DrapedMap", "drape_map", "draped"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DrapedMap:
    """Result of `drape_map`.

    Parameters
    ----------
    path
        The map.
    links, draped
        Number of links, and of those with a height everywhere.
    length_m
        Length of all links, metres.
    by_source_m
        Length by source of the height (``measured``, ``bridge``, ``void``, …), metres.
    segments
        Number of constant gradients and parabolas.
    steepest_permille
        Largest gradient, per mille; NaN without heights.
    vertical_crs
        Vertical CRS of the heights; None if the model names none.
    """

    path: Path
    links: int
    draped: int
    length_m: float
    by_source_m: dict[str, float]
    segments: int
    steepest_permille: float
    vertical_crs: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for JSON."""
        return {
            "links": self.draped,
            "length_m": round(self.length_m - self.by_source_m.get("unknown", 0.0), 3),
            "by_source_m": self.by_source_m,
            "segments": self.segments,
            "steepest_permille": None
            if np.isnan(self.steepest_permille)
            else round(self.steepest_permille, 3),
            "vertical_crs": self.vertical_crs,
        }

    def summary(self) -> str:
        """Return one line for a person."""
        return f"{self.path}: {self.words()}"

    def words(self) -> str:
        """Return the summary without the path."""
        known = self.length_m - self.by_source_m.get("unknown", 0.0)
        bridged = [
            f"{size:.0f} m {source}"
            for source, size in sorted(self.by_source_m.items())
            if source not in ("measured", "unknown") and round(size)
        ]
        text = f"heights on {known:.0f} of {self.length_m:.0f} m of track"
        if bridged:
            text += f" (bridged: {', '.join(bridged)})"
        text += (
            f"; {self.draped} of {self.links} links whole; {self.segments} vertical segments,"
            f" steepest {self.steepest_permille:.1f} per mille"
        )
        return f"{text}; {self.vertical_crs}" if self.vertical_crs else text


def drape_map(
    path: str | os.PathLike[str],
    dem: str | os.PathLike[str],
    *,
    options: HeightOptions | None = None,
    reporter: Reporter | None = None,
) -> DrapedMap:
    """Give the tracks of a map their heights and a vertical alignment.

    Parameters
    ----------
    path
        The map to change; heights that it has are replaced.
    dem
        Raster of heights, in any CRS.
    options
        Distance of the heights, steepest gradient, longest gap, accuracy, unit.
    reporter
        Receives the progress and warnings; can cancel.

    Returns
    -------
    DrapedMap
        Lengths with and without heights.

    Raises
    ------
    RasterError, GeoreferenceError
        If the elevation model cannot be read or has no CRS.
    InputError
        If it covers no track.
    UsageError
        If an option is out of range.
    MapError, OutputError
        If `path` is not a map, or cannot be changed.
    """
    options, reporter = options or HeightOptions(), reporter or NullReporter()
    options.check()
    model = open_elevation(dem, options.unit)
    check_editable(path)
    found = draped(read_map(path), model, options, reporter)
    for text in model.doubts():
        reporter.warning(text)
    with edit_map(path) as sql:
        put_heights(sql, found.links, found.model)
    return found.result


@dataclass(frozen=True, slots=True)
class Draped:
    """Heights of a map before they are written: see `put_heights`.

    Parameters
    ----------
    links, model
        Heights by link, and the row of ``elevation_model``.
    result
        What there is to tell.
    """

    links: list[LinkHeights]
    model: dict[str, Any]
    result: DrapedMap


def draped(
    content: Map,
    model: ElevationModel,
    options: HeightOptions,
    reporter: Reporter,
) -> Draped:
    """Heights of all links of a map.

    Parameters
    ----------
    content
        The map.
    model
        Its elevation model.
    options, reporter
        See `drape_map`.

    Raises
    ------
    RasterError
        If the elevation model cannot be read.
    InputError
        If it has no height at any track.
    """
    track = LinkArrays.of(content)
    places = Places.of(track, options.step_m)
    terrain, inside = model.sample(places.xy, content.crs, reporter.check)
    if not np.isfinite(terrain).any():
        why = "has no data at any track" if inside.any() else "covers no track"
        raise InputError(f"{model.uri}: the elevation model {why} of {content.path}")
    weights = _weights(track, places)
    _warn_gaps(model, terrain, inside, weights, reporter)
    links = link_heights(content, track, places, terrain, model.pixel_m, options, reporter)
    row = {
        "uri": model.uri,
        "crs": crs_name(model.crs),
        "vertical_crs": _vertical_crs(model),
        "vertical_name": None if model.vertical is None else model.vertical.name,
        "unit_m": model.unit,
        "resolution_m": model.pixel_m,
        "parameters": json.dumps(asdict(options)),
    }
    return Draped(links, row, _result(content, links, track, weights, model))


def _vertical_crs(model: ElevationModel) -> str | None:
    if model.vertical is None:
        return None
    code = model.vertical.to_epsg()
    return f"EPSG:{code}" if code else str(model.vertical.to_wkt())


def _warn_gaps(
    model: ElevationModel,
    terrain: Floats,
    inside: NDArray[np.bool_],
    weights: Floats,
    reporter: Reporter,
) -> None:
    outside = float(weights[~inside].sum())
    if round(outside):
        reporter.warning(
            f"{model.uri}: does not cover {outside:.0f} of {weights.sum():.0f} m of track"
        )
    voids = float(weights[inside & ~np.isfinite(terrain)].sum())
    if round(voids):
        reporter.warning(f"{model.uri}: has no data at {voids:.0f} m of track")


def _weights(track: LinkArrays, places: Places) -> Floats:
    """Length of track for which each place stands, metres."""
    out = np.zeros(len(places.m))
    for link in range(len(track.ids)):
        rows = slice(places.first[link], places.first[link + 1])
        half = np.diff(places.m[rows]) / 2
        out[rows] = np.r_[half, 0.0] + np.r_[0.0, half]
    return out


def _result(
    content: Map,
    links: list[LinkHeights],
    track: LinkArrays,
    weights: Floats,
    model: ElevationModel,
) -> DrapedMap:
    by_source: dict[str, float] = defaultdict(float)
    for weight, source in zip(weights, (text for one in links for text in one.source), strict=True):
        by_source[source] += float(weight)
    gradients = np.abs(np.concatenate([one.gradient_permille for one in links]))
    known = gradients[np.isfinite(gradients)]
    return DrapedMap(
        content.path,
        len(links),
        sum(bool(np.isfinite(one.height).all()) for one in links),
        float(track.length.sum()),
        {source: round(size, 3) for source, size in sorted(by_source.items())},
        sum(len(one.segments) for one in links),
        float(known.max()) if len(known) else float("nan"),
        model.vertical_name,
    )
