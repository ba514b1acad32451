"""Which new links a person's links stand for, and what of them remains."""

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

# A new link this near to a kept one, and going the same way, is the same track.
_REACH_M = 1.0
# Between the same two nodes a track may have been moved by more, yet not to its neighbour.
_SAME_ENDS_M = 3.0
# Shorter stretches count neither as covered nor as more than covered.
_STRETCH_M = 5.0
# A covered stretch ends this near to the end of the kept link, or the tracks part there.
_END_M = 3.0


@dataclass(frozen=True, slots=True)
class Piece:
    """What remains of a new link: from `m_from` to `m_to` along it, metres.

    A cut end is joined to the place `start_place` or `end_place`; None where it is the link's own.
    """

    link: int
    m_from: float
    m_to: float
    start_place: int | None = None
    end_place: int | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing was cut off."""
        return self.start_place is None and self.end_place is None


def uncovered(
    network: TrackNetwork,
    link_ids: list[str],
    edits: Edits,
    ends: list[tuple[int, int]],
    target: Mapping[int, int],
) -> tuple[list[Piece], dict[int, int]]:
    """Return what remains of the new links, and the kept link that stands for each that is gone.

    Parameters
    ----------
    link_ids
        Of the network's links.
    ends
        Places of each kept link's ends.
    target
        Place that a new node comes to, by node.
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
    """Ids are made from where a link lies: the same one is what a person started from."""
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
    """Find links between the same two nodes as a kept one that stands for none yet."""
    standing = set(gone.values())
    by_ends: dict[frozenset[int], list[int]] = {}
    for index, pair in enumerate(ends):
        if index not in standing:
            by_ends.setdefault(frozenset(pair), []).append(index)
    found = []
    for index, link in enumerate(network.links):
        mine = frozenset([target.get(link.start_node, -1), target.get(link.end_node, -1)])
        for other in by_ends.get(mine, []) if index not in gone else []:
            places = shapely.line_interpolate_point(
                lines[index], np.linspace(0, 1, 21), normalized=True
            )
            far = float(shapely.distance(places, kept[other]).mean())
            if far <= _SAME_ENDS_M:
                found.append((far, index, other))
    for _, index, other in sorted(found):
        if index not in gone and other not in standing:
            gone[index] = other
            standing.add(other)


def _cuts(
    samples: Samples,
    lines: NDArray[np.object_],
    kept: NDArray[np.object_],
    ends: list[tuple[int, int]],
    gone: Mapping[int, int],
) -> dict[int, list[tuple[float, float, int | None, int | None]]]:
    """Return stretches to cut out: from, to, and the places the remaining pieces are joined to.

    A leg of a switch lies on the other one at first too; it leaves it aside, not at its end.
    """
    cuts: dict[int, list[tuple[float, float, int | None, int | None]]] = {}
    # A stretch ends where the line does and where the match changes.
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
    pieces, m, place = [], 0.0, None
    for low, high, before, after in cuts:
        if before is not None and low - m >= _STRETCH_M:
            pieces.append(Piece(index, m, low, place, before))
        m, place = max(m, high), after
    # A cut up to the link's end leaves nothing there.
    if not cuts or (place is not None and length - m >= _STRETCH_M):
        pieces.append(Piece(index, m, length, place, None))
    return pieces
