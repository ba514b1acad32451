"""Addresses of map services, as users of GDAL and of QGIS write them."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from railmap.errors import UsageError
from railmap.files.web import hide_secrets

__all__ = ["ServiceAddress", "is_service", "parse_service"]

_PREFIX = re.compile(r"^(wmts|wms):(?!//)", re.IGNORECASE)
_WMTS_OPTION = re.compile(r",(layer|tilematrixset|style|format)=([^,]*)$", re.IGNORECASE)
# What QGIS writes besides, which says how a layer is shown.
_KINDS = ("xyz", "wmts", "wms")


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """The address of a map service.

    Parameters
    ----------
    kind
        ``xyz``, ``wmts`` or ``wms``.
    url
        Template of the tiles (XYZ), address of the capabilities (WMTS) or of the server (WMS).
    options
        Further options, names in lower case: ``layer``, ``style``, ``crs``, ``format`` and so on.
    text
        As the user gave it, without keys and passwords.
    """

    kind: Literal["xyz", "wmts", "wms"]
    url: str
    options: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


def is_service(text: str) -> bool:
    """Return whether a text is the address of a map service and not a file.

    Examples
    --------
    >>> is_service("https://tiles.example/{z}/{x}/{y}.png")
    True
    >>> is_service("https://example.org/ortho.tif")
    False
    """
    return bool(
        _PREFIX.match(text)
        or (_is_web(text) and re.search(r"\{-?[zyq]\}", text))
        or _qgis_values(text)
    )


def parse_service(text: str) -> ServiceAddress:
    """Return the parts of a service's address.

    Parameters
    ----------
    text
        A template of tiles with ``{z}``, ``{x}`` and ``{y}`` (``{-y}`` counts from the south,
        ``{q}`` is a quadkey); ``WMTS:URL,layer=NAME`` and ``WMS:URL?layers=NAME&crs=CODE`` as GDAL
        takes them; or the source of a QGIS layer, ``type=xyz&url=…&zmax=19``.

    Raises
    ------
    UsageError
        If it is incomplete, or what it asks for is not supported.

    Examples
    --------
    >>> parse_service("WMTS:https://example.org/WMTSCapabilities.xml,layer=ortho").options
    {'layer': 'ortho'}
    """
    shown = hide_secrets(text)
    if values := _qgis_values(text):
        address = _from_qgis(values, shown)
    elif match := _PREFIX.match(text):
        rest = text[match.end() :].strip()
        address = _wmts(rest, shown) if match[1].lower() == "wmts" else _wms(rest, shown)
    else:
        address = ServiceAddress("xyz", text.replace("${", "{"), {}, shown)
    if not _is_web(address.url):
        raise UsageError(f"{shown}: the address of a service begins with https:// or http://")
    if not (text.isprintable() and _has_host(address.url)):
        raise UsageError(f"{shown}: is no address of a server")
    if address.kind == "xyz":
        _check_template(address)
    return address


def _has_host(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        return bool(parts.hostname) and parts.port != 0  # asking for the port checks it
    except ValueError:
        return False


def _is_web(text: str) -> bool:
    return text.lower().startswith(("https://", "http://"))


def _qgis_values(text: str) -> dict[str, str]:
    """Return the parts of the source of a QGIS layer; empty if it is none."""
    if "url=" not in text or _is_web(text) or _PREFIX.match(text):
        return {}
    # QGIS leaves blanks and braces as they are where older versions wrote them.
    pairs = urllib.parse.parse_qsl(text, keep_blank_values=True)
    values = {name.lower(): value for name, value in pairs}
    known = values.get("type") == "xyz" or "layers" in values
    return values if known and values.get("url") else {}


def _from_qgis(values: dict[str, str], shown: str) -> ServiceAddress:
    if values.get("authcfg"):
        raise UsageError(
            f"{shown}: its login is stored in QGIS, where railmap cannot read it; write it as"
            " https://USER:PASSWORD@HOST/…"
        )
    url = values["url"]
    if values.get("username"):
        names = (values["username"], values.get("password", ""))
        login = ":".join(urllib.parse.quote(name, safe="") for name in names)
        url = url.replace("://", f"://{login}@", 1)
    referer = values.get("http-header:referer") or values.get("referer") or ""
    common = {"referer": referer} if referer else {}
    if values.get("type") == "xyz":
        zooms = {name: values[name] for name in ("zmin", "zmax") if values.get(name)}
        return ServiceAddress("xyz", url.replace("${", "{"), {**common, **zooms}, shown)
    options = {
        "layer": values["layers"],
        "style": values.get("styles", ""),
        "format": values.get("format", ""),
        "crs": values.get("crs", ""),
        "tilematrixset": values.get("tilematrixset", ""),
    }
    options = {name: value for name, value in options.items() if value} | common
    return ServiceAddress("wmts" if "tilematrixset" in values else "wms", url, options, shown)


def _wmts(rest: str, shown: str) -> ServiceAddress:
    options: dict[str, str] = {}
    while match := _WMTS_OPTION.search(rest):
        options[match[1].lower()] = match[2].strip()
        rest = rest[: match.start()]
    return ServiceAddress("wmts", rest, options, shown)


def _wms(rest: str, shown: str) -> ServiceAddress:
    base, _, query = rest.partition("?")
    options, other = {}, []
    names = {"layers": "layer", "styles": "style", "srs": "crs"}
    for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True):
        lower = name.lower()
        key = names.get(lower, lower)
        if key in ("layer", "style", "crs", "format", "version", "transparent"):
            options[key] = value
        elif lower not in ("service", "request", "bbox", "width", "height"):
            other.append((name, value))
    if not options.get("layer"):
        raise UsageError(f"{shown}: names no layer; write WMS:URL?layers=NAME")
    query = urllib.parse.urlencode(other)
    return ServiceAddress("wms", f"{base}?{query}" if query else base, options, shown)


def _check_template(address: ServiceAddress) -> None:
    url = address.url
    unknown = sorted(set(re.findall(r"\{[^{}]*\}", url)) - {"{z}", "{x}", "{y}", "{-y}", "{q}"})
    if unknown:
        raise UsageError(
            f"{address.text}: {unknown[0]} is not known in a template of tiles; write one of its"
            " values in its place"
        )
    if "{q}" not in url and not ("{z}" in url and "{x}" in url and ("{y}" in url or "{-y}" in url)):
        raise UsageError(f"{address.text}: a template of tiles needs {{z}}, {{x}} and {{y}}")
