"""Basemaps of other servers: how they are named, and what the page may load then."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from railmap.errors import UsageError
from railmap.publishing.web.basemaps import parse_basemaps
from railmap.publishing.web.links import content_policy
from tests.helpers.browser import open_page, picture, wait_until
from tests.helpers.server import serve

XYZ = "/{z}/{x}/{y}.png"


def test_name_address_and_attribution() -> None:
    wms = "https://wms.example.org:8443/ows?LAYERS=dop&BBOX={bbox-epsg-3857}"
    plain, survey = parse_basemaps(
        [f"My map = http://Intranet{XYZ} © A  & B".replace(" = ", "="), f"DOP={wms} Survey"]
    )
    assert (plain.name, plain.attribution) == ("My map", "© A & B")
    assert plain.origin == "http://intranet"
    assert (survey.url, survey.origin) == (wms, "https://wms.example.org:8443")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"https://a.b{XYZ} x", "write NAME=https://HOST"),
        (f"=https://a.b{XYZ} x", "write NAME=https://HOST"),
        (f"A=https://a.b{XYZ}", "whose data it is"),
        ("A=https://a.b/{z}/{x}.png x", "the address needs {z}, {x} and {y}"),
        ("A=https://a.b/{z}/{x}/{y}{key}.png x", "no other placeholder"),
        (f"A=ftp://a.b{XYZ} x", "must begin with https://"),
        (f"A=javascript:{XYZ} x", "must begin with https://"),
        (f"A=https://{{s}}.a.b{XYZ} x", "is not one host"),
        (f"A=https://*.a.b{XYZ} x", "is not one host"),
        (f"A=https://a.b;script-src{XYZ} x", "is not one host"),
        (f"A=https://'unsafe-inline'{XYZ} x", "is not one host"),
        (f"A=https://me:key@a.b{XYZ} x", "has a password"),
        (f"A=https://[::1{XYZ} x", "is not an address"),
    ],
)
def test_what_is_no_basemap(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        parse_basemaps([text])


def test_names_are_different() -> None:
    with pytest.raises(UsageError, match="two basemaps are called A"):
        parse_basemaps([f"A=https://a.b{XYZ} x", f"A=https://c.d{XYZ} x"])


def test_the_policy_grows_by_exactly_the_origin(tools_site: Path) -> None:
    page = (tools_site / "index.html").read_text()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert unescape(policy) == content_policy(["https://tiles.example.org"])
    before, now = (
        dict(rule.split(" ", 1) for rule in text.split("; "))
        for text in (content_policy(), unescape(policy))
    )
    changed = {name for name in now if now[name] != before[name]}
    assert changed == {"img-src", "connect-src"}
    for name in changed:
        assert now[name] == f"{before[name]} https://tiles.example.org"
    about = json.loads((tools_site / "map.json").read_text())
    assert [one["name"] for one in about["basemaps"]] == ["Luftbild"]


@pytest.mark.slow
def test_a_basemap_is_loaded_when_it_is_chosen_and_is_in_the_link(
    chromium: Any, tools_site: Path
) -> None:
    tile = io.BytesIO()
    Image.new("RGB", (256, 256), (70, 110, 60)).save(tile, "PNG")
    asked: list[str] = []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(
            body=tile.getvalue(), content_type="image/png",
            headers={"Access-Control-Allow-Origin": "*"},
        )  # fmt: skip

    ground = "railmap.map.getPaintProperty('background', 'background-color')"
    credit = "document.querySelector('.maplibregl-ctrl-attrib').textContent"
    with serve(tools_site) as url:
        page, wrong = open_page(chromium, url, color_scheme="dark")
        page.route("https://tiles.example.org/**", answer)
        assert page.locator("input[name=basemap]:checked").get_attribute("value") == "none"
        assert "Amt & Söhne" not in page.evaluate(credit)
        assert asked == []
        page.get_by_label("Luftbild").check()
        wait_until(page, "railmap.map.areTilesLoaded()")
        assert re.fullmatch(r"https://tiles\.example\.org/\d+/\d+/\d+\.png", asked[0])
        assert "© Amt & Söhne" in page.evaluate(credit)
        assert page.evaluate(ground) == "#f4f3ef"  # symbols are those for photos
        order = page.evaluate("railmap.map.getStyle().layers.map(layer => layer.id)")
        assert order[:2] == ["background", "basemap"]
        picture(page, "basemap")
        link = page.url
        assert "base=tiles/Luftbild" in link
        page.evaluate("async () => { window.leave = await railmap.layOut(); }")
        assert "© Amt & Söhne" in page.inner_text("#printed .facts")
        page.evaluate("window.leave()")
        page.get_by_label("None").check()
        assert "base=" not in page.url
        wait_until(page, f"{ground} === '#17191d'")
        assert page.evaluate("railmap.map.getSource('basemap') ?? null") is None
        assert wrong == []
        page.context.close()
        # A link opens with its basemap; one that fails is said in words.
        page = chromium.new_context().new_page()
        page.route("https://tiles.example.org/**", lambda route: route.fulfill(status=500))
        page.goto(link)
        page.wait_for_selector("#answer.bad")
        assert "“Luftbild” cannot be loaded" in page.inner_text("#answer")
        assert (
            page.locator("input[name=basemap]:checked").get_attribute("value") == "tiles/Luftbild"
        )
        page.context.close()
