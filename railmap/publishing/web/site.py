"""Publish a map as a folder for any static web server."""

from __future__ import annotations

import html
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from railmap._version import __version__
from railmap.files.folder import MARK, atomic_folder, check_folder
from railmap.mapping.schema import Layer
from railmap.mapping.store.licences import Licence, read_licences
from railmap.mapping.store.own_columns import with_own_columns
from railmap.mapping.store.reader import Map, read_map
from railmap.mapping.style.lookup import layer_rules
from railmap.progress import NullReporter, Reporter
from railmap.publishing.exchange.lonlat import to_lonlat
from railmap.publishing.exchange.user_events import user_events
from railmap.publishing.file_names import file_name, without_paths
from railmap.publishing.web.assets import ASSETS, copy_assets
from railmap.publishing.web.basemaps import Basemap, parse_basemaps
from railmap.publishing.web.before import ortho_source, tile_source, write_before
from railmap.publishing.web.chainage import dump_json, write_chainage
from railmap.publishing.web.changes import survey_changes
from railmap.publishing.web.dark import DARK
from railmap.publishing.web.legend import legend
from railmap.publishing.web.links import content_policy, safe_link
from railmap.publishing.web.ortho import check_ortho
from railmap.publishing.web.pictures import (
    PictureFolder,
    check_photo_folders,
    warn_of_pictures,
    with_pictures,
)
from railmap.publishing.web.profiles import write_profiles
from railmap.publishing.web.search_index import write_search
from railmap.publishing.web.style import DRAWING_ORDER, OVERVIEW_ZOOM, WebStyle
from railmap.publishing.web.tile_processes import write_all_tiles
from railmap.publishing.web.tiles import tile_jobs

__all__ = ["Site", "publish_map"]

_INITIALLY_HIDDEN = ("source_image", "alignment_segment", "railway_line")


@dataclass(frozen=True, slots=True)
class Site:
    """A published map.

    Parameters
    ----------
    path
        The folder.
    layers
        Names of the layers shown.
    size
        Bytes.
    """

    path: Path
    layers: tuple[str, ...]
    size: int

    def summary(self) -> str:
        """Return one line of text."""
        return f"{self.path}: {len(self.layers)} layers, {self.size / 1e6:.1f} MB"


def publish_map(
    path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    ortho: str | os.PathLike[str] | None = None,
    basemaps: Sequence[str] = (),
    photos: Sequence[str | os.PathLike[str]] = (),
    before: str | os.PathLike[str] | None = None,
    before_ortho: str | os.PathLike[str] | None = None,
    title: str | None = None,
    overwrite: bool = False,
    keep_paths: bool = False,
    reporter: Reporter | None = None,
) -> Site:
    """Publish a map as a web page with vector tiles.

    The folder needs no program on the server and loads nothing from other servers, unless
    `basemaps` names some. It appears only when it is complete, and the same map gives the same
    files.

    Parameters
    ----------
    path
        The map.
    output
        The folder to write.
    ortho
        Orthophoto under the map: a raster PMTiles file, or any georeferenced image.
    basemaps
        Maps of other servers that a reader may choose, as ``NAME=URL ATTRIBUTION`` (see
        `parse_basemaps`).
    photos
        Folders with the photos that objects name; those in the map's folder are found anyway.
    before, before_ortho
        Map and orthophoto of an earlier survey, which a slider shows beside those of today. What
        changed between the maps (`compare`) is drawn on both sides.
    title
        Title of the page; by default the map's name.
    overwrite
        Whether `output` may replace a published map.
    keep_paths
        Publish paths as they are in the map; by default only file names, see `without_paths`.
    reporter
        Receives the progress.

    Returns
    -------
    Site
        The folder, its layers and size.

    Raises
    ------
    MapError
        If the map or `before` cannot be read, or the map has nothing to show.
    InputError
        If `ortho`, `before_ortho` or `photos` cannot be used, or `before` is of another place.
    UsageError
        If `basemaps` cannot be used.
    OutputError
        If the folder cannot be written, exists, or has other files.
    MissingExtraError
        If GDAL has no PMTiles driver.
    """
    reporter = reporter or NullReporter()
    grounds = parse_basemaps(basemaps)
    photo_folders = check_photo_folders(photos)
    target = check_folder(output, overwrite=overwrite)
    for image in (ortho, before_ortho):
        if image is not None:
            check_ortho(image)
    earlier = None if before is None else read_map(before)
    whole = read_map(path) if keep_paths else without_paths(read_map(path))
    content, layers = with_own_columns(whole, DRAWING_ORDER)
    events, changes = user_events(content), survey_changes(earlier, content)
    layers |= {one.key: one.layer for one in (*events, *changes)}
    jobs = tile_jobs(content, [*events, *changes])
    bounds = _bounds(content)
    with atomic_folder(target, overwrite=overwrite) as folder:
        pictures = PictureFolder(
            folder / "photos", Path(path).absolute().parent, photo_folders, _orthophotos(content)
        )
        jobs = with_pictures(jobs, pictures, keep_paths=keep_paths, reporter=reporter)
        warn_of_pictures(pictures, asked=bool(photo_folders), reporter=reporter)
        frames = {job.name: job.frame for job in jobs if job.name in layers}
        own = {one.key: one.layer for one in events if one.key in frames}
        changed = {one.key: one.layer for one in changes}
        names = tuple(frames)
        reporter.stage("tiles", len(jobs) + 1, "layers")
        (folder / "tiles").mkdir()
        sources: dict[str, Any] = {}
        tables: dict[str, Any] = {}
        write_all_tiles(
            jobs, folder / "tiles", reporter,
            meanwhile=lambda: tables.update(_write_tables(content, layers, frames, folder)),
        )  # fmt: skip
        sources |= {job.name: tile_source(job, "tiles") for job in jobs}
        if ortho is not None:
            sources["ortho"] = ortho_source(ortho, folder, "tiles/ortho.pmtiles", reporter)
        latitude = (bounds[1] + bounds[3]) / 2
        past = write_before(earlier, before_ortho, folder, latitude, reporter, changed)
        if past is not None:
            past["sources"] |= {key: sources[key] for key in changed}
        style = WebStyle(names, latitude, changed | own)
        name = title or Path(path).stem
        description = {
            "generator": f"railmap {__version__}",
            "title": name,
            "bounds": bounds,
            "overview_zoom": OVERVIEW_ZOOM,
            "layers": [
                {
                    "name": entry,
                    "legend": legend(
                        layer_rules(layers[entry]),
                        frames[entry],
                        mixed=layers[entry].geometry == "GEOMETRY",
                    ),
                    "on": entry not in _INITIALLY_HIDDEN,
                    "count": len(frames[entry]),
                    "box": _box(content, frames[entry]),
                }
                | ({"title": own[entry].name} if entry in own else {})
                for entry in (*changed, *own, *reversed(DRAWING_ORDER))
                if entry in names
            ],
            "columns": {entry: _columns(layers[entry]) for entry in names},
            **tables,
            "basemaps": [
                {"name": one.name, "url": one.url, "attribution": one.attribution}
                for one in grounds
            ],
            "attribution": [
                {"text": licence.attribution, "url": safe_link(licence.url)}
                for licence in _licences(path, before)
            ],
        }
        style_json = {
            "sources": sources,
            "icons": style.icons,
            "layers": style.layers,
            "dark": DARK,
        }
        if past is not None:
            style_json["before"] = past
        dump_json(folder / MARK, description)
        dump_json(folder / "style.json", style_json)
        _write_page(folder, name, grounds)
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Site(target, tuple(own[name].name if name in own else name for name in names), size)


def _bounds(content: Map) -> list[float]:
    """Return west, south, east, north of the links, else of the images, in degrees."""
    for name in ("railway_link", "source_image"):
        frame: Any = content.layers[name]
        box = _box(content, frame)
        if box:
            return box
    return [-180.0, -60.0, 180.0, 75.0]


def _box(content: Map, frame: Any) -> list[float] | None:
    """Return west, south, east, north of a layer in degrees; None if it is nowhere."""
    box = np.asarray(frame.total_bounds) if len(frame) else np.full(4, np.nan)
    if not np.isfinite(box).all():
        return None
    x0, y0, x1, y1 = box
    corners = to_lonlat(content.crs, [(x0, y0), (x0, y1), (x1, y0), (x1, y1)])
    return [*corners.min(axis=0).round(9).tolist(), *corners.max(axis=0).round(9).tolist()]


def _columns(layer: Layer) -> dict[str, list[str]]:
    return {column.name: [column.description, column.unit] for column in layer.columns}


def _licences(*paths: str | os.PathLike[str] | None) -> list[Licence]:
    """Return the licences of maps, each once."""
    found = [one for path in paths if path is not None for one in read_licences(path)]
    return list(dict.fromkeys(found))


def _orthophotos(content: Map) -> list[str]:
    return [file_name(uri) for uri in content.layers["source_image"]["uri"] if isinstance(uri, str)]


def _write_tables(
    content: Map,
    layers: Mapping[str, Layer],
    frames: Mapping[str, gpd.GeoDataFrame],
    folder: Path,
) -> dict[str, Any]:
    """Write chainages, profiles and the search index; return their indices."""
    lines = write_chainage(content, folder)
    found = write_search(content, {name: (layers[name], frames[name]) for name in frames}, folder)
    return {"lines": lines, "search": found, "profiles": write_profiles(content, folder)}


def _write_page(folder: Path, title: str, basemaps: Sequence[Basemap]) -> None:
    copy_assets(folder / "assets")
    tags = [
        f'<link rel="stylesheet" href="assets/{asset.name}">'
        if asset.name.endswith(".css")
        else f'<script src="assets/{asset.name}" defer></script>'
        for asset in ASSETS
    ]
    for source in (files("railmap.publishing.web") / "page").iterdir():
        text = source.read_text(encoding="utf-8")
        if source.name == "index.html":
            text = text.replace("{{policy}}", content_policy(one.origin for one in basemaps))
            text = text.replace("{{title}}", html.escape(title))
            text = text.replace("{{assets}}", "\n".join(tags))
        place = folder if source.name == "index.html" else folder / "assets"
        (place / source.name).write_text(text, encoding="utf-8")
