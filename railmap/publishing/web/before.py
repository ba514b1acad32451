"""Tiles and style of an earlier survey, which the page shows beside the map with a slider."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from railmap.mapping.schema import Layer
from railmap.mapping.store.reader import Map
from railmap.progress import Reporter
from railmap.publishing.web.ortho import write_ortho
from railmap.publishing.web.style import WebStyle
from railmap.publishing.web.tile_processes import write_all_tiles
from railmap.publishing.web.tiles import TileJob, tile_jobs

__all__ = ["ortho_source", "tile_source", "write_before"]

# What an earlier survey is compared by; its events would be taken for those of today.
_LAYERS = ("railway_link", "railway_node")


def tile_source(job: TileJob, folder: str) -> dict[str, Any]:
    """Return the source of vector tiles in a folder of the page."""
    return {
        "type": "vector",
        "file": f"{folder}/{job.name}.pmtiles",
        "minzoom": job.first,
        "maxzoom": job.last,
    }


def ortho_source(
    path: str | os.PathLike[str], root: Path, file: str, reporter: Reporter
) -> dict[str, Any]:
    """Write the tiles of an orthophoto to ``root / file`` and return their source."""
    reporter.stage("orthophoto", 1)
    first, last = write_ortho(path, root / file, reporter)
    return {"type": "raster", "file": file, "minzoom": first, "maxzoom": last, "tileSize": 512}


def write_before(
    content: Map | None,
    ortho: str | os.PathLike[str] | None,
    root: Path,
    latitude: float,
    reporter: Reporter,
    changed: Mapping[str, Layer],
) -> dict[str, Any] | None:
    """Write ``tiles/before`` and return its style; None if there is nothing to show.

    Parameters
    ----------
    content
        Map of the earlier survey; its tracks, switches and nodes are shown.
    ortho
        Orthophoto of the earlier survey.
    root
        The published folder.
    latitude
        Degrees, for the scale of the symbols.
    reporter
        Receives the progress.
    changed
        Layers of changes that are drawn too, from the tiles of the map itself.

    Returns
    -------
    dict or None
        ``sources``, ``icons`` and ``layers`` as in ``style.json``.
    """
    if content is None and ortho is None:
        return None
    folder = root / "tiles" / "before"
    folder.mkdir()
    jobs = tile_jobs(content) if content is not None else []
    jobs = [job for job in jobs if job.name in (*_LAYERS, "overview")]
    reporter.stage("tiles", len(jobs) + 1, "layers")
    write_all_tiles(jobs, folder, reporter, meanwhile=lambda: None)
    sources = {job.name: tile_source(job, "tiles/before") for job in jobs}
    if ortho is not None:
        sources["ortho"] = ortho_source(ortho, root, "tiles/before/ortho.pmtiles", reporter)
    style = WebStyle([name for name in _LAYERS if name in sources], latitude, changed)
    return {"sources": sources, "icons": style.icons, "layers": style.layers}
