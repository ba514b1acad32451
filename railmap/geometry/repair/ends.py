"""Track ends: cut back the bent skeleton, extend to the end of the band or of the data."""

from __future__ import annotations

import numpy as np

from railmap.geometry.constants import END_FIT, SECTION_REACH
from railmap.geometry.curves import Array, arc_length, extend, fit_end
from railmap.geometry.evidence.band import Scale, cross_sections, is_single, recentre
from railmap.geometry.evidence.field import NO_DATA_SIDE, ProbabilityField
from railmap.geometry.graph import WorkGraph

__all__ = ["extend_to_dataset_edge", "finish_end", "finish_ends"]

_MAX_EXTENSION = 40.0  # metres
_REACH = 45.0  # length at an end that may change, metres
_NEAR_EDGE = 5.0  # largest distance from the edge of the data that is bridged, metres
_AHEAD = 8.0  # metres of track ahead of an end by which it is not the track's end
_FADE = 4.0  # metres from the edge of the data where the band may fade
_MIN_RADIUS = 90.0  # an end that bends more is extended straight, metres


def finish_ends(
    field: ProbabilityField, graph: WorkGraph, scale: Scale, *, continuing: bool = False
) -> None:
    """Move free ends to the end of their track.

    Parameters
    ----------
    field
        Track probability.
    graph
        The network; changed in place.
    scale
        Lengths of the raster.
    continuing
        Process the ends marked `GraphNode.continues`; otherwise the other ends, of which those
        with track ahead of them are marked (ridge solver only).
    """
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        for end in (0, 1):
            node = edge.start if end == 0 else edge.end
            if graph.degree(node) != 1 or graph.nodes[node].continues != continuing:
                continue
            xy = graph.points_from(number, end)
            if scale.tent and not continuing and _has_track_ahead(field, xy):
                graph.nodes[node].continues = True
                continue
            held = 1.5 * scale.width if graph.degree(graph.other_node(number, end)) > 2 else 0.0
            xy, at_dataset_edge = finish_end(field, xy, scale, scale.width, held)
            if len(xy) < 2:
                continue
            graph.nodes[node].xy = xy[0].copy()
            graph.nodes[node].at_dataset_edge = at_dataset_edge
            graph.set_points(number, xy if end == 0 else xy[::-1])


def extend_to_dataset_edge(field: ProbabilityField, graph: WorkGraph) -> None:
    """Move ends at the edge of the data, which the junction solver may have shifted, onto it.

    Parameters
    ----------
    field
        Track probability.
    graph
        The network; changed in place.
    """
    for number in sorted(graph.edges):
        edge = graph.edges[number]
        for end, node in ((0, edge.start), (1, edge.end)):
            if graph.degree(node) != 1 or not graph.nodes[node].at_dataset_edge:
                continue
            xy = _reach_edge(field, graph.points_from(number, end))
            if len(xy) > 2:
                graph.nodes[node].xy = xy[0].copy()
                graph.set_points(number, xy if end == 0 else xy[::-1])


def _cut_back(field: ProbabilityField, xy: Array, scale: Scale, width: float) -> Array:
    """Remove the part at the start of a curve that thinning bent."""
    s = arc_length(xy)
    sections = cross_sections(field, xy, SECTION_REACH * width)
    bad = ~is_single(sections, scale, width) | (sections.status == NO_DATA_SIDE).any(axis=1)
    # the bent part ends where the band has its full width for a while
    window = max(round(1.0 / scale.step), 1)
    good = np.convolve(~bad, np.ones(window), mode="valid") == window
    first = int(np.argmax(good)) if good.any() else 0
    keep = s >= min(s[first] + 0.6 * width, max(0.5 * s[-1], s[-1] - 6.0 * width))
    return np.asarray(xy[keep])


def _is_straight(xy: Array, scale: Scale) -> bool:
    """Whether the start of a curve is straight within the noise of the centreline."""
    _, _, curvature = fit_end(xy, END_FIT)
    reach = min(END_FIT, float(arc_length(xy)[-1]))
    return abs(curvature) * reach**2 / 8 < max(0.3 * scale.gsd, 0.02) or reach < 8.0


def finish_end(
    field: ProbabilityField, xy: Array, scale: Scale, width: float, held: float = 0.0
) -> tuple[Array, bool]:
    """Move the start of a curve to the end of its track.

    Parameters
    ----------
    field
        Track probability.
    xy
        ``(n, 2)`` curve whose first point is the free end, metres.
    scale
        Lengths of the raster.
    width
        Band width, metres.
    held
        Length at the other end that must not change, metres.

    Returns
    -------
    xy
        ``(m, 2)`` the curve with its new start.
    at_dataset_edge
        Whether the track continues past the edge of the data.
    """
    xy, rest = _near(xy, held)
    trunk = _cut_back(field, xy, scale, width)
    if len(trunk) < 5:
        trunk = xy
    point, heading, curvature = fit_end(trunk, END_FIT, not _is_straight(trunk, scale))
    if abs(curvature) > 1 / _MIN_RADIUS:
        curvature = 0.0
    step = min(scale.step, scale.gsd)
    extension = extend(point, heading, curvature, _MAX_EXTENSION, step)
    p = field.values(extension)
    below = np.isnan(p) | (p < field.threshold)
    if not below.any():
        stop, at_dataset_edge = len(extension), False
    else:
        stop = int(np.argmax(below))
        ahead = p[stop : stop + 3]
        at_dataset_edge = bool(np.isnan(ahead).any())
    if not at_dataset_edge:
        # the probability fades at the edge of the data: a track that heads there continues
        ahead = np.isnan(p[stop : stop + round(_FADE / step)])
        if ahead.any():
            stop, at_dataset_edge = stop + int(np.argmax(ahead)), True
        elif scale.tent:
            # a tent extends half a width past the track's end
            stop = max(stop - round(0.5 * width / step), 0)
    extension = extension[:stop]
    if at_dataset_edge and len(extension):
        extension = _to_last_pixel(field, extension, heading + curvature * stop * step, step)
    joined = np.concatenate([extension[::-1], point[None], trunk[1:]])
    curve, _, _ = recentre(field, joined, scale, width, fixed=(False, True), rounds=2)
    if at_dataset_edge:
        curve = _clip_to_data(field, curve)
    return np.concatenate([curve, rest]), at_dataset_edge


def _has_track_ahead(field: ProbabilityField, xy: Array) -> bool:
    """Whether the track continues past the start of a curve: the skeleton broke at a junction."""
    _, heading, _ = fit_end(xy, END_FIT, curved=False)
    ahead = field.values(extend(xy[0], heading, 0.0, _AHEAD, 0.25))
    return bool((ahead >= field.threshold).all())


def _near(xy: Array, held: float) -> tuple[Array, Array]:
    """Split a curve in the part near its start, which may change, and the rest."""
    s = arc_length(xy)
    count = int(np.searchsorted(s, min(_REACH, s[-1] - held)))
    count = len(xy) if len(xy) - count < 3 else max(count, min(5, len(xy)))
    return xy[:count], xy[count:]


def _to_last_pixel(field: ProbabilityField, xy: Array, heading: float, step: float) -> Array:
    """Append a point at the outer edge of the last pixel with data."""
    tip = extend(xy[-1], heading, 0.0, 2.0 * field.gsd, step / 8)
    known = ~np.isnan(field.values(tip)) & field.inside(tip)
    count = int(np.argmin(known)) if not known.all() else len(tip)
    return np.concatenate([xy, tip[count - 1 : count]]) if count else xy


def _reach_edge(field: ProbabilityField, xy: Array) -> Array:
    """Extend the start of a curve straight to the edge of the data nearby, or cut it there."""
    xy = _clip_to_data(field, xy)
    if len(xy) < 3:
        return xy
    _, heading, _ = fit_end(xy, 8.0, curved=False)
    ahead = extend(xy[0], heading, 0.0, _NEAR_EDGE, field.gsd / 4)
    known = ~np.isnan(field.values(ahead)) & field.inside(ahead)
    if known.all() or not known[0]:
        return xy
    return np.concatenate([ahead[: int(np.argmin(known))][::-1], xy])


def _clip_to_data(field: ProbabilityField, xy: Array) -> Array:
    """Drop points at the start that `recentre` moved off the data."""
    known = ~np.isnan(field.values(xy)) & field.inside(xy)
    first = int(np.argmax(known)) if known.any() else 0
    return xy[first:]
