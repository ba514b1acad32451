"""Split the network into continuous tracks."""

from __future__ import annotations

import numpy as np

from railmap.mapping.referencing.legs import REACH_M, End, angle, chord, left_to_right
from railmap.mapping.referencing.link_arrays import LinkArrays, Moves
from railmap.mapping.referencing.routing import LinkSequence
from railmap.mapping.store.reader import Map

__all__ = ["continuous_sequences"]

# Costs in radians of a change of ``ref``, and of the diverging leg of a switch.
_OTHER_LINE = 1.0
_DIVERGES = 0.2


def continuous_sequences(content: Map, track: LinkArrays, moves: Moves) -> list[LinkSequence]:
    """Split the network into link sequences that continue where the track bends least.

    Each link is in one sequence, each link end continues into at most one other. Pairs are chosen
    by increasing cost: change of curvature, plus a cost for the diverging leg of a switch and for
    a change of the links' ``ref``.

    Parameters
    ----------
    content
        The map.
    track, moves
        Its links, and the movements between them.

    Returns
    -------
    list of LinkSequence
        By decreasing length.
    """
    partner = _partners(content, track, moves)
    length = track.length
    seen = np.zeros(len(track.ids), dtype=bool)
    sequences: list[LinkSequence] = []
    for link in range(len(track.ids)):
        if seen[link]:
            continue
        # Go back to the start of the sequence; a ring starts at its first link.
        start, entered = link, 0
        while (before := partner.get((start, entered))) is not None and before[0] != link:
            start, entered = before[0], 1 - before[1]
        if before is not None:
            start, entered = link, 0
        sequence: LinkSequence = []
        at: End | None = (start, entered)
        while at is not None and not seen[at[0]]:
            seen[at[0]] = True
            sequence.append((at[0], at[1] == 1))
            at = partner.get((at[0], 1 - at[1]))
        against = sum(length[i] for i, reverse in sequence if reverse)
        if 2 * against > sum(length[i] for i, _ in sequence):
            sequence = [(i, not reverse) for i, reverse in sequence[::-1]]
        sequences.append(sequence)
    # Rounded, so that tracks of the same length keep the map's order.
    return sorted(
        sequences, key=lambda sequence: -round(float(sum(length[i] for i, _ in sequence)), 3)
    )


def _partners(content: Map, track: LinkArrays, moves: Moves) -> dict[End, End]:
    by_id = content.links.drop_duplicates("link_id").set_index("link_id")
    refs = by_id["ref"].reindex(track.ids).tolist()
    sides = dict(zip(content.nodes["node_id"], content.nodes["turnout_side"], strict=True))
    pairs = []
    for a in sorted(moves):
        for b in moves[a]:
            if b[0] == a[0]:
                continue
            cost = _bend(track, a, b)
            if refs[a[0]] and refs[b[0]] and refs[a[0]] != refs[b[0]]:
                cost += _OTHER_LINE
            side = sides.get(track.node_ids[int(track.nodes[a[0], a[1]])])
            if side in ("left", "right") and (
                _diverges(track, moves, a, b, side) or _diverges(track, moves, b, a, side)
            ):
                cost += _DIVERGES
            # Rounded, so that noise in the last digits does not decide.
            pairs.append((round(cost, 6), a, b))
    partner: dict[End, End] = {}
    for _, a, b in sorted(pairs):
        if a not in partner and b not in partner:
            partner[a], partner[b] = b, a
    return partner


def _bend(track: LinkArrays, a: End, b: End) -> float:
    """Return the deviation of a -> b from a constant curvature, radians; symmetric."""
    turn = angle(-chord(track, a, 0.0, REACH_M), chord(track, b, 0.0, REACH_M))
    half = REACH_M / 2
    before = angle(-chord(track, a, half, REACH_M), -chord(track, a, 0.0, half))
    after = angle(chord(track, b, 0.0, half), chord(track, b, half, REACH_M))
    # With constant curvature, the turn between whole chords is twice that between half chords.
    return abs(turn - 2 * before) + abs(turn - 2 * after) + 0.1 * abs(turn)


def _diverges(track: LinkArrays, moves: Moves, toe: End, leg: End, side: str) -> bool:
    """Return whether `leg` is the diverging leg of the switch, seen from `toe`."""
    legs = moves.get(toe, [])
    if len(legs) != 2 or leg not in legs:
        return False
    return leg == left_to_right(track, moves, toe, legs)[0 if side == "left" else 1]
