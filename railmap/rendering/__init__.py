"""Render images of railways with exact truth."""

from __future__ import annotations

from railmap.errors import missing_extra

try:
    import cv2  # noqa: F401
except ImportError as error:
    raise missing_extra("rendering images", "synth", error) from error

from railmap.rendering.job import KINDS, render_files
from railmap.rendering.scene import NODATA_FILL, Crop, Scene, render_crop, render_scene
from railmap.rendering.truth import track_mask, write_scene, write_truth

__all__ = [
    "KINDS",
    "NODATA_FILL",
    "Crop",
    "Scene",
    "render_crop",
    "render_files",
    "render_scene",
    "track_mask",
    "write_scene",
    "write_truth",
]
