"""Pictures of places, cut from the source images where these can be read."""

from __future__ import annotations

import base64
import html
import io
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray
from PIL import Image
from rasterio.crs import CRS

from railmap.errors import RailmapError
from railmap.files.inputs import file_fault
from railmap.mapping.preview.render import draw_patch
from railmap.mapping.store.reader import Map
from railmap.progress import Reporter
from railmap.publishing.exchange.safe_text import xml_text
from railmap.publishing.file_names import file_name
from railmap.publishing.report.markup import Html, text
from railmap.publishing.report.worst import Spot
from railmap.raster import Patch, PixelWindow, open_raster
from railmap.raster.files import inspect_file
from railmap.raster.opening import file_gsd

__all__ = ["Picture", "cut_pictures", "figure"]

_WIDTH, _HEIGHT = 600, 400  # pixels
_FINEST_M = 0.07  # of a pixel: a picture shows 42 m x 28 m
_MOST_ENLARGED = 4.0
_LEAST_VALID = 0.3
_RING = 34  # pixels
_BAR_M = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels around a place.

    Parameters
    ----------
    pixels
        ``(400, 600, 3)`` uint8 RGB with the map drawn over them.
    gsd_m
        Metres per pixel.
    image
        Name of the image; None: the map alone is drawn.
    """

    pixels: NDArray[np.uint8]
    gsd_m: float
    image: str | None


def cut_pictures(
    spots: Sequence[Spot],
    content: Map,
    images: Sequence[str | os.PathLike[str]],
    reporter: Reporter,
) -> list[Picture]:
    """Cut a picture for each place.

    Parameters
    ----------
    spots
        The places.
    content
        The map as it is stored: its images have their folders.
    images
        Images to cut from first; then those that the map names, at their path or beside the map.
        Addresses in the map are not opened.
    reporter
        Receives a warning for each image that cannot be read.
    """
    found: dict[int, Picture] = {}
    wanted = [_wanted(spot, content, images) for spot in spots]
    files = list(dict.fromkeys(file for some in wanted for file in some))
    for file in files:
        here = [i for i, some in enumerate(wanted) if file in some and i not in found]
        if not here:
            continue
        reporter.check()
        try:
            for index, patch in zip(here, _read(file, [spots[i] for i in here], content),
                                    strict=True):  # fmt: skip
                if patch is not None:
                    found[index] = _picture(content, patch, file_name(file))
        except RailmapError as error:
            reporter.warning(f"no pictures from an image: {error}")
    return [
        found.get(index) or _picture(content, _blank(content, spot), None)
        for index, spot in enumerate(spots)
    ]


def _wanted(spot: Spot, content: Map, given: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Return the files that may show a place, in the order in which they are tried."""
    out = [os.fspath(path) for path in given]
    point = shapely.Point(spot.x, spot.y)
    for row in content.layers["source_image"].itertuples():
        shape = row.geom
        if not isinstance(row.uri, str) or shape is None or not shapely.intersects(shape, point):
            continue
        local = "://" not in row.uri and not row.uri.startswith("/vsi")
        beside = Path(content.path).parent / file_name(row.uri)
        for place in (row.uri, beside) if local else (beside,):
            if file_fault(place) is None:
                out.append(os.fspath(place))
                break
    return out


def _read(file: str, spots: Sequence[Spot], content: Map) -> Iterator[Patch | None]:
    """Yield the pixels around each place; None where the image has hardly any."""
    gsd = max(_FINEST_M, file_gsd(inspect_file(file)) / _MOST_ENLARGED)
    with open_raster(file, gsd=gsd, max_gsd=math.inf) as source:
        grid = source.grid
        change = pyproj.Transformer.from_crs(content.crs, grid.crs.to_wkt(), always_xy=True)
        for spot in spots:
            col, row = ~grid.transform @ change.transform(spot.x, spot.y)
            corner = (round(row) - _HEIGHT // 2, round(col) - _WIDTH // 2)
            patch = source.read(PixelWindow(*corner, _HEIGHT, _WIDTH))
            yield patch if patch.mask.mean() >= _LEAST_VALID else None


def _blank(content: Map, spot: Spot) -> Patch:
    west, north = spot.x - _FINEST_M * _WIDTH / 2, spot.y + _FINEST_M * _HEIGHT / 2
    return Patch(
        np.zeros((3, _HEIGHT, _WIDTH), np.uint8),
        np.zeros((_HEIGHT, _WIDTH), np.bool_),
        Affine(_FINEST_M, 0.0, west, 0.0, -_FINEST_M, north),
        CRS.from_wkt(content.crs.to_wkt()),
    )


def _picture(content: Map, patch: Patch, image: str | None) -> Picture:
    corners = [patch.transform @ (x, y) for x in (0, _WIDTH) for y in (0, _HEIGHT)]
    back = pyproj.Transformer.from_crs(patch.crs.to_wkt(), content.crs, always_xy=True)
    xs, ys = back.transform([x for x, _ in corners], [y for _, y in corners])
    box = shapely.box(min(xs), min(ys), max(xs), max(ys)).buffer(1.0)
    near = {name: _near(frame, box) for name, frame in content.layers.items()
            if isinstance(frame, gpd.GeoDataFrame)}  # fmt: skip
    pixels = draw_patch(Map(content.path, content.crs, near), patch)
    return Picture(pixels, float(patch.transform.a), image)


def _near(frame: gpd.GeoDataFrame, box: shapely.Polygon) -> gpd.GeoDataFrame:
    return frame.iloc[np.sort(frame.sindex.query(box))] if len(frame) else frame


def figure(index: int, spot: Spot, picture: Picture) -> Html:
    """Return a picture with its mark, scale bar and caption."""
    data = io.BytesIO()
    Image.fromarray(picture.pixels).save(data, "JPEG", quality=_QUALITY)
    code = base64.b64encode(data.getvalue()).decode()
    ground = _WIDTH * picture.gsd_m
    metres = max((one for one in _BAR_M if one <= ground / 4), default=_BAR_M[0])
    bar = metres / picture.gsd_m
    right, low = _WIDTH - 12, _HEIGHT - 12
    more = f"; {spot.others} more here" if spot.others else ""
    source = (
        f"from {picture.image}" if picture.image else "drawn from the map: no image can be read"
    )
    label = html.escape(xml_text(f"{index}: {spot.title}"))
    return Html(
        f'<figure id="place-{index}" class="{spot.kind}">'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">'
        f'<image href="data:image/jpeg;base64,{code}" width="{_WIDTH}" height="{_HEIGHT}"/>'
        f'<circle class="halo" cx="{_WIDTH / 2:g}" cy="{_HEIGHT / 2:g}" r="{_RING}"/>'
        f'<circle class="ring" cx="{_WIDTH / 2:g}" cy="{_HEIGHT / 2:g}" r="{_RING}"/>'
        f'<path class="halo" d="M{right - bar:.1f} {low}H{right}"/>'
        f'<path class="bar" d="M{right - bar:.1f} {low}H{right}"/>'
        f'<text x="{right - bar / 2:.1f}" y="{low - 8}">{metres} m</text></svg>'
        f"<figcaption><b>{index}. {text(spot.title)}</b>{more}<br>{text(spot.detail)}<br>"
        f"<small>{text(spot.place)}; {text(source)}</small></figcaption></figure>"
    )
