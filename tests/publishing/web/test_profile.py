"""The profile under the map: the data of it, and what the page draws and says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from railmap.mapping import read_map
from railmap.publishing.web.chainage import shard_of
from railmap.publishing.web.profiles import write_profiles
from tests.helpers.browser import open_page, picture, wait_until
from tests.helpers.server import serve
from tests.publishing.web.conftest import GRADIENT
from tests.publishing.web.test_popup import go_to


def test_alignment_and_heights_of_each_link(
    tools_site: Path, plain_site: Path, photo_map: Path
) -> None:
    content = read_map(photo_map)
    first = content.links["link_id"].iloc[0]
    file = f"profiles/{shard_of(first)}.json"
    told = json.loads((tools_site / file).read_text())[first]
    assert told["horizontal"] == [
        [0.0, 40.0, None, None], [40.0, 30.0, None, -400.0], [70.0, 31.0, -400.0, -400.0],
    ]  # fmt: skip
    (m, length, height, start, end), *more = told["vertical"]
    assert (m, more) == (0.0, [])
    assert length == pytest.approx(content.links["length_m"].iloc[0], abs=1e-3)
    assert height == pytest.approx(100.0, abs=0.02)
    assert (start, end) == (pytest.approx(1000 * GRADIENT, abs=0.05),) * 2
    assert [row[0] for row in told["heights"]] == sorted(row[0] for row in told["heights"])
    # A map without heights has its horizontal alignment only.
    assert set(json.loads((plain_site / file).read_text())[first]) == {"horizontal"}
    about = json.loads((tools_site / "map.json").read_text())
    assert about["profiles"] == sorted(path.stem for path in (tools_site / "profiles").iterdir())


def test_heights_that_are_no_numbers_are_left_out(photo_map: Path, tmp_path: Path) -> None:
    content = read_map(photo_map)
    heights = content.layers["track_height"].copy()
    heights.loc[heights.index[0], ["height_m", "terrain_m"]] = float("inf")
    segments = content.layers["vertical_segment"].assign(start_height_m=float("-inf"))
    content.layers.update(track_height=heights, vertical_segment=segments)
    write_profiles(content, tmp_path)
    link = heights["link_id"].iloc[0]
    told = json.loads((tmp_path / "profiles" / f"{shard_of(link)}.json").read_text())[link]
    assert "vertical" not in told
    assert told["heights"][0][1:] == [None, None]


@pytest.mark.slow
def test_the_profile_of_a_track(chromium: Any, tools_site: Path, photo_map: Path) -> None:
    first = read_map(photo_map).links["link_id"].iloc[0]
    desk = {"width": 1000, "height": 640}
    with serve(tools_site) as url:
        page, wrong = open_page(chromium, url, viewport=desk)
        go_to(page, first)
        page.get_by_role("button", name="Profile").click()
        page.wait_for_selector("#profile svg")
        assert page.locator(".place").count() == 0
        titles = [one.get_attribute("aria-label") for one in page.locator("#profile svg").all()]
        assert [title.split(",")[0].split(" ")[0] for title in titles] == [
            "Curvature", "Gradient", "Height",
        ]  # fmt: skip
        assert "R 400" in page.locator("#profile svg").first.inner_html()
        # The charts are under the map, not over it.
        low = page.locator("#map").bounding_box()
        box = page.locator("#profile").bounding_box()
        assert low["y"] + low["height"] == pytest.approx(box["y"], abs=1)
        assert box["y"] + box["height"] == pytest.approx(desk["height"], abs=1)
        said = "document.querySelector('#profile output').textContent"
        wait_until(page, f"{said}.includes('straight')")
        assert page.evaluate(said).startswith("6185 km 12.300 · straight · 12.0 ‰ · 100.0")
        slider = page.locator("#profile input")
        assert page.evaluate("document.activeElement.type") == "range"
        slider.fill("300")
        wait_until(page, f"{said}.includes('radius')")
        kilometre, radius, gradient, height = page.evaluate(said).split(" · ")
        assert (kilometre, radius, gradient) == ("6185 km 12.375", "radius 400 m right", "12.0 ‰")
        assert float(height.removesuffix(" m")) == pytest.approx(100.9, abs=0.03)
        place = page.evaluate("railmap.map.getSource('profile').serialize().data")
        lon, lat = place["features"][0]["geometry"]["coordinates"]
        point = page.evaluate("place => railmap.map.project(place)", [lon, lat])
        assert 0 < point["x"] < desk["width"]
        picture(page, "profile")
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 390, "height": 720})
        wait_until(page, "document.querySelector('#profile svg').clientWidth < 390")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        picture(page, "profile-phone-dark")
        link = page.url
        assert f"profile={first}" in link
        page.keyboard.press("Escape")
        assert page.locator("#profile").is_hidden()
        assert "profile=" not in page.url
        assert page.locator("#map").bounding_box()["height"] == 720
        assert wrong == []
        page.context.close()
        page, wrong = open_page(chromium, link)
        assert page.locator("#profile svg").count() == 3
        assert wrong == []
        page.context.close()


@pytest.mark.slow
def test_a_way_against_the_direction_of_the_links(
    chromium: Any, tools_site: Path, photo_map: Path
) -> None:
    """Downhill, and the curve to the other side; values add up over links."""
    ids = read_map(photo_map).links["link_id"].tolist()
    lengths = read_map(photo_map).links["length_m"].tolist()
    code = """async ([base, ids, lengths]) => {
        const { alignmentOf, valueAt } = await import(`${base}assets/alignment.js`);
        const parts = [{ id: ids[1], from: 50, to: 0 }, { id: ids[0], from: lengths[0], to: 10 }];
        const along = await alignmentOf(railmap.about, parts);
        const at = (name, d) => valueAt(along[name], d);
        return {
            length: along.length, height: [at("height", 0), at("height", 100)],
            gradient: at("gradient", 100), curvature: at("curvature", 60),
            arcs: along.arcs.map((arc) => [arc.radius, arc.to - arc.from]),
            clothoid: at("curvature", 50 + lengths[0] - 55),
        };
    }"""
    with serve(tools_site) as url:
        page, _ = open_page(chromium, url)
        got = page.evaluate(code, [url, ids[:2], lengths[:2]])
        assert got["length"] == pytest.approx(50 + lengths[0] - 10, abs=1e-3)
        assert got["gradient"] == pytest.approx(-12.0, abs=0.1)
        assert got["height"][0] - got["height"][1] == pytest.approx(1.2, abs=0.02)
        assert got["curvature"] == pytest.approx(1000 / 400)
        assert got["clothoid"] == pytest.approx(0.5 * 1000 / 400, abs=0.01)
        ((radius, length),) = got["arcs"]
        assert (radius, length) == (400, pytest.approx(lengths[0] - 70, abs=1e-2))
        page.context.close()
