"""Licence and attribution of a STAC item, its own or those of its collection."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

from railmap.files.web import WebClient, WebFault
from railmap.raster.remote.hosts import is_web, same_server
from railmap.raster.remote.options import SourceOptions

__all__ = ["Terms"]

_MOST_BYTES = 16 * 2**20
# They say only that the text is elsewhere.
_NO_NAMES = ("proprietary", "various", "other")


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
        self._collections: dict[str, dict[str, Any]] = {}

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
        for source in (own, self._collection(item, base)):
            licence = licence or _licence(source, base)
            attribution = attribution or _providers(source)
        return licence, attribution

    def _collection(self, item: dict[str, Any], base: str) -> dict[str, Any]:
        for link in _links(item):
            if link.get("rel") == "collection" and isinstance(link.get("href"), str):
                href = urllib.parse.urljoin(base, link["href"])
                if is_web(base) and same_server(base, href):
                    return self._fetched(href)
        return {}

    def _fetched(self, href: str) -> dict[str, Any]:
        if href not in self._collections:
            try:
                found = json.loads(self._client.get(href, _MOST_BYTES).body)
            except (WebFault, ValueError, RecursionError):
                found = {}
            self._collections[href] = found if isinstance(found, dict) else {}
        return self._collections[href]


def _licence(source: dict[str, Any], base: str) -> str | None:
    name = source.get("license")
    if not isinstance(name, str) or not name.strip():
        return None
    for link in _links(source):
        if link.get("rel") == "license" and isinstance(link.get("href"), str):
            href = urllib.parse.urljoin(base, link["href"])
            return f"{name} {href}" if is_web(href) else name
    return None if name.lower() in _NO_NAMES else name


def _providers(source: dict[str, Any]) -> str | None:
    providers = source.get("providers")
    if not isinstance(providers, list):
        return None
    named = [one for one in providers if isinstance(one, dict) and isinstance(one.get("name"), str)]
    first = [one for one in named if {"licensor", "producer"} & set(one.get("roles") or ())]
    return ", ".join(dict.fromkeys(one["name"] for one in first or named)) or None


def _links(source: dict[str, Any]) -> list[dict[str, Any]]:
    links = source.get("links")
    return [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
