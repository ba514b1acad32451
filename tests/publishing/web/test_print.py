"""The sheet that the published page prints."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest

from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.licences import ODBL, add_licence
from railmap.publishing import publish_map
from tests.helpers.browser import open_page, picture, wait_until
from tests.helpers.server import serve

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def licensed(numbered_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import shutil

    folder = tmp_path_factory.mktemp("print")
    path = Path(shutil.copy(numbered_map, folder / "m.gpkg"))
    with edit_map(path) as sql:
        add_licence(sql, ODBL)
    publish_map(path, folder / "site", title="Gleise & Öst")
    return folder / "site"


def test_the_sheet_has_title_scale_legend_and_licence(chromium: Any, licensed: Path) -> None:
    with serve(licensed) as url:
        page, wrong = open_page(chromium, url, color_scheme="dark")
        before = page.evaluate("[railmap.map.getZoom(), ...railmap.map.getCenter().toArray()]")
        page.evaluate("async () => { window.leave = await railmap.layOut(); }")
        page.set_viewport_size({"width": 1060, "height": 720})
        picture(page, "print")
        sheet = page.inner_text("#printed")
        assert "Gleise & Öst" in sheet
        assert "© OpenStreetMap contributors" in sheet
        scale = int(re.search(r"1 : ([\d,]+)", sheet)[1].replace(",", ""))
        mantissa = scale / 10 ** math.floor(math.log10(scale))
        assert mantissa in (1, 2, 2.5, 5)
        # A metre on the ground is a metre divided by the scale on paper, at 96 pixels an inch.
        metres, pixels = page.evaluate(
            """() => {
                const map = railmap.map;
                const box = map.getContainer();
                const y = box.clientHeight / 2;
                const [a, b] = [100, 300].map((x) => map.unproject([x, y]));
                return [a.distanceTo(b), 200];
            }"""
        )
        # MapLibre's metres are those of a sphere of 6371 km.
        paper = pixels * 0.0254 / 96
        assert metres * 6378137 / 6371008.8 / paper == pytest.approx(scale, rel=2e-3)
        bar = page.locator("#printed .bar")
        length = re.search(r"(\d+) (k?)m", bar.inner_text())
        ground = int(length[1]) * (1000 if length[2] else 1)
        assert bar.bounding_box()["width"] * 0.0254 / 96 * scale == pytest.approx(ground, rel=0.01)
        # Only what is on the sheet is in its legend; symbols are those of paper.
        assert "Switch, left" in sheet
        assert "Arc" not in sheet  # that layer is off
        assert "Repaired" not in sheet  # no defect is
        drawn = "railmap.map.getPaintProperty('background', 'background-color')"
        assert page.evaluate(drawn) == "#f4f3ef"
        pdf = page.pdf(prefer_css_page_size=True)
        assert pdf.count(b"/Type /Page\n") == 1
        page.evaluate("window.leave()")
        page.set_viewport_size({"width": 720, "height": 500})
        wait_until(page, f"{drawn} === '#17191d'")
        after = page.evaluate("[railmap.map.getZoom(), ...railmap.map.getCenter().toArray()]")
        assert after == pytest.approx(before, abs=1e-6)
        assert wrong == []
        page.context.close()


def test_the_focus_comes_back_after_printing(chromium: Any, licensed: Path) -> None:
    with serve(licensed) as url:
        page, wrong = open_page(chromium, url)
        page.evaluate(
            "window.print = () => setTimeout(() => dispatchEvent(new Event('afterprint')))"
        )
        page.focus("#print")
        page.keyboard.press("Enter")
        wait_until(page, "document.querySelector('#printed h2') !== null")
        wait_until(page, "!document.body.dataset.printing")
        wait_until(page, "document.activeElement.id === 'print'")
        assert wrong == []
        page.context.close()


def test_the_command_of_the_browser_prints_title_map_and_legend_on_one_sheet(
    chromium: Any, licensed: Path
) -> None:
    with serve(licensed) as url:
        page, wrong = open_page(
            chromium, url, color_scheme="dark", viewport={"width": 1047, "height": 718}
        )
        page.emulate_media(media="print", color_scheme="light")
        picture(page, "print-browser")
        pages = page.pdf(prefer_css_page_size=True)
        assert pages.count(b"/Type /Page\n") == 1
        wide, high = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pages).groups()
        assert (float(wide) / 72 * 25.4, float(high) / 72 * 25.4) == (
            pytest.approx(297, abs=0.5),
            pytest.approx(210, abs=0.5),
        )
        title, drawn, legend = (
            page.locator(one).bounding_box() for one in ("#title", "#map", "#panel")
        )
        assert title["y"] + title["height"] <= drawn["y"]
        assert drawn["x"] + drawn["width"] <= legend["x"]
        assert page.locator(".maplibregl-ctrl-scale").is_visible()
        assert "OpenStreetMap" in page.inner_text(".maplibregl-ctrl-attrib")
        for hidden in ("#search", "#tools", ".maplibregl-ctrl-top-right"):
            assert page.locator(hidden).is_hidden()
        assert wrong == []
        page.context.close()
