"""The map: schema, style, writing, reading, checking, linear referencing, comparison.

Names are imported when they are first used: a new map is written without pandas and GeoPandas,
which take a second to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_MODULES = {
    "CheckLimits": "checks.rules",
    "Map": "store.reader",
    "QaIssue": "store.types",
    "RunRecord": "store.types",
    "SourceImage": "store.types",
    "check_map": "checks.rules",
    "read_map": "store.reader",
    "render_preview": "preview.render",
    "write_map": "remap.writer",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
