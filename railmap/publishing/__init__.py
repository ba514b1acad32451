"""Export a map to exchange formats and publish it as a web page; the map is not changed."""

from __future__ import annotations

from railmap.publishing.exchange.export import EXPORT_SUFFIXES, export_map
from railmap.publishing.exchange.route import route_through_map
from railmap.publishing.web.site import Site, publish_map

__all__ = [
    "EXPORT_SUFFIXES",
    "Site",
    "export_map",
    "publish_map",
    "route_through_map",
]
