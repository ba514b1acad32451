"""The map handed on: exchange formats, tiles and a web page. Nothing here changes the map."""

from __future__ import annotations

from railmap.publishing.assets import fetch_assets
from railmap.publishing.export import EXPORT_SUFFIXES, export_map
from railmap.publishing.site import Site, publish_map

__all__ = ["EXPORT_SUFFIXES", "Site", "export_map", "fetch_assets", "publish_map"]
