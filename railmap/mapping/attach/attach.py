"""Attach events to tracks: link, measure, lateral offset, ambiguity."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.errors import InputError, Option, UsageError
from railmap.mapping.attach.layers import (
    EventLayer,
    event_ids,
    event_layer,
    event_rows,
    fit_existing,
    id_column,
)
from railmap.mapping.attach.placement import place_events
from railmap.mapping.referencing.lineset import LineSet, read_lines
from railmap.mapping.referencing.link_arrays import LinkArrays, read_moves
from railmap.mapping.referencing.projection import LinkIndex, Matches
from railmap.mapping.schema import Layer
from railmap.mapping.schema.gauge import DEFAULT_GAUGE_MM
from railmap.mapping.sources.events import Events, EventSource, read_events
from railmap.mapping.sources.numbers import column_numbers
from railmap.mapping.store.access import map_values
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.layers import Batch, bulk_insert, ensure_layer, map_srs_id
from railmap.mapping.store.reader import read_map
from railmap.progress import NullReporter, Reporter

__all__ = ["AttachResult", "attach_events"]

Floats = NDArray[np.float64]

# Default standard deviation of positions: surveyed tables, GPS of photos.
_ACCURACY_M = 1.0
_PHOTO_ACCURACY_M = 5.0
# The rail is determined only for positions more accurate than this; its head is 7 cm wide.
_RAIL_ACCURACY_M = 0.35
_RAIL_M = 0.25
_HEAD_M = 0.07
# Sleepers extend about this far beyond the rails.
_SLEEPER_M = 0.6


@dataclass(frozen=True, slots=True)
class AttachResult:
    """Result of attaching events.

    Parameters
    ----------
    layer
        Layer of the map with the events.
    events, matched, ambiguous
        Number of events, of those on a link, and of those whose link is ambiguous.
    left_out
        Faults of the skipped events.
    """

    layer: str
    events: int
    matched: int
    ambiguous: int
    left_out: tuple[str, ...]

    def summary(self) -> str:
        """Return it in one line."""
        text = f"{self.events} events in the layer {self.layer}: {self.matched} on a track"
        text += f", {self.ambiguous} of them ambiguous"
        return text + (f"; {len(self.left_out)} left out" if self.left_out else "")


def attach_events(
    path: str | os.PathLike[str],
    events: EventSource,
    *,
    layer: str | None = None,
    source_layer: str | None = None,
    name: str | os.PathLike[str] | None = None,
    position_accuracy_m: float | None = None,
    max_distance_m: float = 25.0,
    events_crs: Any = None,
    skip_bad: bool = False,
    threads: int | None = None,
    reporter: Reporter | None = None,
) -> AttachResult:
    """Place events on the tracks of a map and add them to it.

    A point is placed at the nearest position on the nearest link. A line or area is placed on the
    link that is nearest to most of it, at the middle of its extent along it. Events replace events
    of the layer that have the same id, so attaching a file twice changes nothing.

    Parameters
    ----------
    path
        The map to change.
    events
        A GeoDataFrame, or a file or folder that `read_events` reads. Its column ``h_accuracy_m``
        or ``accuracy_m`` is the accuracy of each position.
    layer
        Layer to add them to: ``defect`` (areas go to ``defect_area``), ``scene_event``, or any
        other name for a table with the events' columns. By default it follows from the columns
        ``defect_id`` or ``scene_class``, else it is the file's name.
    source_layer
        Layer to read from a file with several.
    name
        Name of events in memory, for messages and the default layer [events].
    position_accuracy_m
        Standard deviation of positions without their own accuracy [1 m, photos 5 m].
    max_distance_m
        Events farther from any track are added without a position on one.
    events_crs
        CRS of events; taken instead of the one that a file states, with a warning.
    skip_bad
        Skip events without a usable position instead of refusing all.
    threads
        CPU threads; None takes all cores.
    reporter
        Receives stages and warnings.

    Returns
    -------
    AttachResult
        Layer and counts.

    Raises
    ------
    InputError
        If events cannot be read, have no usable position, or none is near a track.
    UsageError
        If an option is out of range.
    MapError
        If the file is not a railmap map.
    OutputError
        If it cannot be changed.
    """
    if position_accuracy_m is not None and not 0 < position_accuracy_m < 1000:
        raise UsageError(
            Option("position_accuracy_m"), f" is metres above 0, not {position_accuracy_m:g}"
        )
    if not 0 < max_distance_m <= 10_000:
        raise UsageError(
            Option("max_distance_m"), f" is metres from 0 to 10000, not {max_distance_m:g}"
        )
    reporter = reporter or NullReporter()
    reporter.stage("reading", 1)
    content = read_map(path)
    with map_values(content.path):
        track = LinkArrays.of(content)
        lines = read_lines(content, track)
    found, left_out = read_events(
        events, content.crs, layer=source_layer, events_crs=events_crs, skip_bad=skip_bad, name=name
    )
    for note in found.notes:
        reporter.warning(note)
    if left_out:
        more = f" and {len(left_out) - 1} more" if len(left_out) > 1 else ""
        reporter.warning(f"skipped: {left_out[0]}{more}")
    reporter.check()
    reporter.stage("matching", len(found.names), "events")
    sigma = _accuracy(found, position_accuracy_m)
    geometry, matches, extent = place_events(
        found, lines, track, LinkIndex(track, read_moves(content, track)),
        sigma, max_distance_m, threads, content.path,
    )  # fmt: skip
    reporter.advance(len(found.names))
    on = matches.link >= 0
    if not on.any():
        raise InputError(
            f"{found.source}: no event is within {max_distance_m:g} m of a track of"
            f" {content.path}; check the CRS of the positions (the map's is"
            f" {content.crs.to_string()})"
        )
    with _named(found.source):
        kinds = shapely.get_type_id(geometry)
        target = event_layer(_layer_name(layer, found), found.frame, kinds)
    gauge = content.links["gauge"].fillna(DEFAULT_GAUGE_MM).median()
    side = _side(matches.offset, on, float(gauge) / 1000, sigma)
    computed = _columns(target.layer, found, geometry, matches, extent, lines, side)
    for note in target.notes:
        reporter.warning(note)
    _write(content.path, target, found, computed, geometry, reporter)
    if (~on).any():
        reporter.warning(
            f"{int((~on).sum())} events are farther than {max_distance_m:g} m from any track"
        )
    ambiguous = int(matches.ambiguous.sum())
    return AttachResult(target.layer.name, len(on), int(on.sum()), ambiguous, tuple(left_out))


def _write(
    path: Path,
    target: EventLayer,
    events: Events,
    computed: dict[str, Any],
    geometry: NDArray[Any],
    reporter: Reporter,
) -> None:
    """Write the events' rows into the layer, which is created if it is missing."""
    reporter.stage("writing", len(events.names), "events")
    name = target.layer.name
    where = _points(geometry) if name == "defect" else geometry
    with edit_map(path) as sql:
        if not ensure_layer(sql, target.layer):
            target = fit_existing(sql, target)
            key = "defect_id" if name.startswith("defect") else "event_id"
            _forget(sql, name, key, computed[key])

        def batches() -> Iterator[Batch]:
            for rows, boxes in event_rows(target, computed, where, map_srs_id(sql)):
                yield rows, boxes
                reporter.advance(len(boxes))

        with _named(events.source):
            bulk_insert(sql, target.layer, batches())


def _forget(sql: sqlite3.Connection, table: str, key: str, ids: list[str]) -> None:
    """Delete the rows with these ids."""
    sql.execute("CREATE TEMP TABLE attached (id TEXT PRIMARY KEY) WITHOUT ROWID")
    sql.executemany("INSERT OR IGNORE INTO attached VALUES (?)", zip(ids, strict=True))
    sql.execute(f'DELETE FROM "{table}" WHERE "{key}" IN (SELECT id FROM attached)')
    sql.execute("DROP TABLE temp.attached")


@contextmanager
def _named(source: Path) -> Iterator[None]:
    """Prefix errors in the values with the file's name."""
    try:
        yield
    except InputError as error:
        if str(error).startswith(str(source)):
            raise
        raise type(error)(f"{source}: ", *error.parts) from error


def _points(geometry: NDArray[Any]) -> NDArray[Any]:
    """Return points unchanged and the midpoints of lines."""
    lines = shapely.get_type_id(geometry) == 1
    where = geometry.copy()
    where[lines] = shapely.line_interpolate_point(geometry[lines], 0.5, normalized=True)
    return where


def _layer_name(layer: str | None, events: Events) -> str:
    if layer is not None:
        return layer.strip()
    columns = {str(name).lower() for name in events.frame.columns}
    if "defect_id" in columns:
        return "defect"
    if "scene_class" in columns:
        return "scene_event"
    if events.photos:
        return "photo"
    return re.sub(r"\s+", "_", events.source.stem.strip())


def _accuracy(events: Events, given: float | None) -> Floats:
    usual = _PHOTO_ACCURACY_M if events.photos else _ACCURACY_M
    sigma = np.full(len(events.names), usual if given is None else given)
    for name in events.frame.columns:
        if str(name).lower() in ("h_accuracy_m", "accuracy_m"):
            given_m, bad = column_numbers(events.frame[name], comma=True)
            if bad:
                row, text = next(iter(bad.items()))
                raise InputError(
                    f"{events.source}: {events.names[row]} has the {name} {text!r}, which is no"
                    " number"
                )
            sigma = np.where(np.isfinite(given_m) & (given_m > 0), given_m, sigma)
            break
    return sigma


def _columns(
    target: Layer,
    events: Events,
    geometry: NDArray[Any],
    matches: Matches,
    extent: Floats,
    lines: LineSet,
    side: NDArray[np.object_],
) -> dict[str, Any]:
    """Return the columns that railmap computes, by name."""
    ids = np.array([*lines.track.ids, None], dtype=object)
    line, chainage = lines.measure(matches.link, matches.m)
    line_ids = np.array([*(entry.line_id for entry in lines.lines), None], dtype=object)
    names = {column.name for column in target.columns}
    key = "defect_id" if target.name.startswith("defect") else "event_id"
    computed: dict[str, Any] = {
        key: event_ids(events.frame, id_column(events.frame, target), shapely.to_wkb(geometry)),
        "link_id": ids[matches.link],
        "link_m": matches.m,
        "line_id": line_ids[line],
        "line_m": chainage,
        "offset_m": matches.offset,
        "side": side,
        "match_distance_m": matches.distance,
        "match_ambiguous": matches.ambiguous,
        "link_m_from": extent[:, 0],
        "link_m_to": extent[:, 1],
        "m_from": extent[:, 0],
        "m_to": extent[:, 1],
    }
    given = {str(name).lower() for name in events.frame.columns}
    if "side" in given and target.name in ("defect", "defect_area"):
        del computed["side"]
    if (shapely.get_dimensions(geometry) > 0).any() and "length_m" not in given:
        computed["length_m"] = extent[:, 1] - extent[:, 0]
    if target.name == "defect_area" and "area_mm2" not in given:
        computed["area_mm2"] = shapely.area(geometry) * 1e6
    return {name: values for name, values in computed.items() if name in names}


def _side(
    offset: Floats, on: NDArray[np.bool_], gauge: float, sigma: Floats
) -> NDArray[np.object_]:
    """Return left_rail or right_rail where positions are accurate enough, else track or off."""
    rail = (gauge + _HEAD_M) / 2
    side = np.full(len(offset), None, dtype=object)
    away = np.abs(np.nan_to_num(offset))
    side[on] = "track"
    near = on & (np.abs(away - rail) <= _RAIL_M) & (sigma <= _RAIL_ACCURACY_M)
    side[near & (offset < 0)] = "left_rail"
    side[near & (offset > 0)] = "right_rail"
    side[on & (away > rail + _SLEEPER_M)] = "off"
    return side
