"""Compose a railway and its surroundings and take an image of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from railmap.rendering.paint.camera import expose, mosaic_seam, nodata_collar, overdo
from railmap.rendering.paint.canvas import Canvas, uniform
from railmap.rendering.paint.clutter import paint_clutter, paint_trees
from railmap.rendering.paint.furniture import paint_furniture, paint_overhead, paint_under
from railmap.rendering.paint.ground import Background, cover, paint_ground
from railmap.rendering.paint.lookalikes import paint_lookalikes
from railmap.rendering.paint.rolling_stock import paint_rolling_stock
from railmap.rendering.paint.shapes import paint_raised
from railmap.rendering.paint.strips import TrackStrip, paint_strips, usable_strips
from railmap.rendering.paint.way import paint_way
from railmap.rendering.plan.kinds import make_plan
from railmap.rendering.plan.tracks import TrackPlan

__all__ = ["NODATA_FILL", "Crop", "Scene", "render_crop", "render_scene", "tent"]

cv2.setNumThreads(1)  # many processes render at the same time
NODATA_FILL = (124, 116, 104)  # mean of the normalisation of the networks
_FINEST_CANVAS = 20.0  # px/m: rails of 7 cm are still 1.4 px wide
_COARSER_GROUND = 1.5
_CLEAR_CLUTTER = 0.3  # objects a unit of area, of a clear scene
_PAST_EDGE = 20.0  # m beyond the image in which its truth continues


@dataclass(frozen=True, slots=True)
class Crop:
    """One training image.

    Parameters
    ----------
    image
        ``(size, size, 3)`` uint8 RGB; `NODATA_FILL` where there is no data.
    target
        ``(size, size)`` uint8: the tent 0-254, 255 = not evaluated.
    lines
        Centrelines, ``(n, 2)`` x/y in pixels from the corner of the first pixel; they extend beyond
        the image.
    nodes
        Switches, crossings and buffer stops: x/y in the same pixels, and the kind.
    """

    image: NDArray[np.uint8]
    target: NDArray[np.uint8]
    lines: Sequence[NDArray[np.float64]] = ()
    nodes: Sequence[tuple[float, float, str]] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """A rendered image with its truth (metres from the centre, y downwards).

    Parameters
    ----------
    image
        ``(rows, cols, 3)`` uint8 RGB.
    valid
        ``(rows, cols)`` bool.
    hidden
        ``(rows, cols)`` bool, True where the track is covered.
    plan
        Tracks and nodes; None without railway.
    gsd
        Metres per pixel.
    """

    image: NDArray[np.uint8]
    valid: NDArray[np.bool_]
    hidden: NDArray[np.bool_]
    plan: TrackPlan | None
    gsd: float


def tent(canvas: Canvas, plan: TrackPlan) -> NDArray[np.float32]:
    """Return the tent ``max(0, 1 - d / sleeper length)`` on the canvas grid, float32."""
    line = np.full(canvas.image.shape[:2], 255, np.uint8)
    for track in plan.tracks:
        points = np.round(np.clip(canvas.pixels(track.xy), -4e4, 4e4) * 16).astype(np.int32)
        cv2.polylines(line, [points], False, 0, 1, cv2.LINE_8, 4)
    distance = cv2.distanceTransform(line, cv2.DIST_L2, 5)
    return np.asarray(np.maximum(0, 1 - distance / (plan.sleeper_m * canvas.ppm)), np.float32)


def _compose(
    canvas: Canvas,
    rng: np.random.Generator,
    plan: TrackPlan | None,
    backgrounds: Sequence[Background],
    worn: np.random.Generator | None = None,
    strips: Sequence[TrackStrip] = (),
    lookalikes: np.random.Generator | None = None,
    trains: np.random.Generator | None = None,
    clear: bool = False,
) -> None:
    along = plan.reference.direction(0.0) if plan else np.array([1.0, 0.0])
    direction = float(np.arctan2(along[1], along[0])) if plan else uniform(rng, 0, 2 * np.pi)
    paint_ground(canvas, rng, along, backgrounds)
    busy = float(rng.choice([0.3, 1.5, 4.0], p=[0.3, 0.4, 0.3])) * (1.0 if plan else 1.5)
    if clear:
        busy = _CLEAR_CLUTTER
    paint_clutter(canvas, rng, direction, busy)
    if lookalikes is not None:
        paint_lookalikes(canvas, lookalikes, direction, 1.0 if plan else 2.0)
    on_ground = canvas.shadow.copy()
    canvas.cast()
    paint_raised(canvas)
    band = np.zeros(canvas.image.shape[:2], np.uint8)
    if plan:
        paint_under(canvas, rng, plan)
        if strips:
            paint_strips(canvas, rng, plan, strips)
        else:
            paint_way(canvas, rng, plan, worn)
        for track in plan.tracks:
            canvas.ribbon(track.xy[::2], plan.sleeper_m + 1.2, 255, band)
        np.minimum(on_ground, band, out=canvas.shadow)
        paint_furniture(canvas, rng, plan)
        if trains is not None:
            paint_rolling_stock(canvas, trains, plan)
        paint_overhead(canvas, rng, plan)
    if rng.random() < 0.25 and not clear:  # shadows of objects outside the image
        blotch = canvas.patches(rng, float(rng.choice([1, 4, 12])), uniform(rng, 0.2, 1.4))
        canvas.shadow[blotch] = 255
    if rng.random() < 0.45:
        name = str(rng.choice(["forest", "shrub", "autumn", "bare_wood"], p=[0.5, 0.3, 0.1, 0.1]))
        free = band if rng.random() < 0.6 or clear else None
        crown = paint_trees(canvas, rng, cover(canvas, rng, name), uniform(rng, 0.5, 2.2), free)
        canvas.hidden[crown] = 255
    canvas.cast()
    paint_raised(canvas)


def _sun(rng: np.random.Generator) -> tuple[NDArray[np.float64], float]:
    azimuth, elevation = uniform(rng, 0, 2 * np.pi), uniform(rng, 18, 65)
    length = 1 / np.tan(np.radians(elevation))
    overcast = rng.random() < 0.25
    vector = np.array([np.cos(azimuth), np.sin(azimuth)]) * length
    return vector, uniform(rng, 0.8, 0.95) if overcast else uniform(rng, 0.3, 0.65)


def render_crop(
    rng: np.random.Generator,
    size: int,
    gsd: float,
    backgrounds: Sequence[Background] = (),
    track_share: float = 0.84,
    worn_share: float = 0.5,
    node_share: float = 0.8,
    strips: Sequence[TrackStrip] = (),
    strip_share: float = 0.5,
    lookalike_share: float = 0.25,
    train_share: float = 0.15,
) -> Crop:
    """Render one square training image at the model's GSD.

    About half of the images have a coarser source (up to 40 cm) and are enlarged, as in
    inference.

    Parameters
    ----------
    rng
        Random generator; the same state gives the same pixels.
    size
        Side in pixels.
    gsd
        Metres per pixel of the result.
    backgrounds
        Real images without railway, used as background if they are about as sharp as the source.
    track_share
        Share of images with tracks.
    worn_share
        Share of images with old track; the same share is oversharpened or overexposed, and a third
        of it has a black or white collar that is not marked as no data. `render_scene` uses none
        of these, so evaluation images stay the same.
    node_share
        Share of plans with switches or crossings that are moved to show one of them.
    strips
        Strips of photographed track.
    strip_share
        Share of images with track that use strips, if any is sharp enough.
    lookalike_share
        Share of images with rows, lanes or decks that resemble track.
    train_share
        Share of images with track on which rows of wagons stand. They are part of the target: a
        map goes on under them.
    """
    scale = float(np.exp(rng.normal(0, 0.1)))  # stated GSDs are not exact
    extent = size * gsd * scale
    side = int(np.ceil(extent * _FINEST_CANVAS / 2)) * 2
    vector, depth = _sun(rng)
    canvas = Canvas(np.empty((side, side, 3), np.uint8), side / extent, vector, depth=depth)
    source = gsd
    if rng.random() < 0.55:
        source = float(np.exp(uniform(rng, np.log(gsd), np.log(0.4))))
    plan = make_plan(rng, extent * 0.71) if rng.random() < track_share else None
    older = np.random.default_rng(rng.integers(2**63))
    if plan and older.random() < node_share:
        _show_node(older, plan, extent / 2)
    # a coarser background would put sharp tracks on a blurred ground
    sharp = [ground for ground in backgrounds if ground[1] <= _COARSER_GROUND * source]
    worn = older if older.random() < worn_share else None
    usable = usable_strips(strips, source) if strips and older.random() < strip_share else []
    alike = older if older.random() < lookalike_share else None
    trains = older if older.random() < train_share else None
    _compose(canvas, rng, plan, sharp, worn, usable, alike, trains)
    pixels = max(16, round(size * gsd / source))
    overdone = older.random() < worn_share
    rough = overdone and older.random() < 0.5
    if rough:  # sharpened and reduced without averaging: sleepers alias with the grid
        finer = max(pixels, round(pixels * min(older.uniform(1.2, 3.0), side / pixels)))
        fine = cv2.resize(canvas.image, (finer, finer), interpolation=cv2.INTER_AREA)
        fine = overdo(np.asarray(fine, np.uint8), older)
        interpolation = cv2.INTER_LINEAR if older.random() < 0.7 else cv2.INTER_NEAREST
        image = np.asarray(
            cv2.resize(fine, (pixels, pixels), interpolation=interpolation), np.uint8
        )
    else:
        image = np.asarray(
            cv2.resize(canvas.image, (pixels, pixels), interpolation=cv2.INTER_AREA), np.uint8
        )
    if rng.random() < 0.06:
        mosaic_seam(image, rng)
    image = expose(image, rng)
    if overdone and not rough:
        image = overdo(image, older)
    if pixels != size:
        image = np.asarray(cv2.resize(image, (size, size), interpolation=cv2.INTER_CUBIC), np.uint8)
    target = np.zeros((size, size), np.uint8)
    if plan:
        ridge = cv2.resize(tent(canvas, plan), (size, size), interpolation=cv2.INTER_AREA)
        hidden = cv2.resize(canvas.hidden, (size, size), interpolation=cv2.INTER_AREA) > 96
        target = np.round(ridge * 254).astype(np.uint8)
        target[hidden & (ridge > 0.05)] = 255
    if rng.random() < 0.15:
        empty = nodata_collar(size, size, rng)
        image[empty] = NODATA_FILL
        target[empty] = 255
    elif older.random() < 0.3 * worn_share:  # an undeclared collar: it has no track
        empty = nodata_collar(size, size, older)
        image[empty] = 0 if older.random() < 0.7 else 255
        target[empty] = 0
    lines, nodes = _truth(plan, canvas, size) if plan else ([], [])
    return Crop(np.ascontiguousarray(image), target, lines, nodes)


def _show_node(rng: np.random.Generator, plan: TrackPlan, half: float) -> None:
    """Move a plan so that one of its nodes is in the image, if its tracks are long enough."""
    nodes = np.array([(node.x, node.y) for node in plan.nodes if node.railway != "buffer_stop"])
    ends = float(np.abs(plan.reference.station).max()) - 2
    to = rng.uniform(-0.8, 0.8, 2) * half
    if len(nodes) == 0:
        return
    moves = to - nodes
    moves = moves[np.hypot(*moves.T) < ends - np.sqrt(2) * half]
    if len(moves) == 0:
        return
    move = moves[int(rng.integers(len(moves)))]
    for track in plan.tracks:
        track.xy = track.xy + move
    for node in plan.nodes:
        node.x, node.y = node.x + float(move[0]), node.y + float(move[1])
    plan.reference.xy = plan.reference.xy + move


def _truth(
    plan: TrackPlan, canvas: Canvas, size: int
) -> tuple[list[NDArray[np.float64]], list[tuple[float, float, str]]]:
    """Return centrelines and nodes near a square image, in pixels from its corner."""
    scale = size / canvas.width

    def pixels(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return (canvas.pixels(xy) + 0.5) * scale

    lines = []
    for track in plan.tracks:
        seen = np.flatnonzero(canvas.sees(track.xy, _PAST_EDGE))
        if len(seen) > 1:
            lines.append(pixels(track.xy[seen[0] : seen[-1] + 1]))
    nodes = []
    for node in plan.nodes:
        at = np.array([node.x, node.y])
        if canvas.sees(at, _PAST_EDGE):
            x, y = pixels(at)
            nodes.append((float(x), float(y), node.railway))
    return lines, nodes


def render_scene(
    seed: int,
    *,
    gsd: float = 0.1,
    width: int = 2000,
    height: int = 2000,
    kind: str | None = None,
    backgrounds: Sequence[Background] = (),
    collar: bool | None = None,
    tracks: bool = True,
    clear: bool = False,
) -> Scene:
    """Render an image of any size with exact truth; the same seed gives the same pixels.

    Parameters
    ----------
    seed
        Seed of the plan, the surroundings and the camera.
    gsd
        Metres per pixel, 0.008 to 0.4.
    width, height
        Size in pixels.
    kind
        plain, double, multiple, junction, yard or diamond; None chooses one at random.
    backgrounds
        Real images used as background.
    collar
        Whether a corner has no data; None decides at random.
    tracks
        False for an image without railway.
    clear
        Few objects, no trees over the track, no shadows from outside and a good camera, as most
        survey images. Else the scene is difficult on purpose.
    """
    rng = np.random.default_rng(seed)
    ppm = 1 / gsd
    factor = max(1, int(np.ceil(_FINEST_CANVAS * gsd - 1e-9)), 2 if gsd >= 0.03 else 1)
    vector, depth = _sun(rng)
    canvas = Canvas(
        np.empty((height * factor, width * factor, 3), np.uint8), ppm * factor, vector, depth=depth
    )
    extent = float(np.hypot(*canvas.half))
    plan = make_plan(rng, extent, kind) if tracks else None
    _compose(canvas, rng, plan, backgrounds, clear=clear)
    image = canvas.image
    hidden = canvas.hidden
    if factor > 1:
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        hidden = cv2.resize(hidden, (width, height), interpolation=cv2.INTER_AREA)
    image = np.asarray(image, np.uint8)
    if rng.random() < 0.3 and not clear:
        mosaic_seam(image, rng)
    image = expose(image, rng, good=clear)
    valid = np.ones((height, width), np.bool_)
    if collar or (collar is None and rng.random() < 0.25):
        valid = ~nodata_collar(height, width, rng)
        image[~valid] = 0
    return Scene(image, valid, np.asarray(hidden > 96), plan, gsd)
