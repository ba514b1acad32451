"""XYZ, WMTS and WMS of one GeoTIFF, as real servers have them."""

from __future__ import annotations

import io
import math
import re
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from PIL import Image
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.warp import reproject

from tests.helpers.web_servers import NOT_FOUND, Reply

HALF = math.pi * 6378137.0
_WMTS_PATH = re.compile(r"/wmts/ortho/(\d+)/(\d+)/(\d+)\.png")
_XYZ_PATH = re.compile(r"/xyz(512)?/(\d+)/(\d+)/(\d+)\.(png|jpg)")


class MapService:
    """Answers of a server; `faults` replaces those to the paths for which it gives one."""

    def __init__(self, raster: Path, faults: Callable[[str], Reply | None] | None = None) -> None:
        with rasterio.open(raster) as dataset:
            self._pixels = dataset.read([1, 2, 3])
            self._transform, self._crs = dataset.transform, dataset.crs
        self.faults = faults
        self.most_zoom = 21

    def answer(self, path: str, body: bytes) -> Reply:
        if self.faults is not None and (reply := self.faults(path)) is not None:
            return reply
        if match := _XYZ_PATH.match(path):
            zoom, x, y = (int(match[i]) for i in (2, 3, 4))
            return self._tile(zoom, x, y, 512 if match[1] else 256, match[5])
        if match := _WMTS_PATH.match(path):
            zoom, y, x = (int(match[i]) for i in (1, 2, 3))
            return self._tile(zoom, x, y, 256, "png")
        address = urllib.parse.urlsplit(path)
        query = {k.lower(): v for k, v in urllib.parse.parse_qsl(address.query)}
        if address.path == "/wms":
            return self._picture(query)
        if address.path == "/WMTSCapabilities.xml":
            return Reply(self.capabilities().encode(), "application/xml")
        return NOT_FOUND

    def _tile(self, zoom: int, x: int, y: int, side: int, kind: str) -> Reply:
        size = 2 * HALF / 2**zoom
        transform = Affine(size / side, 0, x * size - HALF, 0, -size / side, HALF - y * size)
        if zoom > self.most_zoom:
            return NOT_FOUND
        return self._image(CRS.from_epsg(3857), transform, side, side, kind)

    def _picture(self, query: dict[str, str]) -> Reply:
        if query["layers"] != "ortho":
            text = (
                '<?xml version="1.0"?><ServiceExceptionReport><ServiceException>'
                f"Layer {query['layers']} is not known</ServiceException></ServiceExceptionReport>"
            )
            return Reply(text.encode(), "application/vnd.ogc.se_xml")
        west, south, east, north = map(float, query["bbox"].split(","))
        width, height = int(query["width"]), int(query["height"])
        transform = Affine((east - west) / width, 0, west, 0, (south - north) / height, north)
        crs = CRS.from_user_input(query.get("srs") or query["crs"])
        return self._image(crs, transform, width, height, "png")

    def _image(self, crs: CRS, transform: Affine, width: int, height: int, kind: str) -> Reply:
        out = np.zeros((4, height, width), np.uint8)
        source = np.concatenate([self._pixels, np.full_like(self._pixels[:1], 255)])
        reproject(
            source, out, src_transform=self._transform, src_crs=self._crs,
            dst_transform=transform, dst_crs=crs, resampling=Resampling.cubic,
        )  # fmt: skip
        out[3] = np.where(out[3] > 127, 255, 0)
        if kind == "png" and not out[3].any():
            return NOT_FOUND
        memory = io.BytesIO()
        image = Image.fromarray(np.moveaxis(out, 0, -1))
        if kind == "png":
            image.save(memory, "PNG", compress_level=1)
        else:
            image.convert("RGB").save(memory, "JPEG", quality=92)
        return Reply(memory.getvalue(), "image/png" if kind == "png" else "image/jpeg")

    def capabilities(self, base: str = "{BASE}") -> str:
        matrices = "".join(
            f"<TileMatrix><ows:Identifier>{zoom}</ows:Identifier>"
            f"<ScaleDenominator>{2 * HALF / 256 / 2**zoom / 0.00028:.12f}</ScaleDenominator>"
            f"<TopLeftCorner>{-HALF} {HALF}</TopLeftCorner>"
            "<TileWidth>256</TileWidth><TileHeight>256</TileHeight>"
            f"<MatrixWidth>{2**zoom}</MatrixWidth><MatrixHeight>{2**zoom}</MatrixHeight>"
            "</TileMatrix>"
            for zoom in range(self.most_zoom + 1)
        )
        layer = "".join(
            f"<Layer><ows:Identifier>{name}</ows:Identifier><Style isDefault='true'>"
            "<ows:Identifier>default</ows:Identifier></Style><Format>image/png</Format>"
            "<TileMatrixSetLink><TileMatrixSet>web</TileMatrixSet></TileMatrixSetLink>"
            f"<ResourceURL format='image/png' resourceType='tile' template='{base}/wmts/{name}/"
            "{TileMatrix}/{TileRow}/{TileCol}.png'/></Layer>"
            for name in ("ortho", "labels")
        )
        return (
            "<?xml version='1.0'?><Capabilities xmlns='http://www.opengis.net/wmts/1.0'"
            " xmlns:ows='http://www.opengis.net/ows/1.1' version='1.0.0'>"
            f"<Contents>{layer}<TileMatrixSet><ows:Identifier>web</ows:Identifier>"
            "<ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>"
            f"{matrices}</TileMatrixSet></Contents></Capabilities>"
        )
