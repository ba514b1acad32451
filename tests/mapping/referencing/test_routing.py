"""Ways of trains through random networks, against a reference that relaxes to a fixed point."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from railmap.mapping.referencing.link_arrays import LinkArrays, Moves
from railmap.mapping.referencing.routing import legal_parts, shortest_runs
from railmap.mapping.referencing.split_links import split_links
from railmap.mapping.referencing.train_room import room_ahead, run_out

Place = tuple[int, float]


def random_network(seed: int) -> tuple[LinkArrays, Moves]:
    """Two to nine links between two to seven nodes, with switches and with nodes of any moves."""
    rng = np.random.default_rng([16, seed])
    places = rng.uniform(0.0, 200.0, (rng.integers(2, 8), 2))
    pairs = rng.integers(0, len(places), (rng.integers(2, 10), 2))
    lines = []
    for a, b in pairs.tolist():
        middle = places[[a, b]].mean(axis=0) + rng.uniform(5.0, 40.0, 2)
        lines.append(np.vstack([places[a], middle, places[b]]))
    count = len(lines)
    xy = np.concatenate(lines)
    first = np.arange(count + 1) * 3
    steps = np.hypot(*np.diff(xy.reshape(count, 3, 2), axis=1).transpose(2, 0, 1))
    m = np.column_stack([np.zeros(count), np.cumsum(steps, axis=1)]).ravel()
    track = LinkArrays(
        [f"link {i}" for i in range(count)], first, xy, m, pairs.astype(np.int64),
        [f"node {i}" for i in range(len(places))], places, np.full(count, np.nan),
    )  # fmt: skip
    moves: Moves = {}
    one_way = rng.random() < 0.3
    for ends in track.ends_at().values():
        switch = rng.random() < 0.7  # from its toe, the first end, to each leg
        for a, b in itertools.combinations(ends, 2):
            if a == ends[0] if switch else rng.random() < 0.5:
                for one, other in ((a, b), (b, a)):
                    if not one_way or rng.random() < 0.8:
                        moves.setdefault(one, []).append(other)
    return track, moves


def fits(track: LinkArrays, moves: Moves, link: int, entered: int, train: float) -> bool:
    """Whether some run from the end of a link is as long as the train, by trying all."""
    if track.length[link] >= train - 1e-6:
        return True
    rest = train - float(track.length[link])
    return any(fits(track, moves, *end, rest) for end in moves.get((link, 1 - entered), []))


def reference(
    track: LinkArrays, moves: Moves, start: Place, goal: Place, train: float | None
) -> tuple[int, float] | None:
    """Reversals and metres between places on links, by relaxing until nothing changes.

    A reversal is tried behind each node, and at the far end of each link too. `train` is None
    where no reversal is permitted.
    """
    length = track.length
    best: dict[tuple[int, int], tuple[int, float]] = {}
    found: list[tuple[int, float]] = []
    if start[0] == goal[0]:
        found.append((0, abs(start[1] - goal[1])))

    def lower(end: tuple[int, int], cost: tuple[int, float]) -> bool:
        if end in best and best[end] <= (cost[0], cost[1] + 1e-9):
            return False
        best[end] = cost
        return True

    for end in (0, 1):
        run = float(length[start[0]]) - start[1] if end else start[1]
        for way in moves.get((start[0], end), []):
            lower(way, (0, run))
    changed = True
    while changed:
        changed = False
        for (link, entered), (turns, run) in list(best.items()):
            whole = float(length[link])
            leave = [((link, 1 - entered), (turns, run + whole))]
            if train is not None and fits(track, moves, link, entered, train):
                leave.append(((link, entered), (turns + 1, run + 2 * train)))
                leave.append(((link, entered), (turns + 1, run + 2 * max(whole, train))))
            for end, cost in leave:
                for way in moves.get(end, []):
                    changed |= lower(way, cost)
    for entered in (0, 1):
        if (goal[0], entered) in best:
            turns, run = best[goal[0], entered]
            found.append((turns, run + (float(length[goal[0]]) - goal[1] if entered else goal[1])))
    return min(found) if found else None


def measured(
    track: LinkArrays, moves: Moves, start: Place, goal: Place, train: float | None
) -> tuple[int, float] | None:
    """Return the same of `shortest_runs`, after a check of every move."""
    split, moves_there, ends, origin = split_links(track, moves, [start, goal])
    room = None
    if train is not None:
        room = room_ahead(split, moves_there, train) >= train - 1e-6
    runs = shortest_runs(split, moves_there, ends, room=room)
    if runs is None:
        return None
    for before, after in itertools.pairwise(runs):
        left = before.entered if before.reverses else 1 - before.entered
        assert (after.link, after.entered) in moves_there[before.link, left]
        assert split.nodes[before.link, left] == split.nodes[after.link, after.entered]
    assert {origin[runs[0].link][0], origin[runs[-1].link][0]} == {start[0], goal[0]}
    turns = sum(run.reverses for run in runs)
    metres = sum(0.0 if run.reverses else float(split.length[run.link]) for run in runs)
    return turns, metres + 2 * turns * (train or 0.0)


@pytest.mark.parametrize("train", [None, 0.0, 30.0, 120.0])
def test_against_the_reference(train: float | None) -> None:
    found = reversed_ = 0
    for seed in range(250):
        track, moves = random_network(seed)
        rng = np.random.default_rng([17, seed])
        links = rng.integers(0, len(track.ids), 2).tolist()
        start, goal = (
            (link, rng.uniform(0.05, 0.95) * float(track.length[link])) for link in links
        )
        expected = reference(track, moves, start, goal, train)
        got = measured(track, moves, start, goal, train)
        assert (got is None) == (expected is None), seed
        if got is None or expected is None:
            continue
        assert got[0] == expected[0], seed
        assert got[1] == pytest.approx(expected[1], abs=1e-6), seed
        found += 1
        reversed_ += got[0] > 0
    # The networks are neither all connected nor all torn.
    assert 80 < found < 245
    assert (reversed_ > 20) == (train is not None)


def test_parts_are_what_trains_that_reverse_reach() -> None:
    for seed in range(100):
        track, moves = random_network(seed)
        if any(a not in moves.get(b, []) for a, ways in moves.items() for b in ways):
            continue  # one-way moves
        part = legal_parts(track, moves)
        for a, b in itertools.combinations(range(len(track.ids)), 2):
            places = [(link, float(track.length[link]) / 2) for link in (a, b)]
            assert (measured(track, moves, *places, 0.0) is not None) == (part[a] == part[b])


def test_a_train_stands_beyond_the_node_that_it_has_cleared() -> None:
    for seed in range(60):
        track, moves = random_network(seed)
        room = room_ahead(track, moves, 150.0)
        for link, end in itertools.product(range(len(track.ids)), (0, 1)):
            out = run_out(track, moves, room, (link, end), float(room[link, end]))
            assert sum(metres for _, _, metres in out) == pytest.approx(room[link, end])
            for (one, by, _), (other, there, _) in itertools.pairwise(out):
                assert (other, there) in moves[one, 1 - by]


def test_split_links_keep_their_line() -> None:
    track, moves = random_network(3)
    places = [(1, 20.0), (0, 10.0), (1, 35.5)]
    split, _, nodes, origin = split_links(track, moves, places)
    assert split.length.sum() == pytest.approx(track.length.sum())
    assert len(split.ids) == len(track.ids) + 3
    parts = sorted((offset, link) for link, (of, offset) in enumerate(origin) if of == 1)
    joined = np.vstack([split.line(link) for _, link in parts])
    assert set(map(tuple, track.line(1).tolist())) <= set(map(tuple, joined.tolist()))
    assert [offset for offset, _ in parts] == [0.0, 20.0, 35.5]
    for (link, m), node in zip(places, nodes, strict=True):
        vertices = slice(track.first[link], track.first[link + 1])
        at = [np.interp(m, track.m[vertices], track.xy[vertices, i]) for i in (0, 1)]
        assert split.node_xy[node] == pytest.approx(at)
    # The given ones are as before.
    assert track.ids == [f"link {i}" for i in range(len(track.ids))]
    assert all(link < len(track.ids) for end, ways in moves.items() for link, _ in [end, *ways])
