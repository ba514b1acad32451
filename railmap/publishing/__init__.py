"""The map handed on: exchange formats, tiles and a web page. Nothing here changes the map."""

from __future__ import annotations

from railmap.publishing.exchange.export import EXPORT_SUFFIXES, export_map
from railmap.publishing.web.assets import fetch_assets
from railmap.publishing.web.site import Site, publish_map

__all__ = ["EXPORT_SUFFIXES", "Site", "export_map", "fetch_assets", "publish_map"]
