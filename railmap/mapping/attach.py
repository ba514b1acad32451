"""Events onto the tracks: which link, where along it, how far beside it, and how sure."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from railmap.errors import InputError, UsageError
from railmap.mapping.chainage import parse_chainage
from railmap.mapping.editing import edit_map
from railmap.mapping.event_layers import event_ids, event_layer, event_rows, same_columns
from railmap.mapping.events import Events, read_events
from railmap.mapping.gauge import DEFAULT_GAUGE_MM
from railmap.mapping.layers import bulk_insert, ensure_layer, map_srs_id
from railmap.mapping.lineset import LineSet, read_lines
from railmap.mapping.locate import station_of
from railmap.mapping.offsets import OffsetFrame
from railmap.mapping.projection import LinkIndex, Matches
from railmap.mapping.reader import read_map
from railmap.mapping.schema import Layer
from railmap.mapping.trackwork import Trackwork, read_moves
from railmap.progress import NullReporter, Reporter

__all__ = ["AttachResult", "attach_events"]

Floats = NDArray[np.float64]

# What positions are good for when nobody says: surveyed tables, photos' GPS.
_ACCURACY_M = 1.0
_PHOTO_ACCURACY_M = 5.0
# A rail is known from the other only by positions better than this; its head is 7 cm wide.
_RAIL_ACCURACY_M = 0.35
_RAIL_M = 0.25
_HEAD_M = 0.07
# Sleepers end about this much outside the rails' inner edges.
_SLEEPER_M = 0.6
# Places on a line or outline that decide which track it lies on.
_SAMPLES = 16


@dataclass(frozen=True, slots=True)
class AttachResult:
    """What was attached.

    Parameters
    ----------
    layer
        Layer of the map they are in.
    events, matched, ambiguous
        How many there are, lie on a link, and may lie on another as well.
    left_out
        What was wrong with events left out.
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
    events: str | os.PathLike[str],
    *,
    layer: str | None = None,
    source_layer: str | None = None,
    position_accuracy_m: float | None = None,
    max_distance_m: float = 25.0,
    events_crs: Any = None,
    skip_bad: bool = False,
    threads: int | None = None,
    reporter: Reporter | None = None,
) -> AttachResult:
    """Place events on the tracks of a map and add them to it.

    Points lie at the nearest place of the nearest link. A line or area lies on the link that is
    nearest to most of it, at the middle of its extent along it. Events that have the id of one
    in the layer replace it, so attaching a file twice changes nothing.

    Parameters
    ----------
    path
        The map to change.
    events
        What `read_events` reads. Its column ``h_accuracy_m`` or ``accuracy_m`` is each
        position's accuracy.
    layer
        Layer to add them to: ``defect`` (areas go to ``defect_area``), ``scene_event``, or any
        name for a table of its own. By default told by the columns ``defect_id`` or
        ``scene_class``, else the file's name.
    source_layer
        Layer to read, of a file with several.
    position_accuracy_m
        Of positions that don't tell theirs, one sigma [1 m, photos 5 m].
    max_distance_m
        Events farther from any track are added without a place on one.
    events_crs
        CRS of events that don't say theirs.
    skip_bad
        Leave events without a usable position out instead of refusing all.
    threads
        CPU threads, else one a core.
    reporter
        Told of stages and warnings.

    Raises
    ------
    InputError
        If events can't be read, have no usable position, or none is near a track.
    UsageError
        If an option is out of range.
    MapError
        If the file isn't a railmap map.
    OutputError
        If it can't be changed.
    """
    if position_accuracy_m is not None and not 0 < position_accuracy_m < 1000:
        raise UsageError(f"--position-accuracy is metres above 0, not {position_accuracy_m:g}")
    if not 0 < max_distance_m <= 10_000:
        raise UsageError(f"--max-distance is metres from 0 to 10000, not {max_distance_m:g}")
    reporter = reporter or NullReporter()
    reporter.stage("reading", 1)
    content = read_map(path)
    track = Trackwork.of(content)
    lines = read_lines(content, track)
    found, left_out = read_events(
        events, content.crs, layer=source_layer, events_crs=events_crs, skip_bad=skip_bad
    )
    if left_out:
        more = f" and {len(left_out) - 1} more" if len(left_out) > 1 else ""
        reporter.warning(f"left out: {left_out[0]}{more}")
    reporter.check()
    reporter.stage("matching", len(found.names), "events")
    sigma = _accuracy(found, position_accuracy_m)
    geometry, matches, extent = _placed(
        found, lines, track, LinkIndex(track, read_moves(content, track)),
        sigma, max_distance_m, threads, content.path,
    )  # fmt: skip
    reporter.advance(len(found.names))
    on = matches.link >= 0
    if not on.any():
        raise InputError(
            f"{found.source}: no event lies within {max_distance_m:g} m of a track of"
            f" {content.path}; are the positions in the CRS they say ({content.crs.to_string()}"
            " is the map's)?"
        )
    target = event_layer(_layer_name(layer, found), found.frame, shapely.get_type_id(geometry))
    gauge = content.links["gauge"].fillna(DEFAULT_GAUGE_MM).median()
    side = _side(matches.offset, on, float(gauge) / 1000, sigma)
    ours = _columns(target, found, geometry, matches, extent, lines, side)
    if dropped := _dropped(target, found.frame):
        reporter.warning(f"the layer {target.name} has no place for {', '.join(dropped)}")
    reporter.stage("writing", len(found.names), "events")
    with edit_map(path) as sql:
        if not ensure_layer(sql, target):
            same_columns(sql, target)
            key = "defect_id" if target.name.startswith("defect") else "event_id"
            (there,) = sql.execute(f'SELECT count(*) FROM "{target.name}"').fetchone()
            if there:
                sql.executemany(
                    f'DELETE FROM "{target.name}" WHERE "{key}" = ?', [(i,) for i in ours[key]]
                )
        where = geometry
        if target.name == "defect":
            where = np.where(
                shapely.get_type_id(geometry) == 0,
                geometry,
                shapely.line_interpolate_point(geometry, 0.5, normalized=True),
            )
        boxes: list[Any] = []

        def rows() -> Any:
            for values, box in event_rows(target, found.frame, ours, where, map_srs_id(sql)):
                boxes.append(box)
                yield values
                if len(boxes) % 50_000 == 0:
                    reporter.advance(50_000)

        bulk_insert(sql, target, rows(), _lazily(boxes))
    ambiguous = int(matches.ambiguous.sum())
    if (~on).any():
        reporter.warning(
            f"{int((~on).sum())} events lie farther than {max_distance_m:g} m from any track"
        )
    return AttachResult(target.name, len(on), int(on.sum()), ambiguous, tuple(left_out))


def _lazily(boxes: list[Any]) -> Any:
    # The list is filled by the time that the spatial index asks for it.
    yield from boxes


def _dropped(target: Layer, frame: pd.DataFrame) -> list[str]:
    """Name the events' columns that a layer of the schema doesn't have."""
    kept = {column.name.lower() for column in target.columns} | {"h_accuracy_m", "accuracy_m"}
    return [
        str(name)
        for name in frame.columns
        if str(name).replace('"', "_").strip().lower() not in kept
    ]


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
            own = pd.to_numeric(events.frame[name], errors="coerce").to_numpy(dtype=np.float64)
            sigma = np.where(np.isfinite(own) & (own > 0), own, sigma)
            break
    return sigma


def _placed(
    events: Events,
    lines: LineSet,
    track: Trackwork,
    index: LinkIndex,
    sigma: Floats,
    max_distance_m: float,
    threads: int | None,
    path: Path,
) -> tuple[NDArray[Any], Matches, Floats]:
    """Return geometries, matches and ``(events, 2)`` extent along the link."""
    if events.geometry is None:
        return _by_chainage(events, lines, path)
    geometry = events.geometry
    if (shapely.get_type_id(geometry) == 0).all():
        matches = index.match(
            shapely.get_coordinates(geometry), sigma,
            max_distance_m=max_distance_m, threads=threads,
        )  # fmt: skip
        return geometry, matches, np.column_stack([matches.m, matches.m])
    xy, owner = _samples(geometry)
    sampled = index.match(xy, sigma[owner], max_distance_m=max_distance_m, threads=threads)
    count = len(geometry)
    link = np.full(count, -1, dtype=np.int64)
    on = sampled.link >= 0
    votes = pd.DataFrame(
        {"owner": owner[on], "link": sampled.link[on], "distance": sampled.distance[on]}
    )
    tally = votes.groupby(["owner", "link"])["distance"].agg(["size", "sum"]).reset_index()
    tally = tally.sort_values(["owner", "size", "sum", "link"], ascending=[True, False, True, True])
    best = tally.drop_duplicates("owner")
    link[best["owner"]] = best["link"]
    vertices, of = shapely.get_coordinates(geometry, return_index=True)
    along = np.full(len(vertices), np.nan)
    drawn = shapely.linestrings(
        track.xy, indices=np.repeat(np.arange(len(track.ids)), np.diff(track.first))
    )
    known = link[of] >= 0
    along[known] = shapely.line_locate_point(
        drawn[link[of[known]]], shapely.points(vertices[known])
    )
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, of[known], along[known])
    np.maximum.at(high, of[known], along[known])
    m = np.where(link >= 0, (low + high) / 2, np.nan)
    extent = np.column_stack([np.where(link >= 0, low, np.nan), np.where(link >= 0, high, np.nan)])
    # The event's own place decides the offset: the sample nearest to the middle of its extent.
    offset, distance = np.full(count, np.nan), np.full(count, np.nan)
    ambiguous = np.zeros(count, dtype=np.bool_)
    mine = on & (sampled.link == link[owner])
    frame = pd.DataFrame(
        {
            "owner": owner[mine],
            "ambiguous": sampled.ambiguous[mine],
            "offset": sampled.offset[mine],
            "distance": sampled.distance[mine],
        }
    )
    means = frame.groupby("owner").mean()
    offset[means.index], distance[means.index] = means["offset"], means["distance"]
    ambiguous[means.index] = means["ambiguous"] >= 0.5
    return geometry, Matches(link, m, offset, distance, ambiguous), extent


def _samples(geometry: NDArray[Any]) -> tuple[Floats, NDArray[np.int64]]:
    """Return places on the geometries: points as they are, lines and areas at even steps."""
    kinds = shapely.get_type_id(geometry)
    areas = np.isin(kinds, (3, 6))
    outlines = geometry.copy()
    outlines[areas] = shapely.boundary(geometry[areas])
    # The middle of an area counts as much as its outline.
    xy, owner = [], []
    share = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    for number, (shape, whole) in enumerate(zip(outlines, geometry, strict=True)):
        parts = shapely.get_parts(shape)
        lines = parts[shapely.get_dimensions(parts) == 1]
        if len(lines):
            sizes = shapely.length(lines)
            longest = lines[int(np.argmax(sizes))]
            places = shapely.get_coordinates(
                shapely.line_interpolate_point(longest, share, normalized=True)
            )
        else:
            places = shapely.get_coordinates(shape)
        if areas[number]:
            middle = shapely.get_coordinates(shapely.point_on_surface(whole))
            places = np.vstack([places, middle])
        xy.append(places)
        owner.append(np.full(len(places), number))
    return np.concatenate(xy), np.concatenate(owner)


def _by_chainage(
    events: Events, lines: LineSet, path: Path
) -> tuple[NDArray[Any], Matches, Floats]:
    """Place events that come with line and kilometre."""
    assert events.line is not None
    assert events.km is not None
    assert events.offset is not None
    count = len(events.names)
    points = np.empty((count, 2))
    link = np.empty(count, dtype=np.int64)
    m, side = np.empty(count), np.empty(count)
    frames: dict[str, OffsetFrame] = {}
    for i, (name, ref, km) in enumerate(zip(events.names, events.line, events.km, strict=True)):
        where = f"{events.source}: {name}"
        try:
            chainage = parse_chainage(km)
        except ValueError as error:
            raise InputError(f"{where}: {error}") from error
        base, _, plus = km.replace(",", ".").partition("+")
        known = lines.find(ref, path)
        for line in known:
            s = (
                station_of(line, parse_chainage(base) / 1000, float(plus))
                if plus
                else line.station(chainage)
            )
            if s is not None:
                break
        else:
            raise InputError(
                f"{where}: km {chainage / 1000:.3f} is not on line {ref}, which runs from km"
                f" {known[0].m[0] / 1000:.3f} to {known[0].m[-1] / 1000:.3f}"
            )
        frame = frames.setdefault(line.line_id, OffsetFrame(line.xy))
        points[i] = frame.place(s, events.offset[i])
        link[i], m[i] = lines.link_at(line, s)
        reverse = (int(link[i]), True) in line.run
        side[i] = -events.offset[i] if reverse else events.offset[i]
    matches = Matches(link, m, side, np.abs(side), np.zeros(count, dtype=np.bool_))
    return shapely.points(points), matches, np.column_stack([m, m])


def _columns(
    target: Layer,
    events: Events,
    geometry: NDArray[Any],
    matches: Matches,
    extent: Floats,
    lines: LineSet,
    side: NDArray[np.object_],
) -> dict[str, Any]:
    """Return the columns that railmap makes, by name."""
    ids = np.array([*lines.track.ids, None], dtype=object)
    line, chainage = lines.measure(matches.link, matches.m)
    line_ids = np.array([*(entry.line_id for entry in lines.lines), None], dtype=object)
    names = {column.name for column in target.columns}
    key = "defect_id" if target.name.startswith("defect") else "event_id"
    ours: dict[str, Any] = {
        key: event_ids(events.frame, key, list(shapely.to_wkb(geometry))),
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
    theirs = {str(name).lower() for name in events.frame.columns}
    if "side" in theirs and target.name in ("defect", "defect_area"):
        del ours["side"]
    if (shapely.get_dimensions(geometry) > 0).any() and "length_m" not in theirs:
        ours["length_m"] = extent[:, 1] - extent[:, 0]
    if target.name == "defect_area" and "area_mm2" not in theirs:
        ours["area_mm2"] = shapely.area(geometry) * 1e6
    return {name: values for name, values in ours.items() if name in names}


def _side(
    offset: Floats, on: NDArray[np.bool_], gauge: float, sigma: Floats
) -> NDArray[np.object_]:
    """Tell the rail where positions are good enough to, else on or off the track."""
    rail = (gauge + _HEAD_M) / 2
    side = np.full(len(offset), None, dtype=object)
    away = np.abs(np.nan_to_num(offset))
    side[on] = "track"
    near = on & (np.abs(away - rail) <= _RAIL_M) & (sigma <= _RAIL_ACCURACY_M)
    side[near & (offset < 0)] = "left_rail"
    side[near & (offset > 0)] = "right_rail"
    side[on & (away > rail + _SLEEPER_M)] = "off"
    return side
