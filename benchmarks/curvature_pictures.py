"""Curvature diagrams: the elements that a fit finds, over the points that it was given.

    python benchmarks/curvature_pictures.py docs/images/curvature.png
    python benchmarks/curvature_pictures.py real.png --map tracks.gpkg

Without a map: ten lines of benchmarks/alignment.py with the error of images of 10 cm, and their
true curvature. With one: its ten longest links that have an alignment.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import shapely
from alignment import KINDS, NOISE, Array, drawn, noisy
from matplotlib.axes import Axes
from scipy.ndimage import gaussian_filter1d

from railmap.geometry.alignment import fit_alignment
from railmap.geometry.curves import arc_length, resample

COUNT = 10
GSD = "10 cm"
SMOOTH_M = 12.0  # of the curvature of points, which would be noise without
PLAIN = ("curve", "reverse", "reverse, one clothoid", "compound", "arc")


@dataclass
class Line:
    """Points of a line, its elements (start, length, curvatures at both ends, sigma), the truth."""

    title: str
    xy: Array
    elements: list[tuple[float, float, float, float, float]]
    truth: list[tuple[float, float, float]]


def curvature(radius: float | None) -> float:
    return 1000 / radius if radius and np.isfinite(radius) else 0.0


def element(
    first: float, length: float, radii: tuple[float | None, float | None], sigma: float | None
) -> tuple[float, float, float, float, float]:
    a, b = (curvature(radius) for radius in radii)
    spread = sigma * a**2 / 1000 if sigma and np.isfinite(sigma) else 0.0
    return first, length, a, b, spread


def computed(seed: int) -> list[Line]:
    found = []
    for number in range(COUNT):
        name = PLAIN[number % len(PLAIN)]
        rng = np.random.default_rng([seed, number])
        pieces = KINDS[name](rng)
        xy = noisy(drawn(pieces, 0.0), NOISE[GSD], rng)
        fit = fit_alignment(xy, NOISE[GSD])
        elements = [
            element(s.m_from, s.length_m, (s.start_radius_m, s.end_radius_m), s.radius_sigma_m)
            for s in fit.segments
        ]
        found.append(Line(name, xy, elements, [(n, 1000 * a, 1000 * b) for n, a, b in pieces]))
    return found


def of_map(path: Path) -> list[Line]:
    from railmap.mapping import read_map

    content = read_map(path)
    rows = dict(tuple(content["alignment_segment"].groupby("link_id")))
    links = [link for link in content.links.itertuples() if link.link_id in rows]
    found = []
    for link in sorted(links, key=lambda link: -link.geom.length)[:COUNT]:
        elements = [
            element(s.m_from, s.length_m, (s.start_radius_m, s.end_radius_m), s.radius_sigma_m)
            for s in rows[link.link_id].sort_values("seq").itertuples()
        ]
        xy = shapely.get_coordinates(link.geom)
        found.append(Line(f"link {link.link_id[:8]}, {link.geom.length:.0f} m", xy, elements, []))
    return found


def draw(axes: Axes, line: Line) -> None:
    curve = resample(line.xy, 1.0)
    step = float(arc_length(curve)[-1]) / (len(curve) - 1)
    heading = np.unwrap(np.arctan2(*np.gradient(curve, axis=0).T[::-1]))
    bend = 1000 * np.gradient(gaussian_filter1d(heading, SMOOTH_M / step / 2), step)
    axes.plot(step * np.arange(len(curve)), bend, color="0.75", lw=0.8, label="points, smoothed")
    at = 0.0
    for number, (length, a, b) in enumerate(line.truth):
        label = None if number else "truth"
        axes.plot([at, at + length], [a, b], color="tab:green", lw=3, alpha=0.5, label=label)
        at += length
    for number, (first, length, a, b, spread) in enumerate(line.elements):
        label = None if number else "elements"
        axes.plot([first, first + length], [a, b], color="tab:blue", lw=1.2, label=label)
        if spread:
            ends = [first, first + length]
            axes.fill_between(ends, a - spread, a + spread, color="tab:blue", alpha=0.25, lw=0)
        axes.axvline(first, color="0.9", lw=0.6, zorder=0)
    shown = [*(v for e in line.elements for v in e[2:4]), *(v for t in line.truth for v in t[1:])]
    low, high = min(shown), max(shown)
    margin = max(0.35 * (high - low), 0.25)
    axes.set_ylim(low - margin, high + margin)
    axes.set_title(line.title, fontsize=8, loc="left")
    axes.tick_params(labelsize=7)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--map", type=Path, help="draw its longest links")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lines = of_map(options.map) if options.map else computed(options.seed)
    figure, axes = plt.subplots(
        (len(lines) + 1) // 2, 2, figsize=(10, 1.7 * ((len(lines) + 1) // 2)), squeeze=False
    )
    for place in axes.flat[len(lines) :]:
        place.axis("off")
    for place, line in zip(axes.flat, lines, strict=False):
        draw(place, line)
    axes[0, 0].legend(fontsize=6, loc="upper right")
    figure.supxlabel("metres along the line", fontsize=8)
    figure.supylabel("curvature, 1/km, + left", fontsize=8)
    figure.tight_layout()
    figure.savefig(options.output, dpi=90, metadata={"Software": None})


if __name__ == "__main__":
    main()
