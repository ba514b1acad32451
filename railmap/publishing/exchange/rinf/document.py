"""Write a map in the vocabulary of the ERA as Turtle with rdflib (extra ``rinf``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from railmap.errors import missing_extra
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.origin import origin_of
from railmap.publishing.exchange.rinf.gradients import gradient_profiles
from railmap.publishing.exchange.rinf.network import add_network
from railmap.publishing.exchange.rinf.terms import ERA, Triples

__all__ = ["rinf_losses", "write_rinf"]


def write_rinf(content: Map, path: Path) -> int:
    """Write tracks, sections of line, movements, switches and posts; return the number of tracks.

    Classes and properties are those of version 3.0.1 of the ERA vocabulary. The document itself
    states licences and origin in Dublin Core.

    Parameters
    ----------
    content
        The map.
    path
        The file to write.

    Raises
    ------
    MissingExtraError
        If rdflib is not installed.
    OSError
        If the file cannot be written.
    """
    try:
        from rdflib import DCTERMS, Graph, Literal, URIRef
    except ImportError as error:
        raise missing_extra("RINF export", "rinf", error) from error

    graph = Graph()
    graph.bind("era", ERA)
    graph.bind("gsp", "http://www.opengis.net/ont/geosparql#")
    said = origin_of(content)
    document = URIRef("")
    graph.add((document, DCTERMS.source, Literal(said.source)))
    graph.add((document, DCTERMS.description, Literal("\n".join(said.lines()))))
    for one in said.licences:
        graph.add((document, DCTERMS.license, Literal(one.url)))
        graph.add((document, DCTERMS.rights, Literal(one.attribution)))
    count = add_network(Triples(graph), content)
    path.write_text(graph.serialize(format="turtle"), encoding="utf-8", newline="\n")
    return count


def rinf_losses(content: Map, _layer: str) -> Sequence[str]:
    """Return what the register demands and a map of images does not have."""
    missing = "operational points, infrastructure managers and countries"
    if not gradient_profiles(content):
        missing = "operational points, infrastructure managers, countries and gradients"
    return [f"{missing}, which the register demands, are not written; a line is one section"]
