"""Rendered railway scenes with exact truth."""

from __future__ import annotations

from railmap.rendering.scene import NODATA_FILL, Crop, Scene, render_crop, render_scene
from railmap.rendering.truth import track_mask, write_scene, write_truth

__all__ = [
    "NODATA_FILL",
    "Crop",
    "Scene",
    "render_crop",
    "render_scene",
    "track_mask",
    "write_scene",
    "write_truth",
]
