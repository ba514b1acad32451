"""Compare labels with found tracks: shifted labels, missing labels, labels without a track.

At every metre of a label, found tracks are searched along the normal, within `CheckLimits.reach`.
The nearest one of the same direction belongs to the label; its distance is the shift. Found track
that belongs to no label has no label ("missing"). A label that is shifted by more than half the
track spacing is nearer to the next track: it is reported as a small shift of that track, or as
right, and its own track as missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

__all__ = ["KINDS", "CheckLimits", "LabelIssue", "check_labels", "issues_frame"]

KINDS = ("shifted", "no_track", "missing")
_STEP = 1.0
_MOST_ANGLE = np.cos(np.radians(20.0))
_CLAIM = 2.5
"""A claim reaches this far along the found track (m); the next track is farther."""
_RIGHT, _SHIFTED, _NONE, _UNJUDGED = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """What counts as wrong, in metres.

    Parameters
    ----------
    tolerance
        Shifts up to this are right.
    reach
        How far from a label its track is sought.
    min_length
        Shorter faults are not reported, metres.
    """

    tolerance: float = 0.4
    reach: float = 3.0
    min_length: float = 10.0


@dataclass(frozen=True, slots=True)
class LabelIssue:
    """One stretch where label and image disagree.

    Parameters
    ----------
    kind
        "shifted" or "no_track" (a stretch of a label), or "missing" (of a found track).
    line
        Where, in the CRS of the check.
    label
        Number of the label line, -1 for what is missing.
    shift_m
        From the label to the track, + to the right of the label's direction; NaN where unknown.
    shift_east_m, shift_north_m
        The same as a vector: add it to the label.
    spread_m
        Standard deviation of the shift along the stretch.
    """

    kind: str
    line: shapely.LineString
    label: int = -1
    shift_m: float = float("nan")
    shift_east_m: float = float("nan")
    shift_north_m: float = float("nan")
    spread_m: float = float("nan")

    def message(self) -> str:
        """One line for a person."""
        length = f"{self.line.length:.0f} m"
        if self.kind == "missing":
            return f"{length} of track without a label"
        if self.kind == "no_track":
            return f"label {self.label}: no track seen along {length}"
        return (
            f"label {self.label}: {abs(self.shift_m):.2f} m off the track along {length}; move "
            f"it by {self.shift_east_m:+.2f} m east, {self.shift_north_m:+.2f} m north"
        )


def check_labels(
    labels: gpd.GeoDataFrame,
    found: Sequence[shapely.LineString],
    *,
    judged: BaseGeometry | None = None,
    limits: CheckLimits | None = None,
) -> list[LabelIssue]:
    """Compare label lines with found tracks, both in one projected CRS in metres.

    Parameters
    ----------
    labels
        LineStrings; where ``occluded`` is true nothing need be seen.
    found
        Centrelines that were found in the image.
    judged
        Where the image has data and labels are meant to be complete; None: everywhere.
    limits
        What counts as wrong.

    Returns
    -------
    list of LabelIssue
        Shifted and empty labels in their order, then what is missing.
    """
    limits = limits or CheckLimits()
    tracks = np.array([shapely.force_2d(line) for line in found], dtype=object)
    tree = shapely.STRtree(tracks)
    issues: list[LabelIssue] = []
    claims: list[NDArray[np.float64]] = []
    hidden = labels["occluded"].to_numpy(bool) if "occluded" in labels else np.zeros(len(labels))
    if judged is not None:
        shapely.prepare(judged)
    for number, line in enumerate(labels.geometry.to_numpy()):
        stations = np.arange(_STEP / 2, line.length, _STEP)
        if not len(stations):
            continue
        points, normals = _along(line, stations)
        shift, claimed = _nearest(points, normals, tracks, tree, limits.reach)
        claims.append(claimed)
        state = np.where(
            np.isnan(shift), _NONE, np.where(np.abs(shift) > limits.tolerance, _SHIFTED, _RIGHT)
        )
        if hidden[number]:
            state[state == _NONE] = _UNJUDGED
        if judged is not None:
            state[~shapely.contains_xy(judged, points[:, 0], points[:, 1])] = _UNJUDGED
        issues += _stretches(line, number, stations, normals, shift, _smooth(state), limits)
    return issues + _missing(tracks, claims, judged, limits)


def _along(
    line: shapely.LineString, stations: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points on a line and the unit normals there, to its right."""
    points = shapely.get_coordinates(shapely.line_interpolate_point(line, stations))
    reach = min(2.0, line.length / 4)
    ends = [
        shapely.get_coordinates(
            shapely.line_interpolate_point(line, np.clip(stations + by, 0, line.length))
        )
        for by in (-reach, reach)
    ]
    tangent = ends[1] - ends[0]
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
    return points, np.column_stack((tangent[:, 1], -tangent[:, 0]))


def _nearest(
    points: NDArray[np.float64],
    normals: NDArray[np.float64],
    tracks: NDArray[np.object_],
    tree: shapely.STRtree,
    reach: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Signed distance to the nearest track of the same direction (NaN: none), and its points."""
    shift = np.full(len(points), np.nan)
    place = np.full((len(points), 2), np.nan)
    rays = shapely.linestrings(np.stack([points - reach * normals, points + reach * normals], 1))
    which, track = tree.query(rays, predicate="intersects")
    crossings, owner = shapely.get_parts(
        shapely.intersection(rays[which], tracks[track]), return_index=True
    )
    spots = shapely.is_valid(crossings) & (shapely.get_dimensions(crossings) == 0)
    crossings, owner = crossings[spots], owner[spots]
    if not len(crossings):
        return shift, place[:0]
    ray, line = which[owner], tracks[track[owner]]
    xy = shapely.get_coordinates(crossings)
    offset = ((xy - points[ray]) * normals[ray]).sum(axis=1)
    at = shapely.line_locate_point(line, crossings)
    length = shapely.length(line)
    ahead, behind = (
        shapely.get_coordinates(shapely.line_interpolate_point(line, np.clip(at + by, 0, length)))
        for by in (1.0, -1.0)
    )
    along = ahead - behind
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-12
    tangent = np.column_stack((-normals[ray][:, 1], normals[ray][:, 0]))
    parallel = np.abs((along * tangent).sum(axis=1)) >= _MOST_ANGLE
    for i in np.flatnonzero(parallel)[np.argsort(-np.abs(offset[parallel]), kind="stable")]:
        shift[ray[i]], place[ray[i]] = offset[i], xy[i]  # the nearest comes last
    return shift, place[~np.isnan(shift)]


def _smooth(state: NDArray[np.int64]) -> NDArray[np.int64]:
    """Replace the state of each metre by the most frequent one of five metres; ties stay."""
    votes = np.stack([np.convolve(state == kind, np.ones(5), "same") for kind in range(4)])
    best = votes.argmax(axis=0)
    own = np.take_along_axis(votes, state[None], 0)[0]
    return np.where(votes.max(axis=0) > own, best, state)


def _stretches(
    line: shapely.LineString,
    number: int,
    stations: NDArray[np.float64],
    normals: NDArray[np.float64],
    shift: NDArray[np.float64],
    state: NDArray[np.int64],
    limits: CheckLimits,
) -> list[LabelIssue]:
    issues = []
    edges = np.flatnonzero(np.diff(state)) + 1
    for part in np.split(np.arange(len(state)), edges):
        kind = int(state[part[0]])
        start, end = stations[part[0]] - _STEP / 2, stations[part[-1]] + _STEP / 2
        if kind not in (_SHIFTED, _NONE) or end - start < limits.min_length:
            continue
        piece = shapely.ops.substring(line, start, min(end, line.length))
        if kind == _NONE:
            issues.append(LabelIssue("no_track", piece, number))
            continue
        known = part[~np.isnan(shift[part])]
        east, north = np.median(shift[known, None] * normals[known], axis=0)
        issues.append(
            LabelIssue(
                "shifted",
                piece,
                number,
                float(np.median(shift[known])),
                float(east),
                float(north),
                float(np.std(shift[known])),
            )
        )
    return issues


def _missing(
    tracks: NDArray[np.object_],
    claims: list[NDArray[np.float64]],
    judged: BaseGeometry | None,
    limits: CheckLimits,
) -> list[LabelIssue]:
    if not len(tracks):
        return []
    places = np.concatenate(claims) if claims else np.empty((0, 2))
    claimed = shapely.union_all(shapely.buffer(shapely.points(places), _CLAIM, quad_segs=2))
    rest = shapely.difference(tracks, claimed)
    if judged is not None:
        rest = shapely.intersection(rest, judged)
    parts = shapely.get_parts(rest)
    return [
        LabelIssue("missing", part)
        for part in parts
        if part.geom_type == "LineString" and part.length >= limits.min_length
    ]


def issues_frame(issues: Sequence[LabelIssue], crs: object) -> gpd.GeoDataFrame:
    """Return issues as a layer."""
    columns = {
        "kind": [issue.kind for issue in issues],
        "message": [issue.message() for issue in issues],
        "label": np.array([issue.label for issue in issues], np.int32),
        "length_m": [issue.line.length for issue in issues],
        "shift_m": [issue.shift_m for issue in issues],
        "shift_east_m": [issue.shift_east_m for issue in issues],
        "shift_north_m": [issue.shift_north_m for issue in issues],
        "spread_m": [issue.spread_m for issue in issues],
    }
    lines = gpd.GeoSeries([issue.line for issue in issues], crs=crs)
    return gpd.GeoDataFrame(columns, geometry=lines, crs=crs)
