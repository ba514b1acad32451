"""Detect truncated TIFFs from their header, without decoding pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from railmap.errors import RasterError

__all__ = ["missing_share"]

# Each is looked up; a raster of 500,000 x 500,000 pixels in tiles of 256 has 4 million.
_MOST_BLOCKS = 5_000_000


def missing_share(dataset: Any) -> float:
    """Return the share of an open raster's blocks that are past the end of its file, 0 to 1.

    Works for TIFFs on disk; 0 for all other rasters.
    """
    path = Path(dataset.name)
    if dataset.driver not in ("GTiff", "COG") or not path.is_file():
        return 0.0
    size = path.stat().st_size
    rows, cols = dataset.block_shapes[0]
    blocks = -(-dataset.height // rows) * -(-dataset.width // cols)
    if blocks > _MOST_BLOCKS:
        raise RasterError(
            f"{path}: states {dataset.width} x {dataset.height} pixels in {blocks} blocks, more"
            f" than {_MOST_BLOCKS // 1_000_000} million; its header is damaged, or save it in"
            " larger tiles"
        )
    # With bands stored one after the other, the last bands are missing first.
    by_pixel = dataset.interleaving is not None and dataset.interleaving.value == "PIXEL"
    bands = (1,) if by_pixel else range(1, dataset.count + 1)
    present = missing = 0
    for band in bands:
        for y in range(-(-dataset.height // rows)):
            for x in range(-(-dataset.width // cols)):
                start = dataset.get_tag_item(f"BLOCK_OFFSET_{x}_{y}", "TIFF", bidx=band)
                if start is None:  # sparse block
                    continue
                length = dataset.get_tag_item(f"BLOCK_SIZE_{x}_{y}", "TIFF", bidx=band)
                past = int(start) + int(length or 0) > size
                missing, present = missing + past, present + (not past)
    return missing / (missing + present) if missing else 0.0
