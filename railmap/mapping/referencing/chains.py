"""Which links follow one another as one track: through switches along the straighter leg."""

from __future__ import annotations

from railmap.mapping.referencing.link_arrays import LinkArrays, Moves

__all__ = ["through_chains"]

Sequence = list[tuple[int, bool]]


def through_chains(track: LinkArrays, moves: Moves) -> list[Sequence]:
    """Chain links to tracks, each link in one.

    Parameters
    ----------
    track
        The links.
    moves
        Movements at the nodes; a train goes on where the track turns less.

    Returns
    -------
    list
        Chains of ``(link, reversed)``, head to tail; the longest first.
    """
    away = track.outward()
    follow: dict[tuple[int, int], tuple[int, int]] = {}
    pairs = sorted(
        (float(away[a[0], a[1]] @ away[b[0], b[1]]), a, b)
        for a, ends in moves.items()
        for b in ends
        if a[0] != b[0]
    )
    for _, one, two in pairs:
        if one not in follow and two not in follow:
            follow[one], follow[two] = two, one
    count = len(track.ids)
    starts = [(link, end) for link in range(count) for end in (0, 1) if (link, end) not in follow]
    chains: list[Sequence] = []
    seen: set[int] = set()
    # first from the ends of chains, then what is left: closed loops
    for link, end in [*starts, *((link, 0) for link in range(count))]:
        chain: Sequence = []
        here: tuple[int, int] | None = (link, end)
        while here is not None and here[0] not in seen:
            seen.add(here[0])
            chain.append((here[0], here[1] == 1))
            here = follow.get((here[0], 1 - here[1]))
        if chain:
            chains.append(chain)
    length = track.length
    return sorted(chains, key=lambda chain: -sum(float(length[link]) for link, _ in chain))
