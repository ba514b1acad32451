"""Fetch and decode tiles; read any window of a level of a service as pixels."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader, MemoryFile
from rasterio.windows import Window

from railmap.errors import ServiceError
from railmap.files.web import CONNECTIONS, WebClient, WebFault
from railmap.raster.files import opening
from railmap.raster.remote.cache import TileCache
from railmap.raster.remote.levels import Level

__all__ = ["TileFault", "TileWindow", "Tiles"]

# Formats of tiles; GDAL tells a format by content, and others can name files.
_DRIVERS = ["PNG", "JPEG", "WEBP", "GIF", "BMP"]
_MOST_BYTES = 64 * 2**20
# Decoded pixels that are kept.
_KEPT_PIXELS = 2**26
_KEPT_TILES = 256
# So many tiles in a row without one that is there: the server has stopped serving.
_MOST_REFUSALS = 12

_Tile = NDArray[np.uint8]


class TileFault(OSError):
    """A tile that is not there or cannot be read; its text is the reason.

    Parameters
    ----------
    reason
        The fault in a few words.
    absent
        Whether the server said that there is no such tile.
    """

    def __init__(self, reason: str, absent: bool = False) -> None:
        super().__init__(reason)
        self.absent = absent


class Tiles:
    """The tiles of a service, each fetched once; several threads may ask.

    Parameters
    ----------
    name
        Address of the service for people.
    client, cache
        Fetch and store them.
    """

    def __init__(self, name: str, client: WebClient, cache: TileCache) -> None:
        self.name = name
        self._client = client
        self._cache = cache
        self._workers = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="tiles")
        self._lock = threading.Lock()
        self._found: OrderedDict[str, Future[_Tile]] = OrderedDict()
        self._faults: dict[str, TileFault] = {}
        self._refused = 0
        self._any = False

    def ask(self, level: Level, column: int, row: int) -> Future[_Tile]:
        """Return the ``(4, rows, columns)`` red, green, blue, alpha of a tile when they are there.

        The result raises `TileFault`, or `ServiceError` once the server has stopped serving.
        """
        url = level.url(column, row)
        with self._lock:
            if (fault := self._faults.get(url)) is not None:
                failed: Future[_Tile] = Future()
                failed.set_exception(fault)
                return failed
            if url in self._found:
                self._found.move_to_end(url)
            else:
                self._found[url] = self._workers.submit(self._tile, level, url)
            most = min(_KEPT_TILES, _KEPT_PIXELS // (level.tile_width * level.tile_height))
            if len(self._found) > most:
                oldest = next(iter(self._found))
                if self._found[oldest].done():
                    del self._found[oldest]
            return self._found[url]

    def forget(self) -> None:
        """Forget the faults so far, so that other tiles can be tried."""
        with self._lock:
            self._faults.clear()
            self._found.clear()
            self._refused = 0

    def close(self) -> None:
        """End the work and close the connections."""
        self._workers.shutdown(wait=True, cancel_futures=True)
        self._client.close()
        self._cache.close()

    def _tile(self, level: Level, url: str) -> _Tile:
        stored = self._cache.read(url)
        if stored is not None:
            try:
                return _decode(stored, level)
            except TileFault:
                pass  # damaged in the cache, or of an older answer
        with self._lock:
            if self._refused >= _MOST_REFUSALS:
                raise self._stopped(next(reversed(self._faults.values())))
        try:
            answer = self._client.get(url, _MOST_BYTES)
            tile = _decode(answer.body, level, answer.kind)
        except WebFault as fault:
            raise self._fault(url, TileFault(str(fault), fault.is_absence)) from fault
        except TileFault as fault:
            raise self._fault(url, fault) from fault
        if answer.keep:
            self._cache.write(url, answer.body)
        with self._lock:
            self._refused, self._any = 0, True
        return tile

    def _fault(self, url: str, fault: TileFault) -> Exception:
        with self._lock:
            self._faults[url] = fault
            self._found.pop(url, None)
            self._refused = 0 if fault.absent else self._refused + 1
            if self._refused >= _MOST_REFUSALS:
                return self._stopped(fault)
        return fault

    def _stopped(self, fault: TileFault) -> ServiceError:
        kept = "; what it sent is kept: start again later" if self._any else ""
        return ServiceError(
            f"{self.name}: {_MOST_REFUSALS} tiles in a row failed, the last one: {fault}{kept}"
        )


class TileWindow:
    """Tiles of one level as a raster with four bands: red, green, blue, alpha.

    Parameters
    ----------
    tiles
        Where they come from.
    level
        The level.
    columns, rows
        First and past-last tile.
    """

    def __init__(
        self, tiles: Tiles, level: Level, columns: tuple[int, int], rows: tuple[int, int]
    ) -> None:
        self.tiles = tiles
        self.level = level
        self._columns, self._rows = columns, rows
        self.width = (columns[1] - columns[0]) * level.tile_width
        self.height = (rows[1] - rows[0]) * level.tile_height
        self.block_shapes = [(level.tile_height, level.tile_width)] * 4
        left = level.left + columns[0] * level.tile_width * level.step
        top = level.top - rows[0] * level.tile_height * level.step
        self.transform = Affine(level.step, 0.0, left, 0.0, -level.step, top)

    def close(self) -> None:
        """Do nothing: `tiles` are shared."""

    def read(
        self, bands: int | Sequence[int], *, window: Window, out_shape: tuple[int, ...]
    ) -> NDArray[np.uint8]:
        """Read as `rasterio.DatasetReader.read` does, by the nearest pixels if reduced.

        Raises
        ------
        TileFault
            If a tile is not there.
        ServiceError
            If the server has stopped serving.
        """
        row, col = int(window.row_off), int(window.col_off)
        height, width = int(window.height), int(window.width)
        pixels = self._pixels(row, col, height, width)
        if out_shape[-2:] != (height, width):
            rows = np.arange(out_shape[-2]) * height // out_shape[-2]
            cols = np.arange(out_shape[-1]) * width // out_shape[-1]
            pixels = pixels[:, rows[:, None], cols]
        chosen: NDArray[np.uint8] = pixels[np.asarray(bands) - 1]
        return chosen

    def _pixels(self, row: int, col: int, height: int, width: int) -> NDArray[np.uint8]:
        high, wide = self.level.tile_height, self.level.tile_width
        places = [
            (y, x)
            for y in range(row // high, -(-(row + height) // high))
            for x in range(col // wide, -(-(col + width) // wide))
        ]
        asked = [
            self.tiles.ask(self.level, self._columns[0] + x, self._rows[0] + y) for y, x in places
        ]
        out = np.zeros((4, height, width), np.uint8)
        for (y, x), future in zip(places, asked, strict=True):
            tile = future.result()
            top, left = y * high - row, x * wide - col
            inside = (
                slice(max(0, top), min(height, top + high)),
                slice(max(0, left), min(width, left + wide)),
            )
            part = (
                slice(inside[0].start - top, inside[0].stop - top),
                slice(inside[1].start - left, inside[1].stop - left),
            )
            out[:, *inside] = tile[:, *part]
        return out


def _decode(content: bytes, level: Level, kind: str = "image/png") -> _Tile:
    """Return the pixels of a tile, and 255 or 0 for where it has data."""
    try:
        with rasterio.Env(), MemoryFile(content) as memory:
            with opening():
                dataset = DatasetReader(memory.name, driver=_DRIVERS)
            with dataset:
                if (dataset.width, dataset.height) != (level.tile_width, level.tile_height):
                    raise TileFault(
                        f"a tile of {dataset.width} x {dataset.height} pixels in place of"
                        f" {level.tile_width} x {level.tile_height}"
                    )
                return _rgba(dataset)
    except (RasterioError, CPLE_BaseError) as error:
        raise TileFault(_no_image(content, kind)) from error


def _rgba(dataset: Any) -> _Tile:
    bands = dataset.read()
    if bands.dtype == np.uint16:
        bands = bands >> 8
    kinds = dataset.colorinterp
    if kinds[0] == ColorInterp.palette:
        table = np.zeros((256, 4), np.uint8)
        for index, colour in dataset.colormap(1).items():
            table[index & 255] = colour
        return np.ascontiguousarray(np.moveaxis(table[bands[0]], -1, 0))
    colours = [band for band, kind in zip(bands, kinds, strict=True) if kind != ColorInterp.alpha]
    colours = colours[:3] if len(colours) >= 3 else [colours[0]] * 3
    alpha = np.where(dataset.dataset_mask() > 0, np.uint8(255), np.uint8(0))
    return np.stack([*colours, alpha]).astype(np.uint8)


def _no_image(content: bytes, kind: str) -> str:
    """Return what a server sent in place of an image."""
    if not content:
        return "an empty answer"
    text = content[:4000].decode("utf-8", "replace")
    if kind.startswith("image/") and "<" not in text[:200]:
        return "a damaged image"
    if "ServiceException" in text or "ExceptionText" in text:
        words = _words(text)
        return f"the server says: {words[:120]}" if words else "an error report of the server"
    name = "a web page (HTML)" if "<html" in text.lower() else kind or "something else"
    return f"{name} in place of an image"


def _words(xml: str) -> str:
    """Return the text in an error report, without its tags."""
    inside, words = False, []
    for part in xml.replace("<![CDATA[", "").replace("]]>", "").replace("<", "\0<").split("\0"):
        inside = part.startswith("<")
        words.append(part.partition(">")[2] if inside else part)
    text = " ".join(" ".join(words).split())
    return "".join(letter for letter in text if letter.isprintable())
