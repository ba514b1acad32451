"""Layers of a route."""

from __future__ import annotations

from railmap.mapping.schema import Column, Layer

__all__ = ["ROUTE", "ROUTE_LAYERS", "ROUTE_LINK", "ROUTE_NODE"]

_C = Column

ROUTE = Layer(
    "route",
    "The way of a train; M is metres along it.",
    (
        _C("start", "TEXT", "where it begins, as given"),
        _C("end", "TEXT", "where it ends, as given"),
        _C("length_m", "REAL", "metres that the train runs, out and back at reversals", "m"),
        _C("reversals", "INTEGER", "number of reversals"),
        _C("links", "INTEGER", "number of links in order of travel"),
        _C("switches", "INTEGER", "number of switches and slips in order of travel"),
        _C("train_length_m", "REAL", "length of the train", "m"),
    ),
    geometry="LINESTRING",
    measured="required",
)
ROUTE_LINK = Layer(
    "route_link",
    "The links of a route, in order of travel.",
    (
        _C("seq", "INTEGER", "position in the route, from 0", required=True),
        _C("link_id", "TEXT", "railway_link", "UUID", required=True),
        _C("m_from", "REAL", "link M at which the train enters", "m"),
        _C("m_to", "REAL", "link M at which it leaves; smaller where it runs against M", "m"),
        _C("route_m", "REAL", "metres of the route before the link", "m"),
    ),
)
ROUTE_NODE = Layer(
    "route_node",
    "Ends, switches and reversals of a route, in order of travel.",
    (
        _C("seq", "INTEGER", "position in the route, from 0", required=True),
        _C("kind", "TEXT", "start, end, switch or reversal", required=True),
        _C("node_id", "TEXT", "railway_node; for a reversal the node that it clears", "UUID"),
        _C("leg", "TEXT", "leg taken, seen from the toe: left, right or middle"),
        _C("position", "TEXT", "through or branch; at a crossing, branch is the slip"),
        _C("facing", "BOOLEAN", "the train comes from the toe"),
        _C("link_id", "TEXT", "link of the leg, or on which the front of the train stands", "UUID"),
        _C("route_m", "REAL", "metres along the route", "m"),
    ),
    geometry="POINT",
)
ROUTE_LAYERS = (ROUTE, ROUTE_LINK, ROUTE_NODE)
