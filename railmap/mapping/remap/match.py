"""Match new links with edited links; compute the parts of new links that remain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from railmap.geometry.types import TrackNetwork
from railmap.mapping.compare.overlap import Samples, overlay, stretches
from railmap.mapping.remap.edits import Edits

__all__ = ["Piece", "uncovered"]

# A new link that is parallel to an edited one within this distance is the same track.
_REACH_M = 1.0
# Mean distance within which links between the same two nodes are the same track.
_SAME_ENDS_M = 3.0
# Minimum length of a covered or uncovered stretch.
_STRETCH_M = 5.0
# A covered stretch ends within this distance of the edited link's end, else the tracks diverge.
_END_M = 3.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a new link that remains.

    Parameters
    ----------
    link
        Index of the link.
    m_from, m_to
        Extent along it, metres.
    start_anchor, end_anchor
        Anchor to which a cut end is joined; None for the link's own end.
    """

    link: int
    m_from: float
    m_to: float
    start_anchor: int | None = None
    end_anchor: int | None = None

    @property
    def whole(self) -> bool:
        """Whether it is the whole link."""
        return self.start_anchor is None and self.end_anchor is None


def uncovered(
    network: TrackNetwork,
    link_ids: list[str],
    edits: Edits,
    ends: list[tuple[int, int]],
    target: Mapping[int, int],
) -> tuple[list[Piece], dict[int, int]]:
    """Return the remaining parts of new links, and the edited link that replaces each other link.

    Parameters
    ----------
    network
        The new network.
    link_ids
        Ids of its links.
    edits
        The edits.
    ends
        Anchors of the ends of each edited link.
    target
        Anchor by index of the new node that moves there.
    """
    lines = np.array([shapely.linestrings(link.xy) for link in network.links], dtype=object)
    kept = np.array([shapely.linestrings(link.xy) for link in edits.links], dtype=object)
    gone = _same_id(link_ids, edits)
    length = shapely.length(lines) if len(lines) else np.zeros(0)
    if not len(kept):
        return [Piece(i, 0.0, float(length[i])) for i in range(len(lines))], gone
    samples = overlay(lines, kept, reach_m=_REACH_M)
    rest = {run.line for run in stretches(samples, samples.other < 0, _STRETCH_M)}
    shares = samples.shares(len(lines), len(kept))
    for (index, other), _ in sorted(shares.items(), key=lambda item: (-item[1], item[0])):
        if index not in rest:
            gone.setdefault(index, other)
    _same_ends(network, lines, kept, ends, target, gone)
    cuts = _cuts(samples, lines, kept, ends, gone)
    pieces = []
    for index in range(len(lines)):
        if index not in gone:
            pieces += _remains(index, float(length[index]), cuts.get(index, []))
    return pieces, gone


def _same_id(link_ids: list[str], edits: Edits) -> dict[int, int]:
    """Match by id: ids depend on the geometry, so an edited link has the id of the original."""
    known: dict[str, int] = {}
    for index, link in enumerate(edits.links):
        known.setdefault(link.values["link_id"], index)
    return {i: known[link_id] for i, link_id in enumerate(link_ids) if link_id in known}


def _same_ends(
    network: TrackNetwork,
    lines: NDArray[np.object_],
    kept: NDArray[np.object_],
    ends: list[tuple[int, int]],
    target: Mapping[int, int],
    gone: dict[int, int],
) -> None:
    """Match links between the same two nodes as an edited link that has no match yet."""
    matched = set(gone.values())
    by_ends: dict[frozenset[int], list[int]] = {}
    for index, pair in enumerate(ends):
        if index not in matched:
            by_ends.setdefault(frozenset(pair), []).append(index)
    found = []
    for index, link in enumerate(network.links):
        mine = frozenset([target.get(link.start_node, -1), target.get(link.end_node, -1)])
        for other in by_ends.get(mine, []) if index not in gone else []:
            samples = shapely.line_interpolate_point(
                lines[index], np.linspace(0, 1, 21), normalized=True
            )
            far = float(shapely.distance(samples, kept[other]).mean())
            if far <= _SAME_ENDS_M:
                found.append((far, index, other))
    for _, index, other in sorted(found):
        if index not in gone and other not in matched:
            gone[index] = other
            matched.add(other)


def _cuts(
    samples: Samples,
    lines: NDArray[np.object_],
    kept: NDArray[np.object_],
    ends: list[tuple[int, int]],
    gone: Mapping[int, int],
) -> dict[int, list[tuple[float, float, int | None, int | None]]]:
    """Return stretches to cut out: from, to, and the anchors to which the other parts are joined.

    The legs of a switch also coincide at first, but they diverge before the end of either.
    """
    cuts: dict[int, list[tuple[float, float, int | None, int | None]]] = {}
    # A stretch ends at the end of the line and where the match changes.
    pairs = replace(samples, line=samples.line * (len(kept) + 1) + samples.other + 1)
    for run in stretches(pairs, samples.other >= 0, _STRETCH_M):
        index, other = int(samples.line[run.first]), int(samples.other[run.first])
        if index in gone:
            continue
        line, length = lines[index], float(lines[index].length)
        sides: list[tuple[float, int | None]] = []
        for sample in (run.first, run.last):
            m = float(samples.m[sample])
            if m <= 0.0 or m >= length:
                sides.append((m, None))
                continue
            along = float(kept[other].project(shapely.Point(samples.xy[sample])))
            at_start = along <= _END_M
            if not at_start and along < kept[other].length - _END_M:
                break
            corner = shapely.get_point(kept[other], 0 if at_start else -1)
            sides.append((float(line.project(corner)), ends[other][0 if at_start else 1]))
        if len(sides) == 2:
            (low, before), (high, after) = sides
            cuts.setdefault(index, []).append((low, high, before, after))
    return {line: sorted(found, key=lambda cut: cut[:2]) for line, found in cuts.items()}


def _remains(
    index: int, length: float, cuts: list[tuple[float, float, int | None, int | None]]
) -> list[Piece]:
    pieces, m, anchor = [], 0.0, None
    for low, high, before, after in cuts:
        if before is not None and low - m >= _STRETCH_M:
            pieces.append(Piece(index, m, low, anchor, before))
        m, anchor = max(m, high), after
    # Nothing remains after a cut to the end of the link.
    if not cuts or (anchor is not None and length - m >= _STRETCH_M):
        pieces.append(Piece(index, m, length, anchor, None))
    return pieces
