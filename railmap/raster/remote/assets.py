"""Which asset of a STAC item is the image."""

from __future__ import annotations

from typing import Any

from railmap.errors import Option, UsageError

__all__ = ["image_assets", "pick_asset"]

_TYPES = ("image/tiff", "image/geotiff", "image/vnd.stac.geotiff", "image/jp2")
_SUFFIXES = (".tif", ".tiff", ".jp2")
_NOT_DATA = {"thumbnail", "overview", "metadata"}
_SHOWN = 8


def image_assets(item: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the assets of an item that are georeferenced images, by name.

    Parameters
    ----------
    item
        A STAC item.
    """
    assets = item.get("assets")
    if not isinstance(assets, dict):
        return {}
    return {str(name): asset for name, asset in assets.items() if _is_image(asset)}


def pick_asset(item: dict[str, Any], wanted: str | None, shown: str) -> str | None:
    """Return the address of an item's image; None if it has none.

    Parameters
    ----------
    item
        A STAC item.
    wanted
        Name of the asset; None takes the only image, else the one for viewing, else the only one
        whose role is data.
    shown
        Name of the catalogue, for messages.

    Raises
    ------
    UsageError
        If there are several and none is chosen.
    """
    images = image_assets(item)
    if wanted is not None:
        assets = item.get("assets")
        asset: Any = assets.get(wanted) if isinstance(assets, dict) else None
        return str(asset["href"]) if _has_href(asset) else None
    if not images:
        return None
    choices = (
        images,
        {n: a for n, a in images.items() if n == "visual" or "visual" in _roles(a)},
        {n: a for n, a in images.items() if "data" in _roles(a)},
    )
    for some in choices:
        if len(some) == 1:
            return str(next(iter(some.values()))["href"])
    names = ", ".join(map(_line, list(images)[:_SHOWN])) + (", …" if len(images) > _SHOWN else "")
    raise UsageError(
        f"{shown}: its item {_line(item.get('id'))} has several images ({names}); choose one with ",
        Option("asset", "NAME"),
    )


def _has_href(asset: Any) -> bool:
    return isinstance(asset, dict) and isinstance(asset.get("href"), str) and bool(asset["href"])


def _is_image(asset: Any) -> bool:
    if not _has_href(asset) or _NOT_DATA & _roles(asset):
        return False
    kind = asset.get("type")
    if isinstance(kind, str):
        return kind.lower().startswith(_TYPES)
    return bool(asset["href"].partition("?")[0].lower().endswith(_SUFFIXES))


def _roles(asset: dict[str, Any]) -> set[str]:
    roles = asset.get("roles")
    return {role for role in roles if isinstance(role, str)} if isinstance(roles, list) else set()


def _line(name: object) -> str:
    """Return a name of a stranger's document for a message."""
    text = name[:60] if isinstance(name, str) else ""
    return text if text.isprintable() else ascii(text)
