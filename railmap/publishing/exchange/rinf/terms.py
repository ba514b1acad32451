"""Names of the vocabulary of the European Union Agency for Railways, and of a map's objects."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import shapely

__all__ = ["ERA", "GAUGES", "Triples"]

ERA = "http://data.europa.eu/949/"
_CONCEPTS = "http://data.europa.eu/949/concepts/"
_GEO = "http://www.opengis.net/ont/geosparql#"
# Concepts of ``nominal-track-gauges/rinf/`` by mm; others are "other".
GAUGES = {750: 10, 1000: 20, 1435: 30, 1520: 40, 1524: 50, 1600: 60, 1668: 70}
_OTHER_GAUGE = 80


@dataclass(frozen=True, slots=True)
class Triples:
    """A graph of rdflib.

    Parameters
    ----------
    graph
        The graph.
    """

    graph: Any

    def thing(self, ident: object, kind: str, label: str, part: str = "") -> Any:
        """Add an object of the map with its class and label; return its name.

        Parameters
        ----------
        ident
            Its id; one that is no UUID gets a UUID that follows from it.
        kind
            Class of the vocabulary.
        label
            Text for people.
        part
            What it is of the object: such as ``element``; empty for the object itself.
        """
        from rdflib import RDF, RDFS, Literal, URIRef

        name = self.name(ident, part)
        self.graph.add((name, RDF.type, URIRef(ERA + kind)))
        self.graph.add((name, RDFS.label, Literal(label)))
        return name

    def name(self, ident: object, part: str = "") -> Any:
        """Return the name of an object, or of a part of it."""
        from rdflib import URIRef

        try:
            known = uuid.UUID(str(ident))
        except ValueError:
            known = uuid.uuid5(uuid.NAMESPACE_OID, str(ident))
        return URIRef(f"urn:uuid:{known}{'#' if part else ''}{part}")

    def say(self, name: Any, term: str, value: object, datatype: str | None = None) -> None:
        """Add a property of the vocabulary: a name, or a literal of an XML Schema type."""
        from rdflib import XSD, Literal, URIRef

        if datatype is not None:
            value = Literal(value, datatype=XSD[datatype])
        self.graph.add((name, URIRef(ERA + term), value))

    def concept(self, name: Any, term: str, scheme: str, value: object) -> None:
        """Add a property whose value is a concept of one of the vocabulary's schemes."""
        from rdflib import URIRef

        self.say(name, term, URIRef(f"{_CONCEPTS}{scheme}/rinf/{value}"))

    def gauge(self, name: Any, gauge_mm: int) -> None:
        """Add the nominal gauge of a track in mm."""
        number = GAUGES.get(gauge_mm, _OTHER_GAUGE)
        self.concept(name, "wheelSetGauge", "nominal-track-gauges", number)

    def place(self, name: Any, ident: object, lonlat: shapely.Geometry) -> None:
        """Add a geometry in WGS 84 (longitude, latitude; 9 decimals)."""
        from rdflib import RDF, Literal, URIRef

        shape = self.name(ident, "geometry")
        text = shapely.to_wkt(lonlat, rounding_precision=9, output_dimension=2)
        self.graph.add((name, URIRef(_GEO + "hasGeometry"), shape))
        self.graph.add((shape, RDF.type, URIRef(_GEO + "Geometry")))
        wkt = Literal(text, datatype=URIRef(_GEO + "wktLiteral"))
        self.graph.add((shape, URIRef(_GEO + "asWKT"), wkt))
