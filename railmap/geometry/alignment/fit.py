"""Horizontal alignment of a curve: straights, circular arcs and clothoids, as few as explain it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from railmap.geometry.alignment.elements import Elements
from railmap.geometry.alignment.equal_transitions import with_equal_transitions
from railmap.geometry.alignment.polish import Beliefs, Fit, polish
from railmap.geometry.alignment.search import ARC, CLOTHOID, STRAIGHT, find_elements
from railmap.geometry.alignment.simplify import simplified
from railmap.geometry.curves import Array, arc_length, resample, tangents
from railmap.geometry.types import AlignmentSegment

__all__ = ["Alignment", "fit_alignment", "fit_line"]

CORRELATION = 6.0  # length over which the error of a centreline is about the same, metres
_STEP, _FEWEST, _FINEST = 3.0, 30, 0.5  # spacing of the points that are fitted, metres
_MOST = 4000  # points, so that very long links need no more memory and time
_LOUDER = 1.7  # factor by which the noise is raised while that explains the curve better
_TIMES = 4  # how often
_SHORTEST_PLAIN = (2.0, 2.0, 20.0)  # least length of a straight, an arc, a clothoid, metres
_SHORTEST_LEG = (2.0, 2.0, 4.0)
_RADIUS_LENGTH = 10.0  # shortest element whose radius counts for the link, metres
_SURE = 0.3  # largest share of its sigma in a radius that counts
_LEAST_POINTS = 6  # with fewer, each curve is one straight
_LEAST = 0.01  # a shorter part of an element is left out, metres
_STRAIGHT_SAGITTA = 0.002  # an arc of smaller sagitta is straight, metres
_LEAST_CURVATURE = 1e-7  # of what isn't straight, 1/m
_NAMES = ("LINE", "CIRCULARARC", "CLOTHOID")


@dataclass(slots=True)
class Alignment:
    """Fitted alignment of one curve.

    Parameters
    ----------
    segments
        From the start of the curve.
    xy
        ``(n, 2)`` points of the alignment, metres.
    deviation
        Largest distance from the input, metres.
    """

    segments: list[AlignmentSegment]
    xy: Array
    deviation: float

    @property
    def rmse(self) -> float:
        """RMS distance of the input from the alignment, metres."""
        total = sum(s.length_m for s in self.segments)
        square = sum(s.rmse_m**2 * s.length_m for s in self.segments)
        return float(np.sqrt(square / total)) if total > 0 else self.deviation

    @property
    def min_radius(self) -> float | None:
        """Smallest radius of the arcs that have a known one, metres; None for a straight link."""
        radii = [
            abs(s.start_radius_m)
            for s in self.segments
            if s.start_radius_m is not None
            and s.radius_sigma_m is not None
            and s.length_m >= _RADIUS_LENGTH
            and s.radius_sigma_m <= _SURE * abs(s.start_radius_m)
        ]
        return min(radii) if radii else None

    def reversed(self) -> Alignment:
        """The alignment from the other end."""
        end = self.segments[-1].m_from + self.segments[-1].length_m
        segments = [
            replace(
                s,
                m_from=round(end - s.m_from - s.length_m, 3),
                start_radius_m=None if s.end_radius_m is None else -s.end_radius_m,
                end_radius_m=None if s.start_radius_m is None else -s.start_radius_m,
            )
            for s in self.segments[::-1]
        ]
        return Alignment(segments, self.xy[::-1], self.deviation)


def fit_alignment(
    xy: Array, sigma: float, correlation: float = CORRELATION, plain: bool = True
) -> Alignment:
    """Fit the straights, arcs and clothoids that a curve most probably consists of.

    Parameters
    ----------
    xy
        ``(n, 2)`` points, metres.
    sigma
        Standard deviation of the curve across the track, metres. If the curve scatters more, the
        sigmas of the result follow from its scatter.
    correlation
        Length over which the correlation of its error falls to 1/e, metres.
    plain
        Whether it is plain line, where clothoids are the rule, and not the leg of a turnout.

    Returns
    -------
    Alignment
        Its ``xy`` starts and ends exactly where the input does.
    """
    return fit_line([xy], [sigma], correlation, plain)[0]


def fit_line(
    curves: Sequence[Array],
    sigmas: Sequence[float],
    correlation: float = CORRELATION,
    plain: bool = True,
) -> list[Alignment]:
    """Fit one alignment to curves that follow one another.

    Parameters
    ----------
    curves
        ``(n, 2)`` points of each, metres; each begins where that before ends.
    sigmas
        Standard deviation of each across the track, metres.
    correlation, plain
        As for `fit_alignment`.

    Returns
    -------
    list of Alignment
        The part of each curve. An element over a joint is a segment of both.
    """
    lengths = [float(arc_length(xy)[-1]) for xy in curves]
    total = sum(lengths)
    pieces = [resample(xy, min(1.0, max(total / 20, 1e-3))) for xy in curves]
    whole = np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])
    ends = np.concatenate([[0.0], np.cumsum(lengths)])
    step = max(float(np.clip(total / _FEWEST, _FINEST, _STEP)), total / _MOST)
    curve = resample(whole, step)
    if len(curve) < _LEAST_POINTS:
        return [_single(xy) for xy in curves]
    total = float(arc_length(whole)[-1])
    step = total / (len(curve) - 1)
    ends *= total / ends[-1]
    at = np.clip(
        np.searchsorted(ends, step * np.arange(len(curve)), "right") - 1, 0, len(curves) - 1
    )
    fit = _fit(curve, np.asarray(sigmas, np.float64)[at], step, correlation, plain)
    stations = [
        np.linspace(low, high, len(piece))
        for low, high, piece in zip(ends[:-1], ends[1:], pieces, strict=True)
    ]
    drawn = fit.draw(np.concatenate([stations[0], *(s[1:] for s in stations[1:])]))
    out, first = [], 0
    for piece, s in zip(pieces, stations, strict=True):
        part = drawn[first : first + len(s)]
        first += len(s) - 1
        out.append(_finish(piece, part, fit, s, alone=len(curves) == 1))
    return out


def _fit(curve: Array, noise: Array, step: float, correlation: float, plain: bool) -> Fit:
    """Find the elements, with more noise than stated if that explains the curve better."""
    chord = np.diff(curve, axis=0)
    heading = np.unwrap(np.arctan2(chord[:, 1], chord[:, 0]))
    swing = np.concatenate([[0.0], np.cumsum(heading) * step])
    knots, kinds, evidence = find_elements(swing, noise, step, correlation, plain)
    for _ in range(_TIMES):
        louder = noise * _LOUDER
        other = find_elements(swing, louder, step, correlation, plain)
        if other[2] <= evidence:
            break
        noise, (knots, kinds, evidence) = louder, other
    joints = step * np.array(knots, np.float64)

    shortest = _SHORTEST_PLAIN if plain else _SHORTEST_LEG

    def refit(kinds: Sequence[int], joints: Array) -> Fit:
        return polish(curve, noise, step, correlation, kinds, joints, shortest)

    def believing(fit: Fit, beliefs: Beliefs) -> Fit:
        elements = fit.elements
        return polish(
            curve, noise, step, correlation, elements.kinds, elements.joints, shortest, beliefs
        )

    fit = simplified(refit(kinds, joints), refit, shortest[CLOTHOID], plain)
    return with_equal_transitions(fit, believing)


def _finish(measured: Array, drawn: Array, fit: Fit, s: Array, alone: bool) -> Alignment:
    """Lay a part of the elements on the ends of its curve and describe it."""
    size = float(s[-1] - s[0])
    ends, wanted = drawn[-1] - drawn[0], measured[-1] - measured[0]
    if size > 0 and np.hypot(*ends) > 0.3 * size:
        turn = complex(*wanted) / complex(*ends)
        spin = np.array([[turn.real, turn.imag], [-turn.imag, turn.real]])
        drawn = (drawn - drawn[0]) @ spin + measured[0]
    else:  # a loop: its ends are too close to turn it by them
        share = ((s - s[0]) / max(size, 1e-12))[:, None]
        drawn = drawn + (measured[0] - drawn[0]) * (1 - share) + (measured[-1] - drawn[-1]) * share
    drawn[0], drawn[-1] = measured[0], measured[-1]
    t = tangents(drawn)
    off = ((measured - drawn) * np.stack([-t[:, 1], t[:, 0]], 1)).sum(1)
    scale = float(arc_length(drawn)[-1]) / max(size, 1e-12)
    return Alignment(
        _segments(fit, off, s, scale, scale if alone else fit.scale),
        drawn,
        float(np.abs(off).max()),
    )


def _segments(
    fit: Fit, off: Array, s: Array, scale: float, radius_scale: float
) -> list[AlignmentSegment]:
    """Segments of the elements between the first and the last station."""
    elements = _without_flat_arcs(fit.elements)
    out: list[AlignmentSegment] = []
    for i, kind in enumerate(elements.kinds):
        begin, end = elements.joints[i : i + 2]
        low, high = max(begin, s[0]), min(end, s[-1])
        if high - low < _LEAST:
            continue
        first, last = elements.curvatures[i]
        share = (np.array([low, high]) - begin) / (end - begin)
        # noise makes the measured curve longer than the elements
        ends = (first + (last - first) * share) / radius_scale
        radii = [round(float(1 / k), 3) if abs(k) > _LEAST_CURVATURE else None for k in ends]
        sigma = None
        if kind == ARC and radii[0] is not None:
            sigma = float(fit.sigma[elements.columns[i, 0]]) * radius_scale / float(first) ** 2
        name = _NAMES[kind if kind != ARC or radii[0] is not None else STRAIGHT]
        part = off[(s >= low) & (s <= high)]
        out.append(
            AlignmentSegment(
                name,
                round(float(low - s[0]) * scale, 3),
                round(float(high - low) * scale, 3),
                radii[0],
                radii[1],
                round(float(np.sqrt((part**2).mean())), 4) if len(part) else 0.0,
                None if sigma is None else round(sigma, 2),
            )
        )
    return _joined_straights(out)


def _without_flat_arcs(elements: Elements) -> Elements:
    """Elements in which arcs whose sagitta is too small have no curvature.

    The sagitta is that of an arc with the clothoids beside it: an arc may be short between these.
    """
    values = elements.values.copy()
    size = np.diff(elements.joints)
    kinds = elements.kinds
    for i, kind in enumerate(kinds):
        column = elements.columns[i, 0]
        beside = [j for j in (i - 1, i + 1) if 0 <= j < len(kinds) and kinds[j] == CLOTHOID]
        reach = size[i] + sum(size[j] for j in beside)
        if kind == ARC and abs(values[column]) * reach**2 / 8 <= _STRAIGHT_SAGITTA:
            values[column] = 0.0
    return replace(elements, values=values)


def _joined_straights(segments: list[AlignmentSegment]) -> list[AlignmentSegment]:
    """Merge consecutive straights: an arc too flat to be one beside a straight."""
    out: list[AlignmentSegment] = []
    for one in segments:
        if out and out[-1].type == "LINE" == one.type:
            last = out[-1]
            length = last.length_m + one.length_m
            square = last.rmse_m**2 * last.length_m + one.rmse_m**2 * one.length_m
            out[-1] = replace(
                last, length_m=round(length, 3), rmse_m=round(float(np.sqrt(square / length)), 4)
            )
        else:
            out.append(one)
    return out


def _single(xy: Array) -> Alignment:
    """Alignment of one straight, for short curves."""
    total = float(arc_length(xy)[-1])
    straight = resample(xy[[0, -1]], max(total / max(len(xy) - 1, 1), 1e-6))
    t = (xy[-1] - xy[0]) / max(float(np.hypot(*(xy[-1] - xy[0]))), 1e-12)
    off = np.abs((xy - xy[0]) @ np.array([-t[1], t[0]]))
    rmse = round(float(np.sqrt((off**2).mean())), 4)
    return Alignment(
        [AlignmentSegment("LINE", 0.0, round(total, 3), None, None, rmse)],
        straight,
        float(off.max()),
    )
