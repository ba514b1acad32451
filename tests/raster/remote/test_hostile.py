"""Catalogues and capabilities that mean harm: one line of ours, or what can be used of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from railmap.errors import RailmapError, RasterError, UsageError
from railmap.files.web import WebClient
from railmap.progress import NullReporter
from railmap.raster.remote import hosts
from railmap.raster.remote.address import parse_service
from railmap.raster.remote.area import Area
from railmap.raster.remote.hosts import image_of_href
from railmap.raster.remote.image import FoundImage
from railmap.raster.remote.options import SourceOptions
from railmap.raster.remote.stac import find_items
from railmap.raster.remote.wmts import wmts_levels
from tests.helpers.web_servers import Reply, web_server

IMAGE = {"image": {"href": "http://8.8.8.8/o.tif", "type": "image/tiff"}}


def item(**more: Any) -> dict[str, Any]:
    found = {"type": "Feature", "id": "a", "bbox": [8, 50, 8.1, 50.1], "properties": {}}
    return {**found, "links": [], "assets": IMAGE, **more}


def page(*items: Any, **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": items, "links": [], **more})


@pytest.fixture
def area(tmp_path: Path) -> Area:
    frame = gpd.GeoDataFrame(geometry=[shapely.box(8, 50, 8.1, 50.1)], crs="EPSG:4326")
    frame.to_file(tmp_path / "area.geojson")
    return Area(tmp_path / "area.geojson", None)


def found_in(text: str, area: Area) -> list[FoundImage]:
    with web_server(lambda path, body: Reply(text.encode(), "application/json")) as server:
        return find_items(f"stac+{server.url}/s", area, SourceOptions(), NullReporter())


DEEP = '{"a":' * 900 + "1" + "}" * 900
NESTED = '{"type":"GeometryCollection","geometries":[' * 400 + "]}" * 400


@pytest.mark.parametrize(
    "text",
    [
        page(item(id="@")).replace('"@"', DEEP),
        page(item(collection="@")).replace('"@"', DEEP),
        page(item(geometry="@")).replace('"@"', '{"type":"Point","coordinates":[1e999,NaN]}'),
        page(item(geometry={"type": "Point", "coordinates": ["@", 1]})).replace(
            '"@"', "1" + "0" * 400
        ),
        page(item(properties={"providers": [{"name": "x", "roles": [{}, 3]}, {"roles": 5}, 7]})),
        page(item(links=[{"rel": {"a": 1}, "href": "x"}, {"rel": "self", "href": "http://["}])),
        page(item(properties={"datetime": "0001-01-01T00:00:00+23:59"}, id="1"), item(id="2")),
    ],
)
def test_odd_values_do_no_harm(text: str, area: Area) -> None:
    assert {image.uri for image in found_in(text, area)} == {"http://8.8.8.8/o.tif"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 10**6, "is no JSON"),
        (page(item(geometry="@")).replace('"@"', NESTED), "has no item in the area"),
        (page(numberMatched=10**4000).replace("e+", ""), "too many items"),
        (page(item(), links=[{"rel": "next", "href": "http://["}]), "on another server"),
        (page(item(), links=[{"rel": "next", "href": "file:///etc/passwd"}]), "on another server"),
        (page(item(assets={"image": {"href": "http://[/o.tif"}})), "leads to"),
        (page(item(assets={"image": {"href": "http://a:99999999/o.tif"}})), "leads to"),
        (page(item(assets={"image": {"href": "http://8.8.8.8/\ud800.tif"}})), r"\\ud800"),
        (page(item(assets={"image": {"href": "http://8.8.8.8/a\nb.tif"}})), r"a\\nb"),
        (page(*[item()] * 10_001), "more than 10,000"),
    ],
)
def test_what_cannot_be_used_is_one_line(text: str, words: str, area: Area) -> None:
    with pytest.raises(RailmapError, match=words) as caught:
        found_in(text, area)
    assert str(caught.value).isprintable()


def test_pages_that_ask_with_a_list_do_not_go_on_for_ever(area: Area) -> None:
    following = {"rel": "next", "href": "?a", "method": "POST", "merge": True, "body": [1]}
    with pytest.raises(RasterError, match="lead back"):
        found_in(page(item(), links=[following]), area)


def test_pages_without_end(area: Area, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("railmap.raster.remote.stac._MOST_PAGES", 5)

    def reply(path: str, body: bytes) -> Reply:
        number = int(path.partition("page=")[2].partition("&")[0] or 0) + 1
        link = {"rel": "next", "href": f"?page={number}"}
        return Reply(page(item(), links=[link]).encode(), "application/json")

    with web_server(reply) as server, pytest.raises(RailmapError, match="more than 5 pages"):
        find_items(f"stac+{server.url}/s", area, SourceOptions(), NullReporter())


def test_terms_are_text_that_can_be_written(area: Area) -> None:
    properties = {
        "license": "CC\0 BY\n\ud8004.0" + "x" * 10_000,
        "providers": [{"name": "Survey\0\ud800", "roles": ["licensor"]}],
    }
    (image,) = found_in(page(item(properties=properties)), area)
    assert image.licence is not None
    assert image.licence.startswith("CC BY 4.0x")
    assert len(image.licence) <= 500
    assert image.attribution == "Survey"


@pytest.mark.parametrize(
    "host", ["2130706433", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "0x7f.1"]
)
def test_own_hosts_in_disguise(host: str) -> None:
    hosts._is_public.cache_clear()
    with pytest.raises(RasterError, match="in your own network"):
        image_of_href(f"http://{host}/o.tif", "https://example.org/item.json")


def capabilities(
    *, corner: str = "0 0", scale: str = "1000", width: str = "256", levels: int = 1,
    crs: str = "EPSG:3857", url: str = "http://8.8.8.8/{TileMatrix}/{TileRow}/{TileCol}",
) -> bytes:  # fmt: skip
    matrices = "".join(
        f"<TileMatrix><ows:Identifier>{n}</ows:Identifier><ScaleDenominator>{scale}"
        f"</ScaleDenominator><TopLeftCorner>{corner}</TopLeftCorner><TileWidth>{width}</TileWidth>"
        "<TileHeight>256</TileHeight><MatrixWidth>8</MatrixWidth><MatrixHeight>8</MatrixHeight>"
        "</TileMatrix>"
        for n in range(levels)
    )
    return (
        "<Capabilities xmlns='http://www.opengis.net/wmts/1.0'"
        " xmlns:ows='http://www.opengis.net/ows/1.1'><Contents><Layer>"
        "<ows:Identifier>o</ows:Identifier><TileMatrixSetLink><TileMatrixSet>web</TileMatrixSet>"
        "</TileMatrixSetLink>"
        f"<ResourceURL format='image/png' resourceType='tile' template='{url}'/>"
        "</Layer><TileMatrixSet><ows:Identifier>web</ows:Identifier>"
        f"<ows:SupportedCRS>{crs}</ows:SupportedCRS>{matrices}</TileMatrixSet></Contents>"
        "</Capabilities>"
    ).encode()


LAUGHS = (
    "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a0 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 9))
    + "]><l>&a8;</l>"
)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (capabilities(corner="nan nan"), "not readable"),
        (capabilities(corner="1"), "not readable"),
        (capabilities(scale="1e-300"), "not readable"),
        (capabilities(scale="inf"), "not readable"),
        (capabilities(width="99999999"), "not readable"),
        (capabilities(levels=201), "more than 200 levels"),
        (capabilities(crs="/etc/passwd"), "no CRS"),
        (capabilities(crs="x" * 10**5), "no CRS"),
        (capabilities(url="file:///etc/passwd"), "no web server"),
        (capabilities(url="http://a/" + "{style}" * 1000), "too long"),
        (LAUGHS.encode("utf-16"), "no XML|declare entities"),
        (b"<a>" * 10**5, "no XML"),
    ],
)  # fmt: skip
def test_capabilities(body: bytes, words: str) -> None:
    with web_server(lambda path, sent: Reply(body, "application/xml")) as server:
        address = parse_service(f"WMTS:{server.url}/c.xml,layer=o")
        with pytest.raises(RasterError, match=words) as caught:
            wmts_levels(address, WebClient())
    assert len(str(caught.value)) < 300


def test_plain_capabilities_are_read() -> None:
    with web_server(lambda path, sent: Reply(capabilities(), "application/xml")) as server:
        levels = wmts_levels(parse_service(f"WMTS:{server.url}/c.xml,layer=o"), WebClient())
    assert [level.step for level in levels] == pytest.approx([0.28])


@pytest.mark.parametrize(
    "text",
    [
        "https://[/{z}/{x}/{y}", "https://a:b/{z}/{x}/{y}.png", "WMS:https://[?layers=a",
        "http:///{z}/{x}/{y}", "https://a/{z}/{x}/{y}\udc80",
        "type=xyz&url=https://a/{z}/{x}/{y}&zmax=" + "9" * 5000,
    ],
)  # fmt: skip
def test_addresses_that_are_none(text: str, area: Area) -> None:
    from railmap.raster.remote.service import open_service

    with pytest.raises(UsageError):
        open_service(parse_service(text), area, 0.1, SourceOptions(licence="x", tile_cache=False))


def test_a_catalogue_at_no_address(area: Area) -> None:
    with pytest.raises(UsageError, match="no address"):
        find_items("stac+http://[", area, SourceOptions(), NullReporter())
