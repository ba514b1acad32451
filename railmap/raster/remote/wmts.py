"""WMTS: the levels of a layer, from the capabilities of its server."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from xml.etree import ElementTree

import pyproj
import pyproj.exceptions
from rasterio.crs import CRS
from rasterio.errors import CRSError

from railmap.errors import RasterError, UsageError
from railmap.files.web import WebClient, WebFault
from railmap.raster.remote.address import ServiceAddress
from railmap.raster.remote.levels import Level

__all__ = ["wmts_levels"]

_MOST_BYTES = 32 * 2**20
_MOST_LEVELS = 200
_LONGEST_ADDRESS = 4000
# Pixels on the ground from micrometres to the Earth, in metres or degrees.
_STEPS = (1e-9, 1e8)
_FAR = 1e9
_PIXEL_M = 0.00028
_WMTS, _OWS = "{http://www.opengis.net/wmts/1.0}", "{http://www.opengis.net/ows/1.1}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_FORMATS = ("image/png", "image/jpeg", "image/webp", "image/gif")


def wmts_levels(address: ServiceAddress, client: WebClient) -> list[Level]:
    """Return the levels of a WMTS layer.

    Parameters
    ----------
    address
        Of the kind ``wmts``; its option ``layer`` may be left out where there is one only.
    client
        Fetches the capabilities.

    Raises
    ------
    RasterError
        If the capabilities cannot be fetched or read, or lead to other places than web servers.
    UsageError
        If it has no such layer, style or tile matrix set.
    """
    root = _capabilities(address, client)
    contents = root.find(f"{_WMTS}Contents")
    layers = {} if contents is None else _by_name(contents, "Layer")
    if contents is None or not layers:
        raise RasterError(f"{address.text}: its capabilities name no layer")
    layer = layers[_chosen(address, "layer", list(layers))]
    links = {
        _text(link, f"{_WMTS}TileMatrixSet"): link
        for link in layer.findall(f"{_WMTS}TileMatrixSetLink")
    }
    sets = {name: one for name, one in _by_name(contents, "TileMatrixSet").items() if name in links}
    if not sets:
        raise RasterError(f"{address.text}: its capabilities name no tile matrix set of the layer")
    name = _chosen(address, "tilematrixset", _preferred(list(sets), sets), ambiguous=True)
    crs, swapped = _crs(address, _text(sets[name], f"{_OWS}SupportedCRS"))
    template = _Template(address, root, layer, name)
    limits = _limits(links[name])
    levels = []
    matrices = sets[name].findall(f"{_WMTS}TileMatrix")
    if len(matrices) > _MOST_LEVELS:
        raise RasterError(f"{address.text}: has more than {_MOST_LEVELS} levels")
    for matrix in matrices:
        try:
            levels.append(_level(matrix, crs, swapped, template, limits))
        except (ValueError, IndexError) as error:
            raise RasterError(f"{address.text}: a tile matrix of {name} is not readable") from error
    if not levels:
        raise RasterError(f"{address.text}: the tile matrix set {name} has no levels")
    return levels


def _capabilities(address: ServiceAddress, client: WebClient) -> ElementTree.Element:
    url = address.url
    if "?" not in url and not url.lower().endswith(".xml"):
        url += "?SERVICE=WMTS&REQUEST=GetCapabilities&VERSION=1.0.0"
    elif "?" in url and "request=" not in url.lower():
        url += "&SERVICE=WMTS&REQUEST=GetCapabilities&VERSION=1.0.0"
    try:
        answer = client.get(url, _MOST_BYTES)
    except WebFault as fault:
        raise RasterError(f"{address.text}: its capabilities cannot be read: {fault}") from fault
    if b"<!ENTITY" in answer.body:
        raise RasterError(f"{address.text}: its capabilities declare entities, which is refused")
    try:
        root = ElementTree.fromstring(answer.body)
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as error:
        raise RasterError(
            f"{address.text}: its capabilities are no XML but {answer.kind or 'something else'}"
        ) from error
    if root.tag != f"{_WMTS}Capabilities":
        what = root.tag.rpartition("}")[2]
        raise RasterError(f"{address.text}: leads to {what} and not to the capabilities of a WMTS")
    return root


class _Template:
    """The address of a layer's tiles: RESTful where the layer has one, else as key and value."""

    def __init__(
        self,
        address: ServiceAddress,
        root: ElementTree.Element,
        layer: ElementTree.Element,
        tiles: str,
    ) -> None:
        self._address = address
        style = self._style(layer)
        formats = [one.text or "" for one in layer.findall(f"{_WMTS}Format")]
        format_ = self._format(formats)
        resources = {
            one.get("format", ""): one.get("template", "")
            for one in layer.findall(f"{_WMTS}ResourceURL")
            if one.get("resourceType") == "tile"
        }
        if resources:
            url = resources.get(format_) or next(iter(resources.values()))
            fixed = {"{style}": style, "{tilematrixset}": tiles}
            for one in layer.findall(f"{_WMTS}Dimension"):
                name = _text(one, f"{_OWS}Identifier")
                fixed[f"{{{name.lower()}}}"] = _text(one, f"{_WMTS}Default")
        else:
            url = _get_tile(root)
            values = {
                "SERVICE": "WMTS", "REQUEST": "GetTile", "VERSION": "1.0.0",
                "LAYER": _text(layer, f"{_OWS}Identifier"), "STYLE": style, "FORMAT": format_,
                "TILEMATRIXSET": tiles,
            }  # fmt: skip
            url = url.rstrip("?&") + ("&" if "?" in url.rstrip("?&") else "?")
            url += urllib.parse.urlencode(values)
            url += "&TILEMATRIX={TileMatrix}&TILEROW={TileRow}&TILECOL={TileCol}"
            fixed = {}
        if not url.lower().startswith(("https://", "http://")):
            raise RasterError(
                f"{address.text}: its capabilities lead to {url[:60] or 'no tiles'}, which is no"
                " web server"
            )
        if len(url) > _LONGEST_ADDRESS:
            raise RasterError(f"{address.text}: the address of its tiles is too long")
        self._url = _replaced(url, fixed)

    def __call__(self, matrix: str, column: int, row: int) -> str:
        values = {"{tilematrix}": matrix, "{tilecol}": str(column), "{tilerow}": str(row)}
        return _replaced(self._url, values)

    def _style(self, layer: ElementTree.Element) -> str:
        styles = layer.findall(f"{_WMTS}Style")
        names = [_text(style, f"{_OWS}Identifier") for style in styles]
        default = [
            name
            for name, style in zip(names, styles, strict=True)
            if style.get("isDefault") == "true"
        ]
        if not names or (names == [""] and not self._address.options.get("style")):
            return self._address.options.get("style", "")
        return _chosen(self._address, "style", [*default[:1], *names], ambiguous=True)

    def _format(self, formats: list[str]) -> str:
        wanted = self._address.options.get("format", "")
        if wanted:
            return wanted
        return next(
            (one for one in _FORMATS if one in formats), formats[0] if formats else "image/png"
        )


def _replaced(url: str, values: dict[str, str]) -> str:
    """Replace the parts in braces, whatever their case is."""
    for name, value in values.items():
        at = url.lower().find(name)
        while at >= 0:
            quoted = urllib.parse.quote(value, safe="")
            url = url[:at] + quoted + url[at + len(name) :]
            at = url.lower().find(name, at + len(quoted))
    return url


def _get_tile(root: ElementTree.Element) -> str:
    for operation in root.iter(f"{_OWS}Operation"):
        if operation.get("name") == "GetTile":
            for get in operation.iter(f"{_OWS}Get"):
                values = {value.text for value in get.iter(f"{_OWS}Value")}
                if not values or "KVP" in values:
                    return get.get(_XLINK, "")
    return ""


def _level(
    matrix: ElementTree.Element,
    crs: CRS,
    swapped: bool,
    template: _Template,
    limits: dict[str, tuple[tuple[int, int], tuple[int, int]]],
) -> Level:
    name = _text(matrix, f"{_OWS}Identifier")
    corner = [float(part) for part in _text(matrix, f"{_WMTS}TopLeftCorner").split()]
    left, top = (corner[1], corner[0]) if swapped else (corner[0], corner[1])
    step = float(_text(matrix, f"{_WMTS}ScaleDenominator")) * _PIXEL_M / _metres_of_unit(crs)
    width, height, columns, rows = (
        int(_text(matrix, f"{_WMTS}{part}"))
        for part in ("TileWidth", "TileHeight", "MatrixWidth", "MatrixHeight")
    )
    if not (0 < width <= 4096 and 0 < height <= 4096 and columns > 0 and rows > 0):
        raise ValueError(name)
    if not (_STEPS[0] <= step <= _STEPS[1] and abs(left) <= _FAR and abs(top) <= _FAR):
        raise ValueError(name)  # NaN too
    found = limits.get(name, ((0, columns), (0, rows)))
    return Level(
        name, crs, left, top, step, width, height, *found,
        lambda column, row: template(name, column, row),
    )  # fmt: skip


def _limits(link: ElementTree.Element) -> dict[str, tuple[tuple[int, int], tuple[int, int]]]:
    found = {}
    for one in link.iter(f"{_WMTS}TileMatrixLimits"):
        try:
            first, last, top, bottom = (
                int(_text(one, f"{_WMTS}{part}"))
                for part in ("MinTileCol", "MaxTileCol", "MinTileRow", "MaxTileRow")
            )
        except ValueError:
            continue
        found[_text(one, f"{_WMTS}TileMatrix")] = ((first, last + 1), (top, bottom + 1))
    return found


def _crs(address: ServiceAddress, text: str) -> tuple[CRS, bool]:
    """Return the CRS, and whether its first coordinate is the northing or latitude."""
    try:
        if "900913" in text:  # as Google Maps, before it had a code
            return CRS.from_epsg(3857), False
        known = pyproj.CRS.from_user_input(text)
        north_first = bool(known.axis_info) and known.axis_info[0].direction == "north"
        # A code without "urn:" is by tradition x, y.
        return CRS.from_user_input(text), north_first and text.lower().startswith(("urn:", "http"))
    except (CRSError, pyproj.exceptions.CRSError, ValueError) as error:
        raise RasterError(f"{address.text}: {text[:60]!r} is no CRS that PROJ knows") from error


def _metres_of_unit(crs: CRS) -> float:
    """Return the metres of a unit of a CRS as WMTS defines them: 111 319.49 a degree."""
    if crs.is_geographic:
        return 111319.49079327358
    return float(crs.linear_units_factor[1])


def _preferred(names: list[str], sets: dict[str, ElementTree.Element]) -> list[str]:
    """Return the tile matrix sets in metres first: no others are needed for most layers."""
    geographic = {n for n in names if "4326" in _text(sets[n], f"{_OWS}SupportedCRS")}
    return [n for n in names if n not in geographic] + [n for n in names if n in geographic]


def _chosen(address: ServiceAddress, option: str, names: list[str], ambiguous: bool = False) -> str:
    """Return what the address asks for among names; without a wish the only or first one."""
    wanted = address.options.get(option, "")
    if wanted in names:
        return wanted
    shown = ", ".join(one[:60] if one.isprintable() else ascii(one[:60]) for one in names[:8]) + (
        ", …" if len(names) > 8 else ""
    )
    if wanted:
        raise UsageError(f"{address.text}: has no {option} {wanted!r}, only {shown}")
    if len(names) > 1 and not ambiguous:
        raise UsageError(f"{address.text}: has several layers; add ,layer=NAME, one of {shown}")
    return names[0]


def _by_name(parent: ElementTree.Element, tag: str) -> dict[str, ElementTree.Element]:
    return {_text(one, f"{_OWS}Identifier"): one for one in _children(parent, tag)}


def _children(parent: ElementTree.Element, tag: str) -> Iterator[ElementTree.Element]:
    yield from parent.findall(f"{_WMTS}{tag}")


def _text(parent: ElementTree.Element, path: str) -> str:
    return (parent.findtext(path) or "").strip()
