"""STAC: the images of an item, of an item collection or of a search."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import shapely
import shapely.geometry
from rasterio.crs import CRS

from railmap.errors import InputError, RasterError, UsageError
from railmap.files.inputs import check_input
from railmap.files.web import WebClient, WebFault, hide_secrets
from railmap.progress import Reporter
from railmap.raster.remote.area import Area
from railmap.raster.remote.assets import image_assets, pick_asset
from railmap.raster.remote.hosts import image_of_href, is_web, joined, same_server
from railmap.raster.remote.image import FoundImage
from railmap.raster.remote.options import SourceOptions
from railmap.raster.remote.terms import Terms

__all__ = ["MOST_ITEMS", "find_items", "is_catalogue"]

MOST_ITEMS = 1000
"""Images of a catalogue that one run reads."""

_PREFIX = "stac+"
_MOST_FETCHED = 10_000
# JSON takes twenty times its size in memory.
_MOST_BYTES = 64 * 2**20
_MOST_BYTES_ALL = 128 * 2**20
_MOST_PAGES = 1000
_PAGE = 200
_NEVER = datetime.min.replace(tzinfo=UTC)

Json = dict[str, Any]


def is_catalogue(text: str) -> bool:
    """Return whether a text stands for a STAC document.

    Examples
    --------
    >>> is_catalogue("stac+https://example.org/search?collections=ortho")
    True
    """
    return text.lower().startswith(_PREFIX)


def find_items(
    text: str, area: Area, options: SourceOptions, reporter: Reporter
) -> list[FoundImage]:
    """Return the images of a STAC document, the newest first.

    Parameters
    ----------
    text
        ``stac+URL`` or ``stac+FILE`` of an item, an item collection or a search.
    area
        Items outside it are left out; a search without a box is limited to it.
    options
        Asset, licence and attribution.
    reporter
        Receives the number of images, and a warning on items that are left out.

    Raises
    ------
    InputError
        If there are no items, too many, or none has an image.
    RasterError
        If a document cannot be read, is no STAC, or leads where it must not.
    UsageError
        If the items have several images and none is chosen.
    """
    place = text[len(_PREFIX) :]
    shown = f"{_PREFIX}{hide_secrets(place)}"
    if is_web(place) and not joined("", place):
        raise UsageError(f"{shown}: is no address of a server")
    client = WebClient()
    try:
        shape = area.shape(CRS.from_epsg(4326)) if area else None
        start = _limited(place, shape)
        items = _around(_items(start, shown, client), shape, shown)
        if not items:
            where = " in the area" if shape is not None else ""
            raise InputError(f"{shown}: has no item{where}; check its box, time and collections")
        items.sort(key=lambda item: _name(item[0], "id"))
        items.sort(key=lambda item: _moment(item[0]), reverse=True)
        terms = Terms(options, client)
        images = _images(items, shown, options, terms, reporter)
    finally:
        client.close()
    if not all(image.licence for image in images):
        reporter.warning(f"{shown}: states no licence of its images; the map does not name one")
    reporter.message(f"{shown}: {len(images)} images")
    return images


def _limited(place: str, shape: shapely.Geometry | None) -> str:
    """Return a search that is limited to the area, if it has no limit of its own."""
    if not is_web(place):
        return place
    address = urllib.parse.urlsplit(place)
    if not address.path.rstrip("/").endswith(("/search", "/items")):
        return place
    names = {name.lower() for name, _ in urllib.parse.parse_qsl(address.query)}
    more = {}
    if shape is not None and not names & {"bbox", "intersects", "ids"}:
        more["bbox"] = ",".join(f"{value:.9g}" for value in shape.bounds)
    if "limit" not in names:
        more["limit"] = str(_PAGE)
    query = "&".join(
        part for part in (address.query, urllib.parse.urlencode(more, safe=",")) if part
    )
    return address._replace(query=query).geturl()


def _items(start: str, shown: str, client: WebClient) -> Iterator[tuple[Json, str]]:
    """Yield the items of a document and of its next pages, each with its address."""
    place, body, seen, count = start, None, set(), 0
    left = _MOST_BYTES_ALL
    for _ in range(_MOST_PAGES):
        document, size = _document(place, body, min(left, _MOST_BYTES), shown, client)
        left -= size
        kind = document.get("type")
        if kind == "Feature":
            yield document, _base(document, place)
            return
        if kind != "FeatureCollection" or not isinstance(document.get("features"), list):
            raise _no_items(document, place, shown)
        _check_matched(document, shown)
        for item in document["features"]:
            if not isinstance(item, dict) or item.get("type") != "Feature":
                raise RasterError(f"{shown}: has an entry that is no STAC item")
            count += 1
            yield item, _base(item, place)
        if count > _MOST_FETCHED:
            raise _too_many(f"more than {_MOST_FETCHED:,}", shown)
        following = _next(document, place, body, shown)
        if following is None or not document["features"]:
            return
        place, body = following
        key = f"{place} {json.dumps(body, sort_keys=True)}"
        if key in seen:
            raise RasterError(f"{shown}: its pages lead back to themselves")
        seen.add(key)
    raise _too_many(f"more than {_MOST_PAGES:,} pages of", shown)


def _document(
    place: str, body: Any, most_bytes: int, shown: str, client: WebClient
) -> tuple[Json, int]:
    """Return a document and its size in bytes."""
    try:
        if is_web(place):
            answer = (
                client.get(place, most_bytes)
                if body is None
                else client.post(place, body, most_bytes)
            )
            content = answer.body
        else:
            file = check_input(place, RasterError, what="STAC item in JSON")
            with file.open("rb") as opened:
                content = opened.read(most_bytes + 1)
            if len(content) > most_bytes:
                raise RasterError(f"{shown}: is larger than {most_bytes // 2**20} MB")
        found = json.loads(content)
    except WebFault as fault:
        raise RasterError(f"{shown}: cannot be read: {fault}") from fault
    except OSError as error:
        if isinstance(error, RasterError):
            raise
        raise RasterError(f"{shown}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise RasterError(f"{shown}: is no JSON, so it is no STAC document") from error
    if not isinstance(found, dict):
        raise RasterError(f"{shown}: is no STAC item, item collection or search")
    return found, len(content)


def _base(item: Json, place: str) -> str:
    """Return the address that an item's relative references are relative to."""
    for link in _links(item):
        if _rel(link) == "self" and isinstance(link.get("href"), str):
            own = joined(place, link["href"]) if is_web(place) else place
            # From another server it could widen what the item may lead to.
            return own if is_web(place) and same_server(place, own) else place
    return place


def _no_items(document: Json, place: str, shown: str) -> RasterError:
    kind = document.get("type")
    if kind not in ("Collection", "Catalog"):
        return RasterError(f"{shown}: is no STAC item, item collection or search")
    wanted = {"items", "search"} if is_web(place) else set()
    found = [joined(place, link.get("href")) for link in _links(document) if _rel(link) in wanted]
    remedy = (
        f"give stac+{found[0]}"
        if any(found[:1])
        else "give one of its items, or an item collection"
    )
    return RasterError(f"{shown}: is a {str(kind).lower()}, not its items; {remedy}")


def _check_matched(document: Json, shown: str) -> None:
    context = document.get("context")
    matched = document.get("numberMatched")
    if matched is None and isinstance(context, dict):
        matched = context.get("matched")
    if isinstance(matched, int) and matched > _MOST_FETCHED:
        raise _too_many(f"{matched:,}" if matched < 10**15 else "too many", shown)


def _too_many(count: str, shown: str) -> InputError:
    return InputError(
        f"{shown}: has {count} items, and one run reads at most {MOST_ITEMS:,}; narrow it by"
        " bbox, datetime and collections, or by an area"
    )


def _next(document: Json, place: str, body: Any, shown: str) -> tuple[str, Any] | None:
    for link in _links(document):
        if _rel(link) != "next" or not isinstance(link.get("href"), str):
            continue
        if not is_web(place):
            return None
        href = joined(place, link["href"])
        if not same_server(place, href):
            where = f" ({href[:100]})" if href else ""
            raise RasterError(f"{shown}: its next page is on another server{where}")
        if str(link.get("method", "GET")).upper() != "POST":
            return href, None
        own = link.get("body")
        own = own if isinstance(own, dict) else {}
        return href, {**(body or {}), **own} if link.get("merge") else own or body or {}
    return None


def _links(document: Json) -> list[Json]:
    links = document.get("links")
    return [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []


def _rel(link: Json) -> str:
    rel = link.get("rel")
    return rel if isinstance(rel, str) else ""


def _name(item: Json, key: str) -> str:
    """Return an id as text; "" for what is no text or number."""
    value = item.get(key)
    return str(value) if isinstance(value, str | int | float) else ""


def _around(
    items: Iterator[tuple[Json, str]], shape: shapely.Geometry | None, shown: str
) -> list[tuple[Json, str]]:
    """Return the items that touch the area, each once."""
    kept: dict[tuple[str, str], tuple[Json, str]] = {}
    for item, base in items:
        if shape is not None and not _touches(item, shape):
            continue
        kept[_name(item, "collection"), _name(item, "id")] = item, base
        if len(kept) > MOST_ITEMS:
            raise _too_many(f"more than {MOST_ITEMS:,}", shown)
    return list(kept.values())


def _touches(item: Json, shape: shapely.Geometry) -> bool:
    """Return whether an item's footprint touches the area; True if it has none."""
    try:
        if item.get("geometry"):
            outline = shapely.geometry.shape(item["geometry"])
        elif len(box := list(item.get("bbox") or [])) in (4, 6):
            half = len(box) // 2
            outline = shapely.box(box[0], box[1], box[half], box[half + 1])
        else:
            return True
        return bool(shapely.intersects(shapely.make_valid(shapely.force_2d(outline)), shape))
    except (
        shapely.errors.ShapelyError, ArithmeticError, AttributeError, LookupError, RecursionError,
        TypeError, ValueError,
    ):  # fmt: skip
        return True


def _moment(item: Json) -> datetime:
    text = _taken(item)
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return _NEVER
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _taken(item: Json) -> str | None:
    """Return when an item's image was taken; of a period its end."""
    values = item.get("properties")
    values = values if isinstance(values, dict) else {}
    for name in ("datetime", "end_datetime", "start_datetime"):
        if isinstance(values.get(name), str):
            try:
                datetime.fromisoformat(values[name])
            except ValueError:
                continue
            return str(values[name])
    return None


def _images(
    items: list[tuple[Json, str]],
    shown: str,
    options: SourceOptions,
    terms: Terms,
    reporter: Reporter,
) -> list[FoundImage]:
    images, without = [], 0
    for item, base in items:
        href = pick_asset(item, options.asset, shown)
        if href is None:
            without += 1
            continue
        licence, attribution = terms.of(item, base)
        place = image_of_href(href, base)
        images.append(
            FoundImage(
                place,
                acquired_at=_taken(item),
                licence=licence,
                attribution=attribution,
                alone=is_web(place),
            )
        )
    if not images:
        names = sorted({name for item, _ in items for name in image_assets(item)})
        if options.asset is not None:
            shown_names = ", ".join(names[:8]) or "no images"
            raise UsageError(f"{shown}: has no asset {options.asset!r}, only {shown_names}")
        raise InputError(f"{shown}: none of its {len(items)} items has an image (TIFF, JPEG 2000)")
    if without:
        reporter.warning(f"{shown}: {without} items without such an image are left out")
    return images
