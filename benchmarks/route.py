"""Time of `railmap route` on a map of many links.

    python benchmarks/route.py [--links 100000]

Parallel tracks 5 m apart, with a crossover between neighbours every 500 m, in turn to the left and
to the right. Three routes: along one track, across all tracks, and one that needs reversals. CPU
seconds of the whole call, and of its parts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from railmap.errors import InputError
from railmap.geometry.types import Link, Node, Relation, TrackNetwork
from railmap.mapping import RunRecord, read_map, write_map
from railmap.mapping.referencing.link_arrays import LinkArrays, read_moves
from railmap.mapping.referencing.route import find_train_route

X0, Y0 = 500_000.0, 5_400_000.0
CHAIN, STEP, SPACING = 100, 50.0, 5.0


def made_yard(count: int) -> TrackNetwork:
    """Parallel tracks with crossovers, `count` links in all."""
    chains = round(count / (CHAIN * 1.1))
    nodes = [
        Node(X0 + STEP * i, Y0 + SPACING * chain, "pseudoNode", degree=2)
        for chain in range(chains)
        for i in range(CHAIN + 1)
    ]
    links: list[Link] = []
    relations: list[Relation] = []

    def add(a: int, b: int) -> int:
        ends = [(nodes[i].x, nodes[i].y) for i in (a, b)]
        links.append(Link(np.linspace(*ends, 10), a, b))
        return len(links) - 1

    for chain in range(chains):
        first = chain * (CHAIN + 1)
        row = [add(first + i, first + i + 1) for i in range(CHAIN)]
        relations += [Relation(first + i + 1, row[i], 1, row[i + 1], 0) for i in range(CHAIN - 1)]
    for chain in range(chains - 1):
        for i in range(5, CHAIN - 1, 10):
            low = chain * (CHAIN + 1) + i + (chain % 2)
            high = low + CHAIN + 1
            a, b = (low, high + 1) if (i // 10) % 2 else (high, low + 1)
            crossover = add(a, b)
            for node, end in ((a, 0), (b, 1)):
                place = node % (CHAIN + 1)
                stem = (node // (CHAIN + 1)) * CHAIN + place - (end == 0)
                relations.append(Relation(node, stem, 1 - end, crossover, end))
                nodes[node].railway, nodes[node].degree = "switch", 3
    return TrackNetwork(nodes, links, relations)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds and the result; an `InputError` is a result too."""
    start = time.process_time()
    try:
        found = work()
    except InputError as error:
        found = error
    return round(time.process_time() - start, 2), found


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=100_000)
    count = parser.parse_args().links
    network = made_yard(count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tracks.gpkg"
        run = RunRecord("0", "benchmark", {}, datetime(2026, 1, 1, tzinfo=UTC))
        write_map(path, network, "EPSG:25832", images=[], run=run)
        read_s, content = timed(lambda: read_map(path))
        track_s, track = timed(lambda: LinkArrays.of(content))
        moves_s, _ = timed(lambda: read_moves(content, track))
        figures: dict[str, Any] = {
            "links": len(network.links), "read_s": read_s, "moves_s": track_s + moves_s,
        }  # fmt: skip
        top = Y0 + SPACING * (len(network.nodes) // (CHAIN + 1) - 1)
        west, east = X0 + 1.0, X0 + STEP * CHAIN - 1.0
        for name, start, end in (
            ("along", (west, Y0), (east, Y0)),
            ("across", (west, Y0), (east, top)),
            ("reversing", (west, Y0), (west, top)),
        ):
            words = [f"{x!r},{y!r}" for x, y in (start, end)]
            seconds, route = timed(lambda words=words: find_train_route(path, *words))
            figures[name] = {"s": seconds} | (
                {"error": str(route)}
                if isinstance(route, InputError)
                else {
                    "m": round(route.length_m),
                    "links": len(route.links),
                    "switches": len(route.switches),
                    "reversals": len(route.reversals),
                }
            )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
