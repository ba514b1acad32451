"""One-to-one matching of two sets of lines, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from railmap.evaluation.sampling import Candidates, SampledLines

__all__ = ["Match", "match_lines"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: The fit of competing pairs is averaged over this much track on either side (m).
_REACH = 10.0
#: Cells of two lines compete for the same track if they are closer than this share of their mean
#: length: competing cells are at most 0.5 apart, those of a line and its continuation 1.0.
_CROWDING = 0.6


@dataclass(frozen=True, slots=True)
class Match:
    """The line of the other layer that each cell is matched to.

    Parameters
    ----------
    predicted
        ``(prediction cells,)`` index of the matched truth line, or -1.
    s, offset
        ``(prediction cells,)`` distance along that truth line and offset to its right (m); NaN if
        unmatched.
    duplicate
        ``(prediction cells,)`` near a truth line that is matched to a better prediction.
    truth
        ``(truth cells,)`` index of the matched prediction line, or -1.
    near
        All pairs of a prediction cell and a truth line that are admissible on their own.
    """

    predicted: Ints
    s: Floats
    offset: Floats
    duplicate: NDArray[np.bool_]
    truth: Ints
    near: Candidates


def match_lines(
    predicted: SampledLines,
    truth: SampledLines,
    forward: Candidates,
    backward: Candidates,
    tolerance: float,
    heading_deg: float,
) -> Match:
    """Match cells within `tolerance` metres and `heading_deg`, best pairs first.

    Where several predictions or truth tracks are within the tolerance, the pair with the smaller
    mean distance over 10 m to either side is matched first. A point of a truth track is matched
    to one prediction, a prediction cell to one truth track. An unmatched prediction then replaces
    one that can be matched elsewhere, so that none is unmatched only because of the order.

    Parameters
    ----------
    predicted, truth
        The sampled lines.
    forward, backward
        Candidates of the prediction's cells on truth lines, and of the truth's cells on
        prediction lines, found with a radius of at least `tolerance`.
    tolerance
        Largest distance in metres.
    heading_deg
        Largest angle in degrees.
    """
    forward = _admissible(forward, predicted, tolerance, heading_deg)
    backward = _admissible(backward, truth, tolerance, heading_deg)
    gain = _smoothed_gain(forward, predicted, tolerance)
    order = np.lexsort((forward.line, forward.cell, -np.round(gain, 9)))
    place = truth.cell_at(forward.line, forward.s)
    chosen = _assign(
        order.astype(np.int64),
        (forward.cell, forward.s, predicted.line, predicted.width),
        (place, truth.line),
    )
    cells = len(predicted.line)
    matched = np.full(cells, -1, np.int64)
    s = np.full(cells, np.nan)
    offset = np.full(cells, np.nan)
    has = chosen >= 0
    pair = chosen[has]
    matched[has], s[has], offset[has] = forward.line[pair], forward.s[pair], forward.offset[pair]
    duplicate = np.zeros(cells, bool)
    duplicate[forward.cell] = True
    duplicate &= ~has

    partner = predicted.cell_at(backward.line, backward.s)
    wanted = truth.line[backward.cell]
    agrees = matched[partner] == wanted
    # Where one truth line ends and the next begins, a cell of the prediction is on both.
    for neighbour in (partner - 1, partner + 1):
        near = np.clip(
            neighbour, predicted.first[backward.line], predicted.first[backward.line + 1] - 1
        )
        agrees |= (matched[partner] >= 0) & (matched[near] == wanted)
    found = np.full(len(truth.line), -1, np.int64)
    found[backward.cell[agrees]] = backward.line[agrees]
    return Match(matched, s, offset, duplicate, found, forward)


def _admissible(
    pairs: Candidates, cells: SampledLines, tolerance: float, heading_deg: float
) -> Candidates:
    """Select pairs within tolerance and heading that are not beyond the other line's end."""
    return pairs.select(
        (pairs.distance <= tolerance + 1e-9)
        & (pairs.turn <= heading_deg + 1e-9)
        & (pairs.overshoot <= 0.25 * cells.width[pairs.cell] + 1e-9)
    )


def _smoothed_gain(pairs: Candidates, cells: SampledLines, tolerance: float) -> Floats:
    """Return the mean of (tolerance - distance) over `_REACH` to either side; 0 without a pair."""
    if not len(pairs.cell):
        return np.empty(0)
    owner = cells.line[pairs.cell]
    _, group = np.unique(owner * (pairs.line.max() + 1) + pairs.line, return_inverse=True)
    stride = len(cells.line) + 1
    key = group.astype(np.int64) * stride + pairs.cell
    order = np.argsort(key, kind="stable")
    total = np.concatenate([[0.0], np.cumsum((tolerance - pairs.distance)[order])])
    half = np.maximum(np.round(_REACH / cells.width[pairs.cell]), 1).astype(np.int64)
    low = np.maximum(pairs.cell - half, cells.first[owner])
    high = np.minimum(pairs.cell + half, cells.first[owner + 1] - 1)
    base = group.astype(np.int64) * stride
    left = np.searchsorted(key[order], base + low, side="left")
    right = np.searchsorted(key[order], base + high, side="right")
    return (total[right] - total[left]) / (high - low + 1)


@njit(cache=True)
def _rivals(index, pair, place, chosen, head, following, found):  # type: ignore[no-untyped-def]
    """Collect the chosen pairs that compete with pair `index`; return their number."""
    pair_cell, pair_s, cell_line, cell_width = pair
    pair_place, place_line = place
    cell, here = pair_cell[index], pair_place[index]
    number = 0
    for near in range(max(here - 1, 0), min(here + 2, len(place_line))):
        if place_line[near] != place_line[here]:
            continue
        other = head[near]
        while other >= 0 and number < len(found):
            rival = pair_cell[other]
            # Neighbours on the same line share the place and do not compete for it.
            same_line = cell_line[rival] == cell_line[cell] and abs(rival - cell) <= 4
            if chosen[rival] == other and not same_line:
                limit = _CROWDING * 0.5 * (cell_width[cell] + cell_width[rival])
                if abs(pair_s[index] - pair_s[other]) < limit:
                    found[number] = other
                    number += 1
            other = following[other]
    return number


@njit(cache=True)
def _assign(order, pair, place):  # type: ignore[no-untyped-def]
    """Choose pairs best first, then move pairs that can be matched elsewhere.

    Returns the chosen pair of each cell, or -1.
    """
    pair_cell, _, cell_line, _ = pair
    pair_place, place_line = place
    chosen = np.full(len(cell_line), -1, np.int64)
    head = np.full(len(place_line), -1, np.int64)
    following = np.full(len(pair_cell), -1, np.int64)
    blocking = np.empty(8, np.int64)
    unused = np.empty(1, np.int64)
    moves = np.empty(8, np.int64)
    for index in order:
        cell = pair_cell[index]
        if chosen[cell] < 0 and not _rivals(index, pair, place, chosen, head, following, unused):
            chosen[cell] = index
            following[index] = head[pair_place[index]]
            head[pair_place[index]] = index
    for index in order:
        if chosen[pair_cell[index]] >= 0:
            continue
        number = _rivals(index, pair, place, chosen, head, following, blocking)
        movable = number < len(blocking)
        for k in range(number):
            rival = pair_cell[blocking[k]]
            moves[k] = -1
            other = np.searchsorted(pair_cell, rival)
            while other < len(pair_cell) and pair_cell[other] == rival:
                other_line = place_line[pair_place[other]] != place_line[pair_place[index]]
                if other_line and not _rivals(other, pair, place, chosen, head, following, unused):
                    moves[k] = other
                    break
                other += 1
            movable = movable and moves[k] >= 0
        if not movable:
            continue
        for k in range(number + 1):
            taken = index if k == number else moves[k]
            chosen[pair_cell[taken]] = taken
            # A pair that was chosen before and moved is still in its list and is valid again.
            other = head[pair_place[taken]]
            while other >= 0 and other != taken:
                other = following[other]
            if other < 0:
                following[taken] = head[pair_place[taken]]
                head[pair_place[taken]] = taken
    return chosen
