"""Doubtful pieces that the rails in the image confirm stay; the others are removed."""

from __future__ import annotations

from collections.abc import Container

from railmap.geometry.curves import length_of
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.judge.model import PieceModel
from railmap.geometry.judge.remove import Judgement, judge, remove_edge

__all__ = ["CANDIDATE", "doubtful_edges", "remove_unconfirmed"]

CANDIDATE = 0.3
"""Confidence, as a share of the least, from which a piece waits for the rails."""


def doubtful_edges(judged: dict[int, Judgement], min_confidence: float) -> set[int]:
    """Edges below a confidence."""
    return {number for number, found in judged.items() if found.confidence < min_confidence}


def remove_unconfirmed(
    graph: WorkGraph,
    field: ProbabilityField,
    model: PieceModel,
    source_gsd: float,
    min_confidence: float,
    judged: dict[int, Judgement],
    on_rails: Container[int],
) -> tuple[dict[int, int], dict[int, Judgement]]:
    """Judge the doubtful edges again, and remove those that neither probability nor rails confirm.

    Parameters
    ----------
    graph
        Network in metres, changed in place.
    field
        Track probability on the same metres.
    model
        Gives the confidence of each piece.
    source_gsd
        GSD of the image, metres.
    min_confidence
        Least confidence, 0-1.
    judged
        Judgement of the edges, or of the piece that each was before turnouts were placed.
    on_rails
        Nodes that were placed on the rails of a turnout or crossing: a piece that ends at one is
        confirmed.

    Returns
    -------
    before : dict of int to int
        For every edge of the network the edge that it was before, or the longest of its parts.
    judged : dict of int to Judgement
        Of the edges that stay, by their numbers before.
    """
    kept = dict(judged)
    doubtful = doubtful_edges({n: kept[n] for n in graph.edges if n in kept}, min_confidence)
    again = judge(graph, field, model, source_gsd) if doubtful else {}
    sizes = {number: length_of(edge.xy) for number, edge in graph.edges.items()}
    ends = {number: edge.end_ids for number, edge in graph.edges.items()}
    for number in sorted(doubtful):
        edge, found = graph.edges[number], again[number]
        if found.confidence < min_confidence:
            if edge.start not in on_rails and edge.end not in on_rails:
                remove_edge(graph, number)
                continue
            found = Judgement(found.features, min_confidence)
        kept[number] = found
    if not doubtful:
        return {number: number for number in graph.edges}, kept
    graph.merge_all()
    owner = {end: number for number in sorted(ends, key=lambda n: sizes[n]) for end in ends[number]}
    return _before(graph, ends, owner, sizes), kept


def _before(
    graph: WorkGraph,
    ends: dict[int, tuple[int, int]],
    owner: dict[int, int],
    sizes: dict[int, float],
) -> dict[int, int]:
    before = {}
    for number, edge in graph.edges.items():
        if number in ends:
            before[number] = number
            continue
        parts = [owner[end] for end in edge.end_ids if end in owner]
        if parts:
            before[number] = max(parts, key=lambda n: (sizes[n], n))
    return before
