"""Turtle in the vocabulary of the ERA: only its terms, and what the map has."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import shapely

from railmap.mapping import read_map
from railmap.mapping.store.editing import edit_map
from railmap.progress import NullReporter
from railmap.publishing import export_map
from railmap.publishing.exchange.lonlat import to_lonlat

rdflib = pytest.importorskip("rdflib")

# Of version 3.0.1 of the vocabulary, what the export may use.
CLASSES = {
    "Track", "Siding", "SectionOfLine", "NationalRailwayLine", "NetElement", "NetRelation",
    "InfrastructureObject", "LineReference",
}  # fmt: skip
PROPERTIES = {
    "trackId", "sidingId", "length", "wheelSetGauge", "minimumHorizontalRadius", "hasAbstraction",
    "hasImplementation", "elementA", "elementB", "positionOnA", "positionOnB", "navigability",
    "lineNationalId", "track", "lineReference", "kilometer", "gradientProfile",
}  # fmt: skip
PREFIXES = """
PREFIX era: <http://data.europa.eu/949/>
PREFIX gsp: <http://www.opengis.net/ont/geosparql#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
ERA = "http://data.europa.eu/949/"


def read(path: Path) -> Any:
    return rdflib.Graph().parse(path, format="turtle")


@pytest.fixture
def graph(line_map: Path, tmp_path: Path) -> Any:
    reporter = NullReporter()
    assert export_map(line_map, tmp_path / "x.ttl", reporter=reporter) == "9 tracks"
    (said,) = reporter.warnings
    assert "operational points" in said
    return read(tmp_path / "x.ttl")


def ask(graph: Any, query: str) -> list[tuple[str, ...]]:
    return sorted(tuple(map(str, row)) for row in graph.query(PREFIXES + query))


def test_only_terms_of_the_vocabulary(graph: Any) -> None:
    kinds = {str(kind) for kind in graph.objects(None, rdflib.RDF.type)}
    ours = {kind.removeprefix(ERA) for kind in kinds if kind.startswith(ERA)}
    assert ours <= CLASSES
    assert kinds - {ERA + one for one in ours} == {"http://www.opengis.net/ont/geosparql#Geometry"}
    used = {str(term) for term in graph.predicates()}
    assert {term.removeprefix(ERA) for term in used if term.startswith(ERA)} <= PROPERTIES


def test_tracks_have_gauge_length_and_place(graph: Any, line_map: Path) -> None:
    content = read_map(line_map)
    found = ask(graph, "SELECT ?t ?l WHERE { ?t a era:Track ; era:length ?l }")
    links = content.links.set_index("link_id")
    sidings = ask(graph, "SELECT ?t WHERE { ?t a era:Siding }")
    assert [one.removeprefix("urn:uuid:") for (one,) in sidings] == [
        content.links["link_id"].iloc[5]
    ]
    assert len(found) == 8
    for name, length in found:
        link = links.loc[name.removeprefix("urn:uuid:")]
        assert float(length) == pytest.approx(link.length_m, abs=1e-3)
    gauges = ask(graph, "SELECT ?t ?g WHERE { ?t era:wheelSetGauge ?g }")
    measured = content.links[content.links["gauge_source"] != "default"]
    assert len(gauges) == measured["gauge"].notna().sum() == 1
    assert gauges[0][1].endswith("/concepts/nominal-track-gauges/rinf/30")  # 1435 mm
    (wkt,) = ask(
        graph,
        f"SELECT ?w WHERE {{ <{gauges[0][0]}> gsp:hasGeometry/gsp:asWKT ?w }}",
    )[0]
    first = to_lonlat(content.crs, shapely.get_coordinates(content.links.geometry.iloc[0]))
    assert shapely.get_coordinates(shapely.from_wkt(wkt)) == pytest.approx(first, abs=1e-9)


def test_movements_are_relations(graph: Any, line_map: Path) -> None:
    found = ask(
        graph,
        "SELECT ?a ?b ?n WHERE { ?r a era:NetRelation ; era:elementA/era:hasImplementation ?a ;"
        " era:elementB/era:hasImplementation ?b ; era:navigability ?n }",
    )
    rows = read_map(line_map).layers["net_relation"]
    pairs = {(f"urn:uuid:{row.link_a}", f"urn:uuid:{row.link_b}") for row in rows.itertuples()}
    assert {(a, b) for a, b, _ in found} == pairs
    assert {way.rsplit("/", 2)[-1] for *_, way in found} == {"Both"}
    ends = ask(graph, "SELECT ?a ?b WHERE { ?r era:positionOnA ?a ; era:positionOnB ?b }")
    assert [tuple(end.rsplit("/", 1)[-1] for end in pair) for pair in ends] == sorted(
        tuple("End" if end else "Start" for end in (row.end_a, row.end_b))
        for row in rows.itertuples()
    )


def test_lines_posts_and_switches(graph: Any) -> None:
    tracks = ask(
        graph,
        "SELECT ?l ?t WHERE { ?s a era:SectionOfLine ; era:track ?t ;"
        " era:lineNationalId/rdfs:label ?l }",
    )
    assert [label for label, _ in tracks] == ["6185 Köln–Öst"] * 2
    posts = ask(
        graph, "SELECT ?p ?k WHERE { ?x rdfs:label ?p ; era:lineReference/era:kilometer ?k }"
    )
    assert [(text, float(km)) for text, km in posts] == [("km 12,4", 12.4)]
    nodes = ask(graph, "SELECT ?n WHERE { ?x a era:InfrastructureObject ; rdfs:label ?n }")
    assert {"switch 1:9.0 right", "switch 1:12.0 left", "buffer stop"} <= {one for (one,) in nodes}


def test_radius_and_odd_gauges(line_map: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(line_map, tmp_path / "m.gpkg"))
    with edit_map(path) as sql:
        sql.execute("UPDATE railway_link SET gauge = 1067, gauge_source = 'tag' WHERE fid = 1")
        sql.execute("UPDATE railway_link SET min_radius_m = 189.6, link_id = 'mine' WHERE fid = 3")
    export_map(path, tmp_path / "x.ttl")
    graph = read(tmp_path / "x.ttl")
    ((gauge,),) = ask(graph, "SELECT ?g WHERE { ?t era:wheelSetGauge ?g }")
    assert gauge.endswith("/80")  # other
    radii = ask(graph, "SELECT ?r WHERE { ?t era:minimumHorizontalRadius ?r }")
    assert ("190",) in radii
