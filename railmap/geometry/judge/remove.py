"""Remove the pieces of track whose evidence is too weak."""

from __future__ import annotations

from dataclasses import dataclass

from railmap.geometry.curves import Array
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.graph import WorkGraph
from railmap.geometry.judge.features import piece_features
from railmap.geometry.judge.model import PieceModel

__all__ = ["Judgement", "remove_unlikely"]

_ROUNDS = 4  # removing a piece weakens the evidence of its neighbours


@dataclass(frozen=True, slots=True)
class Judgement:
    """The features of an edge, and the probability that it is track."""

    features: Array
    confidence: float


def remove_unlikely(
    graph: WorkGraph,
    field: ProbabilityField,
    model: PieceModel,
    source_gsd: float,
    min_confidence: float,
) -> dict[int, Judgement]:
    """Remove edges below a confidence; judge those that stay.

    Parameters
    ----------
    graph
        Network in metres, changed in place: edges at a plain node of degree 2 are merged.
    field
        Track probability on the same metres.
    model
        Gives the confidence of each piece.
    source_gsd
        GSD of the image, metres.
    min_confidence
        0-1; 0 removes nothing.
    """
    for _ in range(_ROUNDS):
        judged = judge(graph, field, model, source_gsd)
        unlikely = [n for n, found in judged.items() if found.confidence < min_confidence]
        if not unlikely:
            return judged
        for number in unlikely:
            remove_edge(graph, number)
        graph.merge_all()
    return judge(graph, field, model, source_gsd)


def judge(
    graph: WorkGraph, field: ProbabilityField, model: PieceModel, source_gsd: float
) -> dict[int, Judgement]:
    features = piece_features(graph, field, source_gsd)
    confidence = model.confidence(features)
    return {
        number: Judgement(row, float(c))
        for number, row, c in zip(sorted(graph.edges), features, confidence, strict=True)
    }


def remove_edge(graph: WorkGraph, number: int) -> None:
    """Remove an edge; a switch without its leg becomes a plain node, a crossing likewise."""
    edge = graph.edges[number]
    ends = {edge.start, edge.end}
    was = {end: graph.nodes[end].railway for end in ends}
    graph.remove(number)
    for end in ends & set(graph.nodes):
        if graph.degree(end) == 1 and was[end]:
            graph.nodes[end].continues = True
