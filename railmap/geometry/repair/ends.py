"""Track ends: cut the bent skeleton back, go on straight to the band's end or the data's edge."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import Array, arc_length, extend, fit_end
from railmap.geometry.evidence.band import Scale, cross_sections, is_single, recentre
from railmap.geometry.evidence.field import NO_DATA_SIDE, ProbabilityField

__all__ = ["finish_end", "goes_on", "reach_edge"]

_FIT = 15.0
_MAX_EXTENSION = 40.0
_REACH = 45.0
_NEAR_EDGE = 5.0
_AHEAD = 8.0  # metres of track ahead of an end that say that it is none
_UNSURE = 4.0  # metres from the edge of the data where the band may fade


def _cut_back(field: ProbabilityField, xy: Array, scale: Scale, width: float) -> Array:
    """`xy` (starting at the end) without the part that a skeleton bends."""
    s = arc_length(xy)
    sections = cross_sections(field, xy, 1.6 * width)
    bad = ~is_single(sections, scale, width) | (sections.status == NO_DATA_SIDE).any(axis=1)
    # the bent part ends where the band has its full width for a while
    window = max(round(1.0 / scale.step), 1)
    good = np.convolve(~bad, np.ones(window), mode="valid") == window
    first = int(np.argmax(good)) if good.any() else 0
    keep = s >= min(s[first] + 0.6 * width, max(0.5 * s[-1], s[-1] - 6.0 * width))
    return xy[keep]


def _straight(field: ProbabilityField, xy: Array, scale: Scale) -> bool:
    """Whether a parabola adds nothing to a straight line over the end of a curve."""
    point, heading, curvature = fit_end(xy, _FIT)
    del point, heading
    reach = min(_FIT, float(arc_length(xy)[-1]))
    # a sagitta below the noise of the centreline is no curve
    return abs(curvature) * reach**2 / 8 < max(0.3 * scale.gsd, 0.02) or reach < 8.0


def finish_end(
    field: ProbabilityField, xy: Array, scale: Scale, width: float, held: float = 0.0
) -> tuple[Array, bool]:
    """Put the start of a curve where the track ends.

    Parameters
    ----------
    xy
        ``(n, 2)`` curve whose first point is the free end.
    width
        Band width, metres.
    held
        Length at the far end that must stay as it is, metres.

    Returns
    -------
    xy
        The curve with its new start.
    at_dataset_edge
        Whether the track goes on past the edge of the data.
    """
    xy, rest = _near(xy, held)
    trunk = _cut_back(field, xy, scale, width)
    if len(trunk) < 5:
        trunk = xy
    point, heading, curvature = fit_end(trunk, _FIT, not _straight(field, trunk, scale))
    if abs(curvature) > 1 / 90:
        curvature = 0.0
    step = min(scale.step, scale.gsd)
    lead = extend(point, heading, curvature, _MAX_EXTENSION, step)
    p = field.values(lead)
    threshold = field.level / 254.0
    below = np.isnan(p) | (p < threshold)
    if not below.any():
        stop, at_dataset_edge = len(lead), False
    else:
        stop = int(np.argmax(below))
        ahead = p[stop : stop + 3]
        at_dataset_edge = bool(np.isnan(ahead).any())
    if not at_dataset_edge:
        # a network is unsure at the very edge of a picture: a track that heads there goes on
        ahead = np.isnan(p[stop : stop + round(_UNSURE / step)])
        if ahead.any():
            stop, at_dataset_edge = stop + int(np.argmax(ahead)), True
        elif scale.tent:
            # the tent falls from its ridge over half a width past the track's end
            stop = max(stop - round(0.5 * width / step), 0)
    lead = lead[:stop]
    if at_dataset_edge and len(lead):
        lead = _to_rim(field, lead, heading + curvature * stop * step, step)
    joined = np.concatenate([lead[::-1], point[None], trunk[1:]])
    curve, _, _ = recentre(field, joined, scale, width, fixed=(False, True), rounds=2)
    if at_dataset_edge:
        curve = _clip_to_data(field, curve)
    return np.concatenate([curve, rest]), at_dataset_edge


def goes_on(field: ProbabilityField, xy: Array) -> bool:
    """Whether there is track well past the start of a curve: a skeleton that trackwork broke."""
    _, heading, _ = fit_end(xy, _FIT, curved=False)
    ahead = field.values(extend(xy[0], heading, 0.0, _AHEAD, 0.25))
    return bool((ahead >= field.level / 254.0).all())


def _near(xy: Array, held: float) -> tuple[Array, Array]:
    """The part of a curve that its start may change, and the rest."""
    s = arc_length(xy)
    count = int(np.searchsorted(s, min(_REACH, s[-1] - held)))
    count = len(xy) if len(xy) - count < 3 else max(count, min(5, len(xy)))
    return xy[:count], xy[count:]


def _to_rim(field: ProbabilityField, lead: Array, heading: float, step: float) -> Array:
    """Go on to the very rim: a pixel's value reaches only to half a pixel past its centre."""
    tip = extend(lead[-1], heading, 0.0, 2.0 * field.gsd, step / 8)
    known = ~np.isnan(field.values(tip)) & field.inside(tip)
    count = int(np.argmin(known)) if not known.all() else len(tip)
    return np.concatenate([lead, tip[count - 1 : count]]) if count else lead


def reach_edge(field: ProbabilityField, xy: Array) -> Array:
    """The curve with its start straight on to, or cut at, the edge of the data nearby."""
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
    """Drop points at the start that recentring pushed past the data."""
    known = ~np.isnan(field.values(xy)) & field.inside(xy)
    first = int(np.argmax(known)) if known.any() else 0
    return xy[first:]
