"""Rendered bands of exact curves, and a simple skeleton of them, to test the geometry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from affine import Affine
from scipy.ndimage import (
    binary_closing,
    binary_opening,
    distance_transform_edt,
    gaussian_filter,
)
from scipy.spatial import cKDTree
from skimage.morphology import remove_small_holes, remove_small_objects, skeletonize

from railmap.geometry import GeometryOptions, TrackNetwork, build_network
from railmap.geometry.options import Profile
from railmap.tracing.types import PixelNetwork

SLEEPER = 2.6
X0, Y0 = 500_000.0, 5_600_000.0


def dense(xy: np.ndarray, step: float = 0.05) -> np.ndarray:
    xy = np.asarray(xy, float)
    s = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    at = np.arange(0, s[-1], step)
    return np.stack([np.interp(at, s, xy[:, k]) for k in (0, 1)], 1)


def straight(x0: float, y0: float, heading: float, length: float) -> np.ndarray:
    a = np.radians(heading)
    s = np.arange(0, length, 0.05)
    return np.stack([x0 + s * np.cos(a), y0 + s * np.sin(a)], 1)


def arc(x0: float, y0: float, heading: float, radius: float, length: float) -> np.ndarray:
    """`radius` > 0 turns left."""
    s = np.arange(0, length, 0.05)
    a = np.radians(heading) + s / radius
    a0 = np.radians(heading)
    return np.stack(
        [x0 + radius * (np.sin(a) - np.sin(a0)), y0 - radius * (np.cos(a) - np.cos(a0))], 1
    )


def leg(number: float, radius: float, length: float, rise: float | None = None) -> np.ndarray:
    """x along the main track from the toe, y to its left; parallel again after `rise`."""
    slope = 1 / number
    x = np.arange(0, length, 0.05)
    end = radius * slope
    y = np.where(x < end, x * x / (2 * radius), end * slope / 2 + slope * (x - end))
    if rise is not None:
        stop = (rise - end * slope) / slope + 2 * end
        back = stop - x
        y = np.where(back < end, rise - np.clip(back, 0, None) ** 2 / (2 * radius), y)
    return np.stack([x, y], 1)


def place(xy: np.ndarray, x0: float, y0: float, heading: float) -> np.ndarray:
    a = np.radians(heading)
    c, s = np.cos(a), np.sin(a)
    return xy @ np.array([[c, s], [-s, c]]) + (x0, y0)


@dataclass
class Scene:
    """Tracks in metres, x right, y up from the raster's lower left corner."""

    tracks: list[np.ndarray]
    probability: np.ndarray
    gsd: float
    height_m: float
    profile: Profile = "mask"

    @property
    def transform(self) -> Affine:
        return Affine(self.gsd, 0, X0, 0, -self.gsd, Y0)

    def truth(self) -> list[np.ndarray]:
        return [t + np.array([X0, Y0 - self.height_m]) for t in self.tracks]

    def read(self, row: int, col: int, height: int, width: int) -> np.ndarray:
        h, w = self.probability.shape
        assert row >= 0
        assert col >= 0
        assert row + height <= h
        assert col + width <= w
        return self.probability[row : row + height, col : col + width]

    def network(self, **options: object) -> TrackNetwork:
        net = trace(self.probability)
        return build_network(
            net,
            self.transform,
            self.read,
            options=GeometryOptions(profile=self.profile, **options),  # type: ignore[arg-type]
        )


def render(
    tracks: list[np.ndarray],
    size: tuple[float, float],
    gsd: float = 0.1,
    tent: bool = False,
    noise: float = 0.0,
    blur: float = 0.0,
    sleeper: float = SLEEPER,
    seed: int = 0,
) -> Scene:
    """`size` is width, height in metres. Hard masks are 0 or 254, tents have their ridge."""
    width, height = (round(v / gsd) for v in size)
    height_m = height * gsd
    points = np.concatenate([dense(t, 0.5 * gsd) for t in tracks])
    rows = np.floor((height_m - points[:, 1]) / gsd).astype(int)
    cols = np.floor(points[:, 0] / gsd).astype(int)
    pad = int(1.3 * sleeper / gsd)
    near = (rows >= -pad) & (rows < height + pad) & (cols >= -pad) & (cols < width + pad)
    far = np.ones((height + 2 * pad, width + 2 * pad), bool)
    far[rows[near] + pad, cols[near] + pad] = False
    close = np.zeros((height, width), bool)
    if near.any():
        close = (distance_transform_edt(far) < pad)[pad : pad + height, pad : pad + width]
    r, c = np.nonzero(close)
    at = np.stack([(c + 0.5) * gsd, height_m - (r + 0.5) * gsd], 1)
    d = np.full((height, width), 10.0)
    if len(at):
        d[r, c] = cKDTree(points[near]).query(at)[0]
    p = np.clip(1 - d / sleeper, 0, 1) if tent else (d <= sleeper / 2).astype(float)
    if blur or noise:
        if blur:
            p = gaussian_filter(p, blur)
        if noise:
            n = gaussian_filter(np.random.default_rng(seed).normal(size=p.shape), 2.0)
            p = np.clip(p + noise * n / n.std(), 0, 1)
    profile: Profile = "tent" if tent else "mask"
    return Scene(tracks, np.round(p * 254).astype(np.uint8), gsd, height_m, profile)


def tidy(mask: np.ndarray) -> np.ndarray:
    """Open by 5 px, close by 3 px, the rim mirrored."""
    m = np.pad(mask, 8, mode="edge")
    m = binary_closing(binary_opening(m, np.ones((5, 5))), np.ones((3, 3)))
    return m[8:-8, 8:-8]


def trace(probability: np.ndarray, threshold: float = 0.5) -> PixelNetwork:
    """Skeleton links by simple loops, as a reference."""
    mask = (probability >= threshold * 254) & (probability != 255)
    mask = remove_small_holes(tidy(mask), max_size=400)
    mask = remove_small_objects(mask, max_size=200)
    skeleton = skeletonize(np.pad(mask, 1))[1:-1, 1:-1]
    half = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    h, w = mask.shape
    on = {(int(r), int(c)) for r, c in np.argwhere(skeleton)}

    def neighbours(r: int, c: int) -> list[tuple[int, int]]:
        out = [
            (r + a, c + b) for a, b in ((-1, 0), (0, -1), (0, 1), (1, 0)) if (r + a, c + b) in on
        ]
        for a, b in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
            if (r + a, c + b) in on and (r + a, c) not in on and (r, c + b) not in on:
                out.append((r + a, c + b))
        return out

    near = {p: neighbours(*p) for p in sorted(on)}
    nodes = {p for p, n in near.items() if len(n) != 2}
    paths: list[list[tuple[int, int]]] = []
    seen: set[tuple[tuple[int, int], tuple[int, int]]] = set()

    def walk(a: tuple[int, int], b: tuple[int, int]) -> list[tuple[int, int]]:
        path = [a, b]
        seen.add((a, b))
        while path[-1] not in nodes and path[-1] != a:
            nxt = [q for q in near[path[-1]] if q != path[-2]]
            path.append(nxt[0])
        seen.add((path[-1], path[-2]))
        return path

    for p in sorted(nodes):
        for q in near[p]:
            if (p, q) not in seen:
                paths.append(walk(p, q))
    done = {q for path in paths for q in path}
    for p in sorted(on - done):  # closed loops
        if p not in done and near[p]:
            nodes.add(p)
            path = walk(p, near[p][0])
            paths.append(path)
            done.update(path)
    order = sorted(nodes)
    index = {p: i for i, p in enumerate(order)}
    pixel = [r * w + c for path in paths for r, c in path]
    return PixelNetwork(
        w,
        h,
        np.array([r * w + c for r, c in order], np.int64),
        np.array([len(near[p]) for p in order], np.int32),
        np.array([[index[p[0]], index[p[-1]]] for p in paths], np.int64).reshape(-1, 2),
        np.cumsum([0] + [len(p) for p in paths]).astype(np.int64),
        np.array(pixel, np.int64),
        np.array([half[r, c] for path in paths for r, c in path], np.float32),
    )


def compare(scene: Scene, net: TrackNetwork, tolerance: float = 0.5) -> dict[str, float]:
    """RMSE across the track of matched points, completeness and correctness."""
    truth = np.concatenate([dense(t, 0.1) for t in scene.truth()])
    inside = (
        (truth[:, 0] > X0)
        & (truth[:, 0] < X0 + scene.probability.shape[1] * scene.gsd)
        & (truth[:, 1] < Y0)
        & (truth[:, 1] > Y0 - scene.height_m)
    )
    truth = truth[inside]
    if not net.links:
        return {"rmse": np.inf, "max": np.inf, "completeness": 0.0, "correctness": 1.0}
    drawn = np.concatenate([dense(link.xy, 0.1) for link in net.links])
    lines = [dense(t, 0.01) for t in scene.truth()]
    d, nearest = cKDTree(np.concatenate(lines)).query(drawn)
    # past the end of a track the distance is along it, not across
    tips = np.cumsum([0] + [len(t) for t in lines])
    past = np.isin(nearest, [*tips[:-1], *(tips[1:] - 1)])
    back, _ = cKDTree(np.concatenate([dense(l.xy, 0.01) for l in net.links])).query(truth)
    ok = (d <= tolerance) & ~past
    return {
        "rmse": float(np.sqrt((d[ok] ** 2).mean())) if ok.any() else np.inf,
        "max": float(d[~past].max(initial=0.0)),
        "completeness": float((back <= tolerance).mean()),
        "correctness": float((d <= tolerance).mean()),
    }
