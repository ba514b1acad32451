"""Alignments of the links of a network, fitted line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from railmap.geometry.alignment.fit import Alignment, fit_alignment, fit_line
from railmap.geometry.alignment.through import through_lines
from railmap.geometry.curves import Array, length_of
from railmap.geometry.graph import WorkGraph
from railmap.geometry.types import AlignmentSegment, Link

__all__ = ["align_links", "stretched"]

_NOISE_SIGMAS = 3.0  # of the noise by which a drawn alignment may leave the measured line
_LARGEST_NOISE = 0.15  # most of it, metres
_EXPLAINED_SIGMAS = 4.0  # of its accuracy within which an alignment explains a line
_LOCAL = 0.25  # most by which a line may leave an alignment that explains all but short parts
_LEAST_SIGMA, _LARGEST_SIGMA = 0.01, 0.15  # accuracies that alignments use, metres
_LONGEST_LEG = 200.0  # a line from a switch that is longer is plain line, metres


def align_links(
    graph: WorkGraph, links: Mapping[int, Link], noises: Mapping[int, float], tolerance: float
) -> dict[int, Array]:
    """Give links the alignments of the lines that they are parts of.

    Parameters
    ----------
    graph
        The finished graph, in grid metres.
    links
        By number of its edge; `alignment` and `min_radius_m` are set where the alignment explains
        the measured line, but for short parts.
    noises
        Standard deviation of the points of each edge across the track, metres.
    tolerance
        Distance by which a drawn line may always leave the measured one, metres.

    Returns
    -------
    dict of int to ndarray
        ``(n, 2)`` points to draw for each edge: the alignment where it differs from the measured
        points by their noise only, else these.
    """
    curves = {}
    for line in through_lines(graph):
        measured = [graph.edges[n].xy[::-1] if back else graph.edges[n].xy for n, back in line]
        sigmas = [_sigma(links[n]) for n, _ in line]
        plain = _is_plain(graph, line)
        parts = fit_line(measured, sigmas, plain=plain)
        for (number, back), xy, sigma, part in zip(line, measured, sigmas, parts, strict=True):
            drawn = max(tolerance, min(_NOISE_SIGMAS * noises[number], _LARGEST_NOISE))
            explained = max(drawn, _EXPLAINED_SIGMAS * sigma)
            if not _explains(part, explained) and len(line) > 1:
                part = fit_alignment(xy, sigma, plain=plain)
            if back:
                part = part.reversed()
            part = _less_sure(part, links[number], sigma)
            if _explains(part, explained):
                link = links[number]
                link.alignment, link.min_radius_m = part.segments, part.min_radius
            curves[number] = part.xy if part.deviation <= drawn else graph.edges[number].xy
    return curves


def stretched(segments: Sequence[AlignmentSegment], length: float) -> list[AlignmentSegment]:
    """Segments whose stations are those of the line as it is drawn.

    Parameters
    ----------
    segments
        From the start of the line.
    length
        Of the drawn line, metres. Noise and chords change it by a few millimetres in 10 m.

    Returns
    -------
    list of AlignmentSegment
        From 0 to `length` without gaps; radii stay.
    """
    if not segments:
        return []
    joints = np.array([*(s.m_from for s in segments), segments[-1].m_from + segments[-1].length_m])
    joints = np.round(joints * length / joints[-1], 3)
    return [
        replace(s, m_from=float(low), length_m=round(float(high - low), 3))
        for s, low, high in zip(segments, joints[:-1], joints[1:], strict=True)
    ]


def _explains(part: Alignment, limit: float) -> bool:
    """Whether an alignment is that of the measured line.

    Where the track is hidden, a line may be some decimetres off on a few metres; the alignment is
    then nearer to the track than the line.
    """
    return part.deviation <= limit or (part.rmse <= limit and part.deviation <= _LOCAL)


def _less_sure(part: Alignment, link: Link, sigma: float) -> Alignment:
    """Radii with the sigmas of a link that is less accurate than what was fitted to."""
    share = (link.h_accuracy_m or sigma) / sigma
    if share <= 1:
        return part
    segments = [
        s
        if s.radius_sigma_m is None
        else replace(s, radius_sigma_m=round(s.radius_sigma_m * share, 2))
        for s in part.segments
    ]
    return replace(part, segments=segments)


def _sigma(link: Link) -> float:
    return float(np.clip(link.h_accuracy_m or _LEAST_SIGMA, _LEAST_SIGMA, _LARGEST_SIGMA))


def _is_plain(graph: WorkGraph, line: list[tuple[int, bool]]) -> bool:
    """Whether a line is more than the leg of a turnout: long, or not from a switch."""
    if sum(length_of(graph.edges[n].xy) for n, _ in line) > _LONGEST_LEG:
        return True
    (first, back), (last, other) = line[0], line[-1]
    ends = graph.edges[first], graph.edges[last]
    nodes = (ends[0].end if back else ends[0].start, ends[1].start if other else ends[1].end)
    return all(graph.degree(v) < 3 for v in nodes)
