"""Centrelines refined on the rails to centimetres, where bright rail heads are visible."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.errors import UsageError
from railmap.geometry import GeometryOptions, TrackNetwork, build_network
from tests.helpers.line_scenes import Scene, compare, place, render, trace
from tests.helpers.rail_image import rail_image


def shifted(
    gauge: float,
    head: int,
    gsd: float = 0.04,
    shadow: int | None = None,
    refine: str = "auto",
    foot: int | None = None,
    height: float = 1.0,
) -> tuple[Scene, TrackNetwork]:
    """A network from probability that is 12 cm off the rails, of the height of its tent."""
    size = (60.0, 24.0)
    track = place(np.array([[0.0, 0], [90, 0]]), -10, 5, 11)
    offset = place(np.array([[0.0, 0.12], [90, 0.12]]), -10, 5, 11)
    scene = render([offset], size, tent=True)
    scene.probability = np.round(height * scene.probability).astype(np.uint8)
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


@pytest.mark.parametrize(("head", "foot"), [(40, None), (60, 190)])
def test_a_line_of_uncertain_place_is_led_between_dark_rails(head: int, foot: int | None) -> None:
    scene, net = shifted(1.435, head, gsd=0.03, foot=foot, height=0.85)
    assert net.links[0].gauge_measured_mm is None
    assert compare(scene, net)["rmse"] < 0.02


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
