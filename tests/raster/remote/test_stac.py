"""STAC documents as lists of images; a server on loopback, the images themselves are not opened."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pystac
import pytest
import shapely

from railmap.errors import InputError, RailmapError, RasterError, UsageError
from railmap.progress import NullReporter
from railmap.raster.remote.area import Area
from railmap.raster.remote.image import FoundImage
from railmap.raster.remote.options import SourceOptions
from railmap.raster.remote.stac import find_items
from tests.helpers.web_servers import NOT_FOUND, Reply, WebServer, web_server

COG = "image/tiff; application=geotiff; profile=cloud-optimized"
BOX = (8.0, 50.0, 8.1, 50.1)


def item(
    name: str,
    day: str = "2024-05-01",
    href: str = "ortho.tif",
    box: tuple[float, ...] = BOX,
    **more: Any,
) -> dict[str, Any]:
    found = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": name,
        "geometry": shapely.geometry.mapping(shapely.box(*box)),
        "bbox": list(box),
        "properties": {"datetime": f"{day}T10:00:00Z"},
        "links": [],
        "assets": {"image": {"href": href, "type": COG, "roles": ["data"]}},
        **more,
    }
    pystac.Item.from_dict(json.loads(json.dumps(found)))
    return found


def collection(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(items), "links": [], **more}


def found_in(
    place: object, area: Path | None = None, reporter: NullReporter | None = None, **options: Any
) -> list[FoundImage]:
    return find_items(
        f"stac+{place}", Area(area, None), SourceOptions(**options), reporter or NullReporter()
    )


def written(folder: Path, document: Any, name: str = "items.json") -> Path:
    (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return folder / name


def replying(pages: Callable[[WebServer, str, bytes], Any]) -> Any:
    def answer(path: str, body: bytes) -> Reply:
        found = pages(server, path, body)
        return NOT_FOUND if found is None else Reply(json.dumps(found).encode(), "application/json")

    context = web_server(answer)
    server = context.__enter__()
    return context, server


@pytest.fixture
def serve():
    contexts = []

    def start(pages: Callable[[WebServer, str, bytes], Any]) -> WebServer:
        context, server = replying(pages)
        contexts.append(context)
        return server

    yield start
    for context in contexts:
        context.__exit__(None, None, None)


def test_a_local_collection_newest_first(tmp_path: Path) -> None:
    items = [item("a", "2022-01-01", "a.tif"), item("c", "2024-01-01", "./sub/c.tif"),
             item("b", "2023-01-01", "b.tif")]  # fmt: skip
    images = found_in(written(tmp_path, collection(*items)), licence="mine")
    names = [Path(image.uri).relative_to(tmp_path).as_posix() for image in images]
    assert names == ["sub/c.tif", "b.tif", "a.tif"]
    assert images[0].acquired_at == "2024-01-01T10:00:00Z"
    assert not any(image.alone for image in images)


def test_a_search_follows_its_pages_and_is_limited_to_the_area(serve, tmp_path: Path) -> None:
    area = tmp_path / "area.geojson"
    gpd.GeoSeries([shapely.box(8.02, 50.02, 8.03, 50.03)], crs="EPSG:4326").to_file(area)

    def pages(server: WebServer, path: str, body: bytes) -> Any:
        if path.startswith("/search"):
            link = {"rel": "next", "href": "/more?token=2"}
            far = item("far", box=(9.0, 50.0, 9.1, 50.1))
            return collection(item("one", "2020-01-01"), far, links=[link])
        if path == "/more?token=2":
            link = {"rel": "next", "href": "/post", "method": "POST", "body": {"token": 3}}
            return collection(item("two", "2021-01-01"), links=[link])
        if path == "/post":
            assert json.loads(body) == {"token": 3}
            return collection(item("three", "2022-01-01", "https://192.0.2.1.example/x.tif"))
        return None

    server = serve(pages)
    reporter = NullReporter()
    images = found_in(f"{server.url}/search?collections=o", area, reporter)
    assert [image.uri for image in images] == [
        "https://192.0.2.1.example/x.tif", f"{server.url}/ortho.tif", f"{server.url}/ortho.tif",
    ]  # fmt: skip
    assert server.asked[0][1].startswith("/search?collections=o&bbox=8.02,50.02,8.03,50.03")
    assert all(image.alone and "empty_dir=yes" in image.gdal_name for image in images)
    assert reporter.warnings == [
        f"stac+{server.url}/search?collections=o: states no licence of its images; the map does"
        " not name one"
    ]


def test_licence_and_attribution_of_the_collection(serve) -> None:
    def pages(server: WebServer, path: str, body: bytes) -> Any:
        if path == "/collections/o":
            return {
                "type": "Collection",
                "license": "proprietary",
                "links": [{"rel": "license", "href": "https://example.org/terms"}],
                "providers": [{"name": "Survey", "roles": ["licensor"]}, {"name": "Cloud"}],
            }
        return item("a", links=[{"rel": "collection", "href": "/collections/o"}])

    (image,) = found_in(f"{serve(pages).url}/items/a.json")
    assert image.licence == "proprietary https://example.org/terms"
    assert image.attribution == "Survey"


def several(**assets: Any) -> dict[str, Any]:
    return item(
        "a", assets={name: {"href": f"{name}.tif", **value} for name, value in assets.items()}
    )


@pytest.mark.parametrize(
    ("assets", "options", "expected"),
    [
        ({"visual": {"type": COG}, "B02": {"type": COG, "roles": ["data"]}}, {}, "visual.tif"),
        ({"b": {"type": COG}, "small": {"type": COG, "roles": ["overview"]}}, {}, "b.tif"),
        ({"a": {"type": COG}, "b": {"type": COG}}, {"asset": "b"}, "b.tif"),
        ({"a": {}, "meta": {"type": "application/json"}}, {}, "a.tif"),
    ],
)
def test_the_asset(tmp_path: Path, assets: Any, options: Any, expected: str) -> None:
    (image,) = found_in(written(tmp_path, several(**assets)), **options)
    assert Path(image.uri).name == expected


TWO = several(a={"type": COG}, b={"type": COG})


@pytest.mark.parametrize(
    ("document", "options", "kind", "message"),
    [
        (collection(), {}, InputError, "has no item; check"),
        (TWO, {}, UsageError, r"several images \(a, b\); choose one with asset=NAME"),
        (TWO, {"asset": "x"}, UsageError, "no asset 'x', only a, b"),
        (several(a={"type": "text/plain"}), {}, InputError, "none of its 1 items has an image"),
        ({"type": "Collection"}, {}, RasterError, "is a collection, not its items"),
        ([1, 2], {}, RasterError, "is no STAC"),
        (collection(numberMatched=123456), {}, InputError, "has 123,456 items.*at most 1,000"),
        (collection(*({"type": "Feature", "id": i} for i in range(1001))), {}, InputError, "1,000"),
        (collection({"id": 1}), {}, RasterError, "no STAC item"),
        (item("a", href="/etc/passwd.tif"), {}, RasterError, "neither beside it nor below"),
        (item("a", href="../x.tif"), {}, RasterError, "neither beside it nor below"),
        (item("a", href="s3://bucket/x.tif"), {}, RasterError, "only files, http and https"),
        (item("a", href="/vsicurl/http://h/x.tif"), {}, RasterError, "only files, http and https"),
        (item("a", href="http://127.0.0.1/x.tif"), {}, RasterError, "in your own network"),
        (item("a", href="http://169.254.169.254/x.tif"), {}, RasterError, "in your own network"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_line(
    tmp_path: Path, document: Any, options: Any, kind: type[RailmapError], message: str
) -> None:
    with pytest.raises(kind, match=message) as error:
        found_in(written(tmp_path, document), **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "href",
    ["/vsimem/x.tif", "file:///etc/passwd.tif", "s3://bucket/x.tif", "http://[::1]/x.tif",
     "http://10.1.2.3/x.tif", "//169.254.169.254/x.tif"],
)  # fmt: skip
def test_an_item_of_a_server_leads_to_public_web_servers_only(serve, href: str) -> None:
    server = serve(lambda server, path, body: item("a", href=href))
    if href == "/vsimem/x.tif":  # a path on the same server
        (image,) = found_in(f"{server.url}/a.json")
        assert image.uri == f"{server.url}/vsimem/x.tif"
        return
    with pytest.raises(RasterError, match=r"only images by http|in your own network"):
        found_in(f"{server.url}/a.json")


def test_hosts_that_the_user_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAILMAP_CATALOGUE_HOSTS", "other.example, 10.1.2.3")
    (image,) = found_in(written(tmp_path, item("a", href="http://10.1.2.3/x.tif")))
    assert image.uri == "http://10.1.2.3/x.tif"


@pytest.mark.parametrize(
    ("href", "message"),
    [("/search", "lead back"), ("https://evil.example/search", "on another server")],
)
def test_pages(serve, href: str, message: str) -> None:
    def pages(server: WebServer, path: str, body: bytes) -> Any:
        return collection(item("a"), links=[{"rel": "next", "href": href}])

    with pytest.raises(RasterError, match=message):
        found_in(f"{serve(pages).url}/search")


def test_what_is_no_json(tmp_path: Path, serve) -> None:
    (tmp_path / "a.json").write_text("<html>")
    with pytest.raises(RasterError, match="is no JSON"):
        found_in(tmp_path / "a.json")
    with pytest.raises(RasterError, match="no such file"):
        found_in(tmp_path / "b.json")
    with pytest.raises(RasterError, match="HTTP 404"):
        found_in(f"{serve(lambda server, path, body: None).url}/search")
