"""The published page in a real Chromium: the map, its layers, its links, dark and light."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from railmap.mapping import read_map
from railmap.mapping.attach.user_layers import read_user_layers
from railmap.publishing import publish_map
from railmap.publishing.exchange.lonlat import to_lonlat
from tests.helpers.browser import (
    POLICY,
    click_at,
    open_page,
    picture,
    place_on_first_link,
    wait_until,
)
from tests.helpers.server import serve

pytestmark = pytest.mark.slow

COUNT = "railmap.map.queryRenderedFeatures({layers: ['railway_link-2-2']}).length"


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "plain"])
def test_click_switch_and_link(chromium: Any, site: Path, numbered_map: Path, ranges: bool) -> None:
    lon, lat = place_on_first_link(numbered_map, 50.0)
    links = read_map(numbered_map).links
    # Under a sub-path, from a server that allows only what the page needs.
    with serve(site.parent, ranges=ranges, policy=POLICY) as url:
        page, wrong = open_page(chromium, f"{url}{site.name}/#map=20/{lat:.7f}/{lon:.7f}")
        loaded = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
        assert len(loaded) > 20
        assert all(one.startswith((f"{url}{site.name}/", "data:", "blob:")) for one in loaded)
        picture(page, f"near-{ranges}")
        click_at(page, lon, lat)
        page.wait_for_selector(".place")
        assert page.inner_text(".place h2") == "Track"
        (text,) = page.locator(".chainage").all_inner_texts()
        # A click is right to a pixel, 5 cm here.
        assert float(text.removeprefix("6185 km ").split(",")[0]) == pytest.approx(12.35, abs=2e-4)
        told = page.locator(".place dl").inner_text()
        assert f"{links['gauge_measured_mm'].iloc[0]:.0f} mm, measured" in told
        # Columns and identifiers are there for those who ask.
        link = links["link_id"].iloc[0]
        assert link not in page.inner_text(".place")
        page.click(".place summary")
        rows = dict(row.split("\t") for row in page.locator(".place tr").all_inner_texts())
        assert rows["link_id"] == link
        assert rows["gauge"] == "1435 mm"
        assert float(rows["place"].split(" ")[0]) == pytest.approx(50.0, abs=0.2)
        picture(page, f"popup-{ranges}")
        assert page.evaluate(COUNT) > 0
        page.uncheck("input[name=railway_link]")
        wait_until(page, f"{COUNT} === 0")
        address = page.url
        assert "layers=-railway_link" in address
        assert "map=20/" in address
        assert f"object=railway_link/{link}" in address
        page.context.close()
        assert wrong == []


def test_whole_map_is_visible(chromium: Any, site: Path, numbered_map: Path) -> None:
    with serve(site) as url:
        page, wrong = open_page(chromium, url)
        seen = page.evaluate(
            "[...new Set(railmap.map.queryRenderedFeatures().map(f => f.properties.link_id))]"
        )
        assert set(read_map(numbered_map).links["link_id"]) <= set(seen)
        sources = "[...new Set(railmap.map.queryRenderedFeatures().map(f => f.source))]"
        there = {"railway_link", "railway_node", "defect", "milestone", "qa_issue"}
        assert there <= set(page.evaluate(sources))
        picture(page, "whole")
        page.evaluate("void railmap.map.jumpTo({zoom: 12})")
        wait_until(page, f"{sources}.includes('overview')")
        assert "railway_link" not in page.evaluate(sources)
        assert wrong == []
        page.context.close()


def test_user_events_have_popups_and_a_switch(
    chromium: Any, user_layers: Path, tmp_path: Path
) -> None:
    publish_map(user_layers, tmp_path / "site")
    content = read_map(user_layers)
    layer, frame = read_user_layers(content)[0]
    spot = frame.geometry.iloc[0]
    lon, lat = (float(value) for value in to_lonlat(content.crs, [(spot.x, spot.y)])[0])
    with serve(tmp_path / "site") as url:
        page, wrong = open_page(chromium, f"{url}#map=20/{lat:.7f}/{lon:.7f}")
        click_at(page, lon, lat)
        page.wait_for_selector(".place")
        assert page.inner_text(".place h2") == layer.name
        assert page.locator(".chainage").first.inner_text().startswith("6185 km ")
        assert "lose" in page.inner_text(".place dl")
        assert layer.name in page.inner_text("#layers")
        key = page.evaluate("railmap.about.layers[0].name")
        count = f"railmap.map.queryRenderedFeatures().filter(f => f.source === '{key}').length"
        assert page.evaluate(count) > 0
        page.uncheck(f"input[name={key}]")
        wait_until(page, f"{count} === 0")
        assert wrong == []
        page.context.close()


def test_chainage_files_agree_with_shapely(
    plain_site: Path, numbered_map: Path, chromium: Any
) -> None:
    content = read_map(numbered_map)
    link = content.links.iloc[2]
    xym = shapely.get_coordinates(link.geom, include_m=True)
    assert xym[0, 2] == 0
    rng = np.random.default_rng(1)
    with serve(plain_site) as url:
        page, _ = open_page(chromium, url)
        for m in rng.uniform(0, link.length_m, 5):
            spot = link.geom.interpolate(m)
            (place,) = to_lonlat(content.crs, [(spot.x, spot.y)])
            code = f"""async () => {{
                const {{ json, shardOf, project }} = window.railmap;
                const link = (await json(`links/${{shardOf("{link.link_id}")}}.json`));
                return project(link["{link.link_id}"].xym, {float(place[0])}, {float(place[1])}).m;
            }}"""
            assert page.evaluate(code) == pytest.approx(m, abs=1e-3)
        page.context.close()


def test_dark_screen_and_dark_map(chromium: Any, plain_site: Path) -> None:
    ink = "railmap.map.getPaintProperty('railway_link-1-1', 'line-color')"
    ground = "railmap.map.getPaintProperty('background', 'background-color')"
    swatch = "document.querySelector('#layers .swatch').innerHTML"
    with serve(plain_site) as url:
        page, wrong = open_page(chromium, url, color_scheme="dark")
        assert page.evaluate(ink) == "#e6e7ea"
        assert page.evaluate(ground) == "#17191d"
        dark = page.evaluate(swatch)
        picture(page, "dark")
        page.emulate_media(color_scheme="light")
        wait_until(page, f"{ground} === '#f4f3ef'")
        assert page.evaluate(ink) == "#1d1d1f"
        assert page.evaluate(swatch) != dark
        assert wrong == []
        page.context.close()


def test_symbols_stay_light_over_an_orthophoto(chromium: Any, site: Path) -> None:
    ground = "railmap.map.getPaintProperty('background', 'background-color')"
    with serve(site) as url:
        page, wrong = open_page(chromium, url, color_scheme="dark")
        assert page.evaluate(ground) == "#f4f3ef"
        page.get_by_label("None").check()
        wait_until(page, f"{ground} === '#17191d'")
        assert "base=none" in page.url
        page.get_by_label("Orthophoto").check()
        wait_until(page, f"{ground} === '#f4f3ef'")
        assert "base=" not in page.url
        assert wrong == []
        page.context.close()
        # Links of earlier pages named the orthophoto as a layer.
        page, _ = open_page(chromium, f"{url}#layers=-ortho", color_scheme="dark")
        assert page.evaluate(ground) == "#17191d"
        page.context.close()


def test_the_tools_are_in_sight_under_a_long_legend(chromium: Any, site: Path) -> None:
    with serve(site) as url:
        for size in ({"width": 720, "height": 500}, {"width": 390, "height": 640}):
            page, _ = open_page(chromium, url, viewport=size)
            page.evaluate("document.getElementById('panel').open = true")
            panel = page.locator("#panel")
            assert panel.evaluate("box => box.scrollHeight > box.clientHeight + 50")
            frame = panel.bounding_box()
            for name in ("measure", "share", "print"):
                box = page.locator(f"#{name}").bounding_box()
                assert box["y"] + box["height"] <= frame["y"] + frame["height"], name
            page.context.close()


def test_the_placeholder_is_not_cut_off(chromium: Any, plain_site: Path) -> None:
    with serve(plain_site) as url:
        page, _ = open_page(chromium, url, viewport={"width": 360, "height": 640})
        wide = """() => {
            const field = document.getElementById("query");
            const pen = document.createElement("canvas").getContext("2d");
            pen.font = getComputedStyle(field).font;
            return [pen.measureText(field.placeholder).width, field.clientWidth - 20 - 20];
        }"""
        text, room = page.evaluate(wide)
        assert text < room
        page.context.close()


def test_scripts_in_attributions_do_not_run(chromium: Any, plain_site: Path) -> None:
    # CVE-2026-85061: MapLibre before 6.4.1 and 5.24.1 left every second of such attributes.
    with serve(plain_site) as url:
        page = chromium.new_context().new_page()
        page.goto(url)  # a document of this server, then MapLibre alone, without the page's policy
        page.set_content("<div id='map' style='width: 300px; height: 200px'></div>")
        page.add_script_tag(url=f"{url}assets/maplibre-gl.js")
        kept = page.evaluate(
            """async () => {
                const map = new maplibregl.Map({
                    container: "map", style: { version: 8, sources: {}, layers: [] },
                    attributionControl: false,
                });
                const text = "<img onload='1' onerror='window.ran = 1' src='x:y'><b>Survey</b>";
                map.addControl(new maplibregl.AttributionControl({ customAttribution: [text] }));
                await new Promise((done) => { map.once("load", done); });
                await new Promise((done) => { setTimeout(done, 500); });
                return [window.ran ?? 0, document.querySelector("[class*=attrib-inner]").innerHTML];
            }"""
        )
        assert kept[0] == 0
        assert "<b>Survey</b>" in kept[1]
        assert "onerror" not in kept[1]
        page.context.close()


def test_a_page_from_a_file_says_how_to_open_it(chromium: Any, plain_site: Path) -> None:
    page = chromium.new_page()
    page.goto(f"{plain_site.as_uri()}/index.html")
    page.wait_for_selector("#answer.bad")
    assert "through a web server" in page.inner_text("#answer")
    page.close()


def test_tiles_that_are_cut_off_are_told(chromium: Any, plain_site: Path, tmp_path: Path) -> None:
    import shutil

    broken = Path(shutil.copytree(plain_site, tmp_path / "site"))
    tiles = broken / "tiles" / "railway_node.pmtiles"
    tiles.write_bytes(tiles.read_bytes()[:200])
    with serve(broken) as url:
        page, _ = open_page(chromium, url)
        assert "cannot be shown" in page.inner_text("#answer.bad")
        page.context.close()


@pytest.mark.slow
def test_a_browser_without_webgl_is_told_so(chromium: Any, plain_site: Path) -> None:
    with serve(plain_site) as url:
        page = chromium.new_context().new_page()
        page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
        page.goto(url)
        page.wait_for_selector("#answer.bad")
        assert page.inner_text("#answer").startswith("This browser does not draw maps: WebGL")
        page.context.close()
