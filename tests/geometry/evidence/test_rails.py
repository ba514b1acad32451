"""Centrelines refined on the rails to centimetres, where bright rail heads are visible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from scipy.spatial import cKDTree

from railmap.errors import UsageError
from railmap.geometry import GeometryOptions, TrackNetwork, build_network
from railmap.raster.types import Grid, Patch, PixelWindow
from tests.helpers.line_scenes import X0, Y0, Scene, compare, dense, place, render, trace

HEAD = 0.072
FOOT = 0.15


@dataclass
class Picture:
    """A grey image with the interface of a raster source."""

    grey: np.ndarray
    grid: Grid

    def read(self, window: PixelWindow) -> Patch:
        out = np.zeros((1, window.height, window.width), np.uint8)
        mask = np.zeros((window.height, window.width), bool)
        h, w = self.grey.shape
        r0, c0 = max(window.row, 0), max(window.col, 0)
        r1, c1 = min(window.row + window.height, h), min(window.col + window.width, w)
        if r1 > r0 and c1 > c0:
            at = np.s_[r0 - window.row : r1 - window.row, c0 - window.col : c1 - window.col]
            out[0][at] = self.grey[r0:r1, c0:c1]
            mask[at] = True
        transform = self.grid.transform * Affine.translation(window.col, window.row)
        return Patch(out, mask, transform, self.grid.crs)


def rail_image(
    tracks: list[np.ndarray],
    size: tuple[float, float],
    gsd: float,
    gauge: float,
    head: int | list[int],
    shadow: int | None = None,
    foot: int | None = None,
) -> Picture:
    """Rails on noisy ballast, with a shadow to their right and a foot under them.

    `head` is the brightness of the heads of all tracks, or of each.
    """
    width, height = (round(v / gsd) for v in size)
    grey = np.random.default_rng(3).normal(110, 12, (height, width))
    x, y = np.meshgrid((np.arange(width) + 0.5) * gsd, size[1] - (np.arange(height) + 0.5) * gsd)
    at = np.stack([x, y], -1).reshape(-1, 2)
    heads = head if isinstance(head, list) else [head] * len(tracks)
    for track, colour in zip(tracks, heads, strict=True):
        points = dense(track, 0.05)
        t = np.gradient(points, axis=0)
        t /= np.hypot(t[:, 0], t[:, 1])[:, None]
        d, i = cKDTree(points).query(at, distance_upper_bound=2.0)
        near = np.flatnonzero(np.isfinite(d))
        delta = at[near] - points[i[near]]
        across = t[i[near], 0] * delta[:, 1] - t[i[near], 1] * delta[:, 0]
        for side in (-1, 1):
            u = across - side * (gauge + HEAD) / 2
            if shadow is not None:
                cover = np.clip(0.5 + (0.06 - np.abs(u + 0.09)) / gsd, 0, 1)
                grey.flat[near] += cover * (shadow - grey.flat[near])
            if foot is not None:
                cover = np.clip(0.5 + (FOOT / 2 - np.abs(u)) / gsd, 0, 1)
                grey.flat[near] += cover * (foot - grey.flat[near])
            cover = np.clip(0.5 + (HEAD / 2 - np.abs(u)) / gsd, 0, HEAD / gsd)
            grey.flat[near] += cover * (colour - grey.flat[near])
    grid = Grid(CRS.from_epsg(25832), Affine(gsd, 0, X0, 0, -gsd, Y0), width, height)
    return Picture(np.clip(grey, 0, 255).astype(np.uint8), grid)


def shifted(
    gauge: float,
    head: int,
    gsd: float = 0.04,
    shadow: int | None = None,
    refine: str = "auto",
    foot: int | None = None,
) -> tuple[Scene, TrackNetwork]:
    """A network from probability that is 12 cm off the rails."""
    size = (60.0, 24.0)
    track = place(np.array([[0.0, 0], [90, 0]]), -10, 5, 11)
    offset = place(np.array([[0.0, 0.12], [90, 0.12]]), -10, 5, 11)
    scene = render([offset], size, tent=True)
    image = rail_image([track], size, gsd, gauge, head, shadow, foot)
    net = build_network(
        trace(scene.probability),
        scene.transform,
        scene.read,
        options=GeometryOptions(refine=refine, profile="tent"),
        image=image,
    )
    scene.tracks = [track]
    return scene, net


@pytest.mark.parametrize("gauge", [1.435, 1.0, 1.52, 1.668])
def test_line_is_in_the_middle_of_the_rails(gauge: float) -> None:
    scene, net = shifted(gauge, 200)
    (link,) = net.links
    assert link.geometry_source == "rail_pair"
    assert compare(scene, net)["rmse"] < 0.015
    assert link.gauge_measured_mm is not None
    assert link.gauge_sigma_mm is not None
    assert abs(link.gauge_measured_mm - gauge * 1000) < min(3 * link.gauge_sigma_mm, 15)
    assert link.h_accuracy_m is not None
    assert link.h_accuracy_m < 0.03


def test_shadows_do_not_shift_the_line() -> None:
    scene, net = shifted(1.435, 210, shadow=80)
    assert net.links[0].geometry_source == "rail_pair"
    assert compare(scene, net)["rmse"] < 0.02


def test_dark_strips_are_not_rails() -> None:
    scene, net = shifted(1.435, 40)
    assert net.links[0].geometry_source == "edge_midpoint"
    assert net.links[0].gauge_measured_mm is None
    assert compare(scene, net)["rmse"] == pytest.approx(0.12, abs=0.02)


@pytest.mark.slow
def test_dark_track_next_to_a_bright_one_is_not_refined() -> None:
    """Next to dark rails the light ballast forms ridges, too."""
    size = (40.0, 20.0)
    lines = [place(np.array([[0.0, y], [60, y]]), -5, 5, 4) for y in (0.0, 6.0)]
    scene = render(lines, size, tent=True)
    image = rail_image(lines, size, 0.02, 1.435, [230, 45], shadow=80)
    net = build_network(
        trace(scene.probability),
        scene.transform,
        scene.read,
        options=GeometryOptions(profile="tent"),
        image=image,
    )
    by_height = sorted(net.links, key=lambda link: link.xy[:, 1].mean())
    assert [link.geometry_source for link in by_height] == ["rail_pair", "edge_midpoint"]
    assert compare(scene, net)["max"] < 0.03


@pytest.mark.slow
def test_bright_foot_is_not_a_rail_head() -> None:
    """A dark head on a light foot: two ridges per rail, and any pair of them would be wrong."""
    scene, net = shifted(1.435, 60, gsd=0.02, foot=190)
    if net.links[0].geometry_source == "rail_pair":
        assert compare(scene, net)["rmse"] < 0.02
    else:
        assert compare(scene, net)["rmse"] == pytest.approx(0.12, abs=0.02)


def test_line_stays_without_rails() -> None:
    _, net = shifted(1.435, 110)
    assert net.links[0].geometry_source == "edge_midpoint"


def test_probability_only() -> None:
    _, net = shifted(1.435, 200, refine="probability")
    assert net.links[0].geometry_source == "edge_midpoint"


def test_coarse_images_are_not_used() -> None:
    _, net = shifted(1.435, 200, gsd=0.2)
    assert net.links[0].geometry_source == "edge_midpoint"
    with pytest.raises(UsageError, match="GSD"):
        shifted(1.435, 200, gsd=0.2, refine="rails")
