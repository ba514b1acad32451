"""The map: its schema, its look, writing, reading and checking it."""

from __future__ import annotations

from railmap.mapping.checks import CheckLimits, check_map
from railmap.mapping.preview import render_preview
from railmap.mapping.reader import Map, read_map
from railmap.mapping.types import QaIssue, RunRecord, SourceImage
from railmap.mapping.writer import write_map

__all__ = [
    "CheckLimits",
    "Map",
    "QaIssue",
    "RunRecord",
    "SourceImage",
    "check_map",
    "read_map",
    "render_preview",
    "write_map",
]
