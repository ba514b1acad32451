"""Write the horizontal and vertical alignment of each link, for profiles on the web page."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from railmap.mapping.store.reader import Map
from railmap.publishing.web.chainage import dump_json, shard_of

__all__ = ["write_profiles"]

_HORIZONTAL = ("m_from", "length_m", "start_radius_m", "end_radius_m")
_VERTICAL = (
    "m_from", "length_m", "start_height_m", "start_gradient_permille", "end_gradient_permille",
)  # fmt: skip
_HEIGHTS = ("link_m", "height_m", "terrain_m")
_DECIMALS = 4


def write_profiles(content: Map, folder: Path) -> list[str]:
    """Write ``profiles/XX.json``: alignment segments and heights by link.

    A file maps link ids to ``{"horizontal": [[M, length, start radius, end radius], ...],
    "vertical": [[M, length, height, start gradient, end gradient], ...], "heights": [[M, height,
    height of the terrain], ...]}``: metres and per mille, radii + left and null for straight,
    gradients + uphill in the direction of M. What the map does not have is left out.

    Parameters
    ----------
    content
        The map.
    folder
        The published folder.

    Returns
    -------
    list of str
        The ``XX`` of the files, `shard_of` of the ids in them.
    """
    shards: dict[str, dict[str, dict[str, list[Any]]]] = defaultdict(dict)
    known = set(content.links["link_id"])
    for layer, name, columns, needed in (
        ("alignment_segment", "horizontal", _HORIZONTAL, 2),
        ("vertical_segment", "vertical", _VERTICAL, len(_VERTICAL)),
        ("track_height", "heights", _HEIGHTS, 1),
    ):
        table = content.layers.get(layer)
        if table is None or table.empty:
            continue
        table = pd.DataFrame(table).sort_values(["link_id", "seq"], kind="stable")
        numbers = table[list(columns)].astype(float).round(_DECIMALS)
        numbers = numbers.where(np.isfinite(numbers))
        usable = table["link_id"].isin(known) & numbers[list(columns[:needed])].notna().all(axis=1)
        table, numbers = table[usable], numbers[usable]
        rows = numbers.astype(object).where(numbers.notna(), None).to_numpy().tolist()
        for link_id, row in zip(table["link_id"], rows, strict=True):
            shards[shard_of(link_id)].setdefault(link_id, {}).setdefault(name, []).append(row)
    if shards:
        (folder / "profiles").mkdir()
    for shard in sorted(shards):
        dump_json(folder / "profiles" / f"{shard}.json", shards[shard])
    return sorted(shards)
