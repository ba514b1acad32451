"""Basemaps of other servers that the publisher names for the page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from railmap.errors import UsageError

__all__ = ["Basemap", "parse_basemaps"]

_FORM = "NAME=https://HOST/{z}/{x}/{y}.png ATTRIBUTION"
_PARTS = re.compile(r"([^=]*)=(\S+)(?:\s+(.*))?", re.DOTALL)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_TILES, _WMS = {"z", "x", "y"}, {"bbox-epsg-3857"}
# Nothing that would be a second source, a wildcard or the end of a rule in the policy.
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Basemap:
    """Raster tiles of another server.

    Parameters
    ----------
    name
        What the reader chooses.
    url
        Address of a tile with ``{z}``, ``{x}`` and ``{y}`` (tiles of 256 pixels in Web Mercator),
        or of a WMS picture with ``{bbox-epsg-3857}``.
    attribution
        Plain text shown while the basemap is.
    """

    name: str
    url: str
    attribution: str

    @property
    def origin(self) -> str:
        """Scheme, host and port: all that the page may load from."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}".lower()


def parse_basemaps(texts: Iterable[str]) -> list[Basemap]:
    """Read basemaps from ``NAME=URL ATTRIBUTION``.

    Raises
    ------
    UsageError
        If a text has another form, or two basemaps have the same name.

    Examples
    --------
    >>> parse_basemaps(["Aerial=https://tiles.example.org/{z}/{x}/{y}.jpg © Example Survey"])
    [Basemap(name='Aerial', url='https://tiles.example.org/{z}/{x}/{y}.jpg', \
attribution='© Example Survey')]
    """
    found = [_parse(text) for text in texts]
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two basemaps are called {name}; give them different names")
    return found


def _parse(text: str) -> Basemap:
    parts = _PARTS.fullmatch(text.strip())
    name, url, attribution = (part or "" for part in parts.groups()) if parts else ("", "", "")
    name, attribution = name.strip(), " ".join(attribution.split())
    if not (name and url and name.isprintable() and attribution.isprintable()):
        raise UsageError(f"basemap {text!r}: write {_FORM}")
    _check_address(name, url)
    if not attribution:
        raise UsageError(
            f"basemap {name}: write whose data it is after the address, such as © Example Survey"
        )
    return Basemap(name, url, attribution)


def _check_address(name: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        host = parts.netloc.lower()
    except ValueError as error:
        raise UsageError(f"basemap {name}: {url} is not an address") from error
    if parts.scheme not in ("http", "https"):
        raise UsageError(f"basemap {name}: the address must begin with https:// or http://")
    if "@" in host:
        raise UsageError(f"basemap {name}: the address has a password, which would be published")
    if not _HOST.fullmatch(host):
        raise UsageError(
            f"basemap {name}: {host or 'nothing'} is not one host; placeholders and letters"
            " outside ASCII are not possible there"
        )
    if set(_PLACEHOLDER.findall(url)) not in (_TILES, _WMS) or not url.isprintable():
        raise UsageError(
            f"basemap {name}: the address needs {{z}}, {{x}} and {{y}}, or {{bbox-epsg-3857}} for a"
            " WMS, and no other placeholder"
        )
