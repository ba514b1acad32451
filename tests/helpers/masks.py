"""Random masks, and slow reference implementations of the steps of tracing."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage
from skimage import morphology

from railmap.tracing import PixelNetwork, TraceParameters
from railmap.tracing.blocks import BlockGrid, BlockMask

ARRAYS = (
    "node_pixel",
    "node_degree",
    "link_node",
    "link_offset",
    "link_pixel",
    "link_half_width",
    "area_run",
)
EIGHT = np.ones((3, 3), bool)


def reader(probability):
    """Create a `read` that fails for pixels outside the raster."""
    height, width = probability.shape

    def read(row, col, rows, cols):
        assert 0 <= row < row + rows <= height
        assert 0 <= col < col + cols <= width
        return probability[row : row + rows, col : col + cols]

    return read


def blobs(seed: int, height: int, width: int, scale: float, level: float) -> NDArray[np.uint8]:
    """Create smooth random probability with some no data."""
    rng = np.random.default_rng(seed)
    field = ndimage.gaussian_filter(rng.normal(size=(height, width)), scale)
    field = (field - field.mean()) / (field.std() + 1e-9)
    probability = np.clip(127 + 60 * (field - level), 0, 254).astype(np.uint8)
    if seed % 3 == 0:
        row, col = rng.integers(0, height), rng.integers(0, width)
        probability[row : row + 40, col : col + 70] = 255
    return probability


@st.composite
def probabilities(draw, most: int = 260):
    """Draw probability rasters from noise to wide blobs."""
    return blobs(
        draw(st.integers(0, 2**20)),
        draw(st.integers(1, most)),
        draw(st.integers(1, most)),
        draw(st.sampled_from([0.4, 1.0, 2.0, 4.0, 9.0])),
        draw(st.sampled_from([-1.0, 0.0, 0.5, 1.2])),
    )


@st.composite
def parameter_sets(draw):
    """Draw parameters that are small enough to matter in a small raster."""
    return TraceParameters(
        threshold=draw(st.sampled_from([0.0, 0.3, 0.5, 1.0])),
        open_radius=draw(st.integers(0, 2)),
        close_radius=draw(st.integers(0, 3)),
        min_area=draw(st.sampled_from([0, 2, 30, 400])),
        max_hole=draw(st.sampled_from([0, 2, 40, 6000])),
        max_width=draw(st.sampled_from([1, 7, 20, 64, 128])),
        kernel=draw(st.sampled_from(["square", "disc"])),
    )


def unpack(mask: BlockMask) -> NDArray[np.bool_]:
    """Unpack a block mask to pixels."""
    grid = mask.grid
    pixels = np.zeros((grid.height, grid.width), bool)
    for block in grid:
        bits = np.unpackbits(mask.window(block).view(np.uint8), axis=1, bitorder="little")
        assert not bits[:, block.width :].any()
        part = bits[:, : block.width].astype(bool)
        pixels[block.row : block.row + block.height, block.col : block.col + block.width] = part
    return pixels


def pack(pixels: NDArray[np.bool_], size: int) -> BlockMask:
    """Pack pixels to a block mask."""
    mask = BlockMask(BlockGrid(pixels.shape[1], pixels.shape[0], size))
    for block in mask.grid:
        part = np.zeros((block.height, block.words * 64), bool)
        part[:, : block.width] = pixels[
            block.row : block.row + block.height, block.col : block.col + block.width
        ]
        mask.put(block, np.packbits(part, axis=1, bitorder="little").view(np.uint64))
    return mask


def opened_closed(probability: NDArray[np.uint8], parameters: TraceParameters):
    """Threshold, open and close with OpenCV on a sufficiently large plane of background."""
    mask = (probability >= np.ceil(parameters.threshold * 254)) & (probability != 255)
    room = 4 * (parameters.open_radius + parameters.close_radius) + 1
    plane = np.pad(mask.astype(np.uint8), room)
    for operation, radius in (
        (cv2.MORPH_OPEN, parameters.open_radius),
        (cv2.MORPH_CLOSE, parameters.close_radius),
    ):
        square = np.ones((2 * radius + 1,) * 2, np.uint8)
        kernel = morphology.disk(radius) if parameters.kernel == "disc" else square
        plane = cv2.morphologyEx(plane, operation, kernel)
    return plane[room:-room, room:-room].astype(bool)


def without_small(mask: NDArray[np.bool_], parameters: TraceParameters):
    """Drop specks, then fill holes, with scikit-image's labels."""
    labels = morphology.label(mask, connectivity=2)
    kept = mask & (np.bincount(labels.ravel())[labels] >= parameters.min_area)
    labels = morphology.label(~kept, connectivity=1)
    small = np.bincount(labels.ravel()) < parameters.max_hole
    small[0] = False
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        small[side] = False
    return kept | small[labels]


def skeleton_of(network: PixelNetwork) -> NDArray[np.bool_]:
    """Pixels of links and nodes."""
    pixels = np.zeros(network.width * network.height, bool)
    pixels[network.link_pixel] = True
    pixels[network.node_pixel] = True
    return pixels.reshape(network.height, network.width)


def thinned(mask: NDArray[np.bool_], most: int = 10_000) -> NDArray[np.bool_]:
    """Thin by Guo and Hall's rules, one whole array at a time."""
    p1 = np.pad(mask, 1)
    for _ in range(most):
        before = p1.copy()
        for first in (True, False):
            p = {
                name: np.roll(p1, shift, (0, 1))
                for name, shift in zip(
                    range(2, 10),
                    [(1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1)],
                    strict=True,
                )
            }
            crossings = sum(
                (~p[a] & (p[b] | p[c])).astype(int)
                for a, b, c in ((2, 3, 4), (4, 5, 6), (6, 7, 8), (8, 9, 2))
            )
            n1 = sum((p[a] | p[b]).astype(int) for a, b in ((9, 2), (3, 4), (5, 6), (7, 8)))
            n2 = sum((p[a] | p[b]).astype(int) for a, b in ((2, 3), (4, 5), (6, 7), (8, 9)))
            least = np.minimum(n1, n2)
            m = (p[6] | p[7] | ~p[9]) & p[8] if first else (p[2] | p[3] | ~p[5]) & p[4]
            p1 = p1 & ~((crossings == 1) & (least >= 2) & (least <= 3) & ~m)
        if (p1 == before).all():
            break
    return p1[1:-1, 1:-1]


def differing(a: PixelNetwork, b: PixelNetwork) -> list[str]:
    """Names of the arrays that differ in any byte."""
    return [
        name
        for name in ARRAYS
        if getattr(a, name).dtype != getattr(b, name).dtype
        or getattr(a, name).shape != getattr(b, name).shape
        or getattr(a, name).tobytes() != getattr(b, name).tobytes()
    ]


def drawn_areas(network: PixelNetwork) -> NDArray[np.bool_]:
    """Pixels of the area runs."""
    pixels = np.zeros((network.height, network.width), bool)
    for row, first, past in network.area_run:
        assert not pixels[row, first:past].any()
        pixels[row, first:past] = True
    return pixels
