"""The map: schema, style, writing, reading, checking, linear referencing, comparison."""

from __future__ import annotations

from railmap.mapping.checks.rules import CheckLimits, check_map
from railmap.mapping.preview.render import render_preview
from railmap.mapping.remap.writer import write_map
from railmap.mapping.store.reader import Map, read_map
from railmap.mapping.store.types import QaIssue, RunRecord, SourceImage

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
