"""Tracks, sections of line, switches and kilometre posts of a map as triples."""

from __future__ import annotations

from typing import Any

import pandas as pd
import shapely

from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.alignment.names import joined
from railmap.publishing.exchange.lonlat import to_lonlat
from railmap.publishing.exchange.rinf.gradients import gradient_profiles
from railmap.publishing.exchange.rinf.terms import Triples

__all__ = ["add_network"]

_NODES = {
    "switch": "switch",
    "railway_crossing": "crossing",
    "buffer_stop": "buffer stop",
    "level_crossing": "level crossing",
}


def add_network(triples: Triples, content: Map) -> int:
    """Add the network of a map; return the number of tracks."""
    count = _add_tracks(triples, content)
    _add_moves(triples, content)
    _add_nodes(triples, content)
    _add_lines(triples, content)
    return count


def _add_tracks(triples: Triples, content: Map) -> int:
    links = content.links[shapely.get_type_id(content.links.geometry.to_numpy()) == 1]
    gradients = gradient_profiles(content)
    for row in links.itertuples():
        siding = not pd.isna(row.service)
        label = joined(", ", row.ref, row.name, f"link {row.Index}")
        track = triples.thing(row.link_id, "Siding" if siding else "Track", label)
        if not pd.isna(row.track_ref):
            ident = "sidingId" if siding else "trackId"
            triples.say(track, ident, str(row.track_ref), "string")
        if not pd.isna(row.length_m):
            triples.say(track, "length", round(float(row.length_m), 3), "double")
        # A default gauge was not observed.
        if not pd.isna(row.gauge) and row.gauge_source != "default":
            triples.gauge(track, int(row.gauge))
        if not pd.isna(row.min_radius_m):
            triples.say(track, "minimumHorizontalRadius", round(row.min_radius_m), "integer")
        if not siding and (profile := gradients.get(row.link_id)):
            triples.say(track, "gradientProfile", profile, "string")
        element = triples.thing(row.link_id, "NetElement", label, "element")
        triples.say(track, "hasAbstraction", element)
        triples.say(element, "hasImplementation", track)
        triples.place(track, row.link_id, _lonlat(content, row.geom))
    return len(links)


def _add_moves(triples: Triples, content: Map) -> None:
    """Add what trains can do at nodes: a relation between the elements of two links."""
    known = set(content.links["link_id"])
    for row in content.layers["net_relation"].itertuples():
        if row.link_a not in known or row.link_b not in known:
            continue
        label = f"at node {row.node_id}"
        relation = triples.thing(row.relation_id, "NetRelation", label)
        triples.say(relation, "elementA", triples.name(row.link_a, "element"))
        triples.say(relation, "elementB", triples.name(row.link_b, "element"))
        for term, end in (("positionOnA", row.end_a), ("positionOnB", row.end_b)):
            if not pd.isna(end):
                place = "End" if end > 0 else "Start"
                triples.concept(relation, term, "relation-positions", place)
        ways = "Both" if pd.isna(row.navigability) else row.navigability
        triples.concept(relation, "navigability", "navigabilities", ways)


def _add_nodes(triples: Triples, content: Map) -> None:
    """Add switches and the like, for which the vocabulary has no class of its own."""
    nodes = content.nodes[content.nodes["railway"].isin(_NODES)]
    nodes = nodes[shapely.get_type_id(nodes.geometry.to_numpy()) == 0]
    for row in nodes[~nodes.geometry.is_empty].itertuples():
        number = None if pd.isna(row.crossing_number) else f"1:{row.crossing_number:.1f}"
        label = joined(" ", _NODES[row.railway], number, row.turnout_side)
        node = triples.thing(row.node_id, "InfrastructureObject", label)
        triples.place(node, row.node_id, _lonlat(content, row.geom))


def _add_lines(triples: Triples, content: Map) -> None:
    """Add lines with their tracks, and kilometre posts."""
    lines = content.layers.get("railway_line", pd.DataFrame())
    members = content.layers.get("railway_line_link", pd.DataFrame())
    posts = content.layers.get("milestone", pd.DataFrame())
    named: dict[str, Any] = {}
    for row in lines.itertuples():
        title = joined(" ", row.ref, row.name) or f"line {row.Index}"
        section = triples.thing(row.line_id, "SectionOfLine", title)
        named[row.line_id] = triples.thing(row.line_id, "NationalRailwayLine", title, "line")
        triples.say(section, "lineNationalId", named[row.line_id])
        own = [] if members.empty else members[members["line_id"] == row.line_id]["link_id"]
        for link_id in own:
            triples.say(section, "track", triples.name(link_id))
    for row in posts.itertuples():
        if pd.isna(row.position_km) or row.line_id not in named or row.geom is None:
            continue
        text = joined("", row.position_text) or f"{row.position_km:.9g}"
        ident = f"milestone {row.line_id} {row.Index}"
        post = triples.thing(ident, "InfrastructureObject", f"km {text}")
        at = triples.thing(ident, "LineReference", f"km {text}", "reference")
        triples.say(at, "lineNationalId", named[row.line_id])
        triples.say(at, "kilometer", float(row.position_km), "double")
        triples.say(post, "lineReference", at)
        triples.place(post, ident, _lonlat(content, row.geom))


def _lonlat(content: Map, geometry: shapely.Geometry) -> shapely.Geometry:
    plain = shapely.force_2d(geometry)
    return shapely.transform(plain, lambda xy: to_lonlat(content.crs, xy))
