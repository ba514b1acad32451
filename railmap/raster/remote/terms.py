"""Licence and attribution of a STAC item, its own or those of its collection."""

from __future__ import annotations

import json
from typing import Any

from railmap.files.web import WebClient, WebFault
from railmap.raster.remote.hosts import is_web, joined, same_server
from railmap.raster.remote.options import SourceOptions

__all__ = ["Terms"]

_MOST_BYTES = 16 * 2**20
# They say only that the text is elsewhere.
_NO_NAMES = ("proprietary", "various", "other")
_LONGEST = 500
_MOST_COLLECTIONS = 100

_Stated = tuple[str | None, str | None]


class Terms:
    """Licences of items; a collection is fetched once.

    Parameters
    ----------
    options
        What the user gives is taken first.
    client
        Fetches collections from the server of their item.
    """

    def __init__(self, options: SourceOptions, client: WebClient) -> None:
        self._options = options
        self._client = client
        self._collections: dict[str, _Stated] = {}

    def of(self, item: dict[str, Any], base: str) -> tuple[str | None, str | None]:
        """Return licence and attribution of an item; None for what nobody states.

        Parameters
        ----------
        item
            A STAC item.
        base
            Its address or file.
        """
        licence, attribution = self._options.licence, self._options.attribution
        properties = item.get("properties")
        own = {**(properties if isinstance(properties, dict) else {}), "links": item.get("links")}
        licence = licence or _licence(own, base)
        attribution = attribution or _providers(own)
        if licence and attribution:
            return licence, attribution
        of_all = self._collection(item, base)
        return licence or of_all[0], attribution or of_all[1]

    def _collection(self, item: dict[str, Any], base: str) -> _Stated:
        for link in _links(item):
            if link.get("rel") == "collection" and is_web(base):
                href = joined(base, link.get("href"))
                if same_server(base, href):
                    return self._fetched(href)
        return None, None

    def _fetched(self, href: str) -> _Stated:
        if href not in self._collections:
            if len(self._collections) >= _MOST_COLLECTIONS:
                return None, None
            try:
                found = json.loads(self._client.get(href, _MOST_BYTES).body)
            except (WebFault, ValueError, RecursionError):
                found = {}
            found = found if isinstance(found, dict) else {}
            self._collections[href] = _licence(found, href), _providers(found)
        return self._collections[href]


def _licence(source: dict[str, Any], base: str) -> str | None:
    name = _text(source.get("license"))
    if name is None:
        return None
    for link in _links(source):
        if link.get("rel") == "license" and isinstance(link.get("href"), str):
            href = joined(base, link["href"])
            return f"{name} {href}" if is_web(href) and len(href) <= _LONGEST else name
    return None if name.lower() in _NO_NAMES else name


def _providers(source: dict[str, Any]) -> str | None:
    providers = source.get("providers")
    if not isinstance(providers, list):
        return None
    named = [(_text(one.get("name")), one) for one in providers if isinstance(one, dict)]
    named = [(name, one) for name, one in named if name]
    first = [(name, one) for name, one in named if _is_origin(one)]
    return _text(", ".join(dict.fromkeys(name or "" for name, _ in first or named)))


def _is_origin(provider: dict[str, Any]) -> bool:
    roles = provider.get("roles")
    return isinstance(roles, list) and ("licensor" in roles or "producer" in roles)


def _text(value: object) -> str | None:
    """Return a text as one line of things that can be written; None if nothing is left."""
    if not isinstance(value, str):
        return None
    line = " ".join(value[: 4 * _LONGEST].split())
    return "".join(letter for letter in line if letter.isprintable())[:_LONGEST].strip() or None


def _links(source: dict[str, Any]) -> list[dict[str, Any]]:
    links = source.get("links")
    return [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
