"""The map handed on: exchange formats, tiles and a web page. Nothing here changes the map."""

from __future__ import annotations

from railmap.publishing.export import EXPORT_SUFFIXES, export_map

__all__ = ["EXPORT_SUFFIXES", "export_map"]
