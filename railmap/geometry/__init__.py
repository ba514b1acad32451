"""Centrelines in metres: sub-pixel, with turnouts, crossings, gaps and alignment."""

from __future__ import annotations

from railmap.geometry.build import build_network
from railmap.geometry.options import GeometryOptions
from railmap.geometry.types import AlignmentSegment, Link, Node, Relation, TrackNetwork

__all__ = [
    "AlignmentSegment",
    "GeometryOptions",
    "Link",
    "Node",
    "Relation",
    "TrackNetwork",
    "build_network",
]
