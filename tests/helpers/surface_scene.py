"""Line-scan images with dark spots of known place and size, and a straight track for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from shapely.geometry import box

from railmap.geometry.types import Link, Node, TrackNetwork
from railmap.mapping import write_map
from railmap.mapping.referencing.lines import add_line
from railmap.mapping.store.types import RunRecord, SourceImage
from railmap.surface.model.rail_head import find_rail_head
from railmap.surface.model.segment import DefectMask

HEIGHT, WIDTH, HEAD = 400, 300, 180  # pixels; the head is 72 mm wide, so a pixel is 0.4 mm
X0, Y0, LENGTH = 500_000.0, 5_600_000.0, 200.0


def surface(spots: Sequence[tuple[float, float, float, float]] = ()) -> np.ndarray:
    """Grey picture of a rail with dark ellipses ``(row, column, half height, half width)``."""
    rng = np.random.default_rng(3)
    picture = np.full((HEIGHT, WIDTH), 25.0)
    left = (WIDTH - HEAD) // 2
    picture[:, left : left + HEAD] = 190
    picture += rng.normal(0, 3, picture.shape)
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    for row, column, tall, wide in spots:
        picture[((y - row) / tall) ** 2 + ((x - column) / wide) ** 2 <= 1] = 60
    return picture.clip(0, 255).astype(np.uint8)


def write_surface(path: Path, spots: Sequence[tuple[float, float, float, float]] = ()) -> Path:
    Image.fromarray(surface(spots)).save(path)
    return path


@dataclass
class DarkSpots:
    """Calls defect what is dark on the head: a segmenter whose answers are known."""

    threshold: float = 0.5
    class_names: tuple[str, ...] = ("", "crush", "unknown", "dirt")
    kind: int | None = None
    calls: int = 0
    fail_at: int | None = None

    def __call__(self, image: np.ndarray, name: str = "image") -> Any:
        self.calls += 1
        if self.fail_at == self.calls:
            raise KeyboardInterrupt
        grey = image if image.ndim == 2 else image[..., 0]
        rail = find_rail_head(grey, name)
        x = np.arange(grey.shape[1])[None]
        on = (x >= rail.left[:, None] + 2) & (x < rail.right[:, None] - 2)
        dark = on & (grey < 100)
        classes = None if self.kind is None else np.where(dark, self.kind, 3).astype(np.uint8)
        return DefectMask(dark.astype(np.float32), rail, classes)


def write_track(path: Path, ref: str = "6185") -> Path:
    """A straight track 200 m to the east with one line on it, chainage from 0."""
    xy = np.column_stack([np.linspace(X0, X0 + LENGTH, 41), np.full(41, Y0)])
    nodes = [Node(float(xy[i][0]), float(xy[i][1]), "railwayEnd", None, 1) for i in (0, -1)]
    network = TrackNetwork(nodes, [Link(xy, 0, 1, "rail_pair", h_accuracy_m=0.05)], [])
    run = RunRecord(
        version="0", command="test", parameters={}, started_at=datetime(2026, 3, 1, tzinfo=UTC),
        seconds=1.0, model="m", model_sha256="0" * 64,
    )  # fmt: skip
    footprint = box(X0 - 20, Y0 - 20, X0 + LENGTH + 20, Y0 + 20)
    flown = [SourceImage("ortho.tif", footprint, 0.05, "EPSG:25832", run.started_at)]
    write_map(path, network, "EPSG:25832", images=flown, run=run)
    add_line(path, ref=ref, start=f"{X0},{Y0}", end=f"{X0 + LENGTH},{Y0}")
    return path
