"""Where labelled images are, and how their labels are to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LabelSource"]


@dataclass(frozen=True, slots=True)
class LabelSource:
    """Images with their labels, as `read_images` reads them.

    Parameters
    ----------
    data
        A folder of images, or one georeferenced image.
    labels
        Vector file of centrelines (``FILE|layername=NAME`` for one layer), or a folder of masks or
        LabelMe files; None where the labels are in `data`.
    layout
        One of `LAYOUTS`; None finds out.
    track_labels
        Names of the LabelMe shapes that are track; None: `railmap.training.data.labelme`'s.
    track_value
        Value of track in masks of several classes.
    picture_gsd
        Metres per pixel of images without georeference.
    scenes
        CSV with the columns ``name`` (of the image file) and ``scene``: images with the same value
        show one site and are never on both sides of a split.
    """

    data: Path
    labels: Path | None = None
    layout: str | None = None
    track_labels: Sequence[str] | None = None
    track_value: int | None = None
    picture_gsd: float | None = None
    scenes: Path | None = None

    def sources(self) -> dict[str, Path | str]:
        """Return the paths of images and labels by name, for the record of a run."""
        found: dict[str, Path | str] = {"pictures": self.data}
        if self.labels is not None:
            found["labels"] = Path(str(self.labels).partition("|")[0])
        return found
