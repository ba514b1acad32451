"""Rendered photos of four scenes."""

from __future__ import annotations

from pathlib import Path

from railmap.rendering.photos.photos import PhotoPlan, write_photos

SCENES = ("tunnel", "platform", "railway_bridge", "ticket_lobby")


def write_photo_set(folder: Path) -> Path:
    """40 photos of each of four scenes, with masks of the evidence in the folder beside it."""
    plans = [PhotoPlan(scene, 40) for scene in SCENES]
    write_photos(folder / "set", plans, seed=1, size=96, evidence=folder / "evidence")
    return folder / "set"
