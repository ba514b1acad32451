"""The search of the published page: what a text finds, by keyboard and by pointer."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from railmap.mapping import read_map
from railmap.publishing.exchange.lonlat import to_lonlat
from railmap.publishing.web.chainage import shard_of
from railmap.publishing.web.places import Places
from railmap.publishing.web.search_index import search_words
from tests.helpers.browser import open_page, picture, type_text, wait_until
from tests.helpers.server import serve


def found(site: Path, text: str) -> list[list[Any]]:
    """Return the index entries of a text's first word."""
    path = site / "search" / f"{shard_of(search_words(text)[0][:2])}.json"
    return json.loads(path.read_text()) if path.exists() else []


def test_index_has_numbers_names_classes_and_ids(plain_site: Path, numbered_map: Path) -> None:
    content = read_map(numbered_map)
    labels = {(layer, key): (label, detail) for layer, _, key, label, detail, _ in
              found(plain_site, "W12") + found(plain_site, "13") + found(plain_site, "squat")
              + found(plain_site, "1:9") + found(plain_site, "12,4")}  # fmt: skip
    assert labels["railway_node", "W12"] == ("Switch W12 1:12, left", "")
    assert labels["railway_node", "12"] == labels["railway_node", "W12"]
    assert labels["railway_node", "13"] == ("Switch 13 1:9, right", "6185 km 12.400")
    assert labels["railway_node", "1:9.0"][0] == "Switch 13 1:9, right"
    assert labels["defect", "squat"][0] == "Squat"
    assert labels["milestone", "12,4"][0] == "Kilometre post 12,4"
    for column, frame in (("node_id", content.nodes), ("link_id", content.links)):
        for one in frame[column]:
            assert [row for row in found(plain_site, one) if row[1] == one and row[2] is None]
    (defect,) = [row for row in found(plain_site, "d2") if row[1] == "d2"]
    assert defect[4] == "6185 km 12.320"
    spot = content.layers["defect"].geometry.iloc[1]
    assert defect[5] == pytest.approx(to_lonlat(content.crs, [(spot.x, spot.y)])[0], abs=1e-7)


def test_places_of_nodes_on_a_link_that_the_line_runs_through_backwards(
    numbered_map: Path,
) -> None:
    content = read_map(numbered_map)
    link = content.links.iloc[0]
    ends = content.nodes[content.nodes["node_id"].isin([link.start_node, link.end_node])]
    ends = ends.set_index("node_id", drop=False).loc[[link.start_node, link.end_node]]
    assert Places(content).of("railway_node", ends) == ["6185 km 12.300", "6185 km 12.400"]
    members = content.layers["railway_line_link"].copy()
    members["reversed"] = True
    turned = replace(content, layers=content.layers | {"railway_line_link": members.iloc[:1]})
    assert Places(turned).of("railway_node", ends) == ["6185 km 12.400", "6185 km 12.300"]


def test_words_are_those_of_the_page() -> None:
    assert search_words("Köln–Öst 12a_b 1:9,0") == ["koln", "ost", "12a", "b", "1", "9", "0"]
    assert search_words("Straße İzmir مسار") == ["straße", "izmir", "مسار"]


@pytest.fixture(scope="module")
def page(chromium: Any, plain_site: Path) -> Any:
    with serve(plain_site) as url:
        page, wrong = open_page(chromium, url)
        yield page
        assert wrong == []
        page.context.close()


def ask(page: Any, text: str) -> list[list[str]]:
    return page.evaluate(
        "async (text) => (await railmap.find(text)).map(({kind, label}) => [kind, label])", text
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("6185", ["Line", "6185 Köln–Öst"]),
        ("line 6185", ["Line", "6185 Köln–Öst"]),
        ("koln ost", ["Line", "6185 Köln–Öst"]),
        ("köl", ["Line", "6185 Köln–Öst"]),
        ("6185 km 12.4", ["Km", "6185 km 12.400"]),
        ("6185 12,4", ["Km", "6185 km 12.400"]),
        ("km 12.35", ["Km", "6185 km 12.350"]),
        ("12.35", ["Km", "6185 km 12.350"]),
        ("12+350", ["Km", "6185 km 12.000 +350 m"]),
        ("6185 km 12.380, 1.50 m right", ["Km", "6185 km 12.380, 1.50 m right"]),
        ("Köln–Öst km 12.4 +3.2 left 1,5", ["Km", "6185 km 12.400 +3.2 m, 1.50 m left"]),
        ("W12", ["Node", "Switch W12 1:12, left"]),
        ("switch 12", ["Node", "Switch W12 1:12, left"]),
        ("switch 13", ["Node", "Switch 13 1:9, right"]),
        ("1:9", ["Node", "Switch 13 1:9, right"]),
        ("node", ["Layer", "Switches and nodes"]),
        ("Nodes", ["Layer", "Switches and nodes"]),
        ("defects", ["Layer", "Defects"]),
        ("posts", ["Layer", "Kilometre posts"]),
        ("issue", ["Layer", "To be looked at"]),
        ("crossing", ["Node", "Crossing"]),
        ("squat", ["Defect", "Squat"]),
        ("defect d2", ["Defect", "Squat"]),
        ("onerror", ["Defect", "<img src=x onerror=alert(1)>"]),
        ("מסילה", ["Track", 'Track מסילה "א"']),
        ("48.753, 9.001", ["Place", "48.753000, 9.001000"]),
        ("48,753; 9,001", ["Place", "48.753000, 9.001000"]),
        ("48.7530 9.0010", ["Place", "48.753000, 9.001000"]),
        ("9.0013618, 48.753019", ["Place", "48.753019, 9.001362"]),
        ("48°45'10.8\"N 9°0'3.6\"E", ["Place", "48.753000, 9.001000"]),
        ("E 9.001 N 48.753", ["Place", "48.753000, 9.001000"]),
        ("33.9 S, 151.2 E", ["Place", "-33.900000, 151.200000"]),
        ("geo:48.753,9.001", ["Place", "48.753000, 9.001000"]),
    ],
)
def test_what_is_meant(page: Any, text: str, best: list[str]) -> None:
    assert ask(page, text)[0] == best


@pytest.mark.slow
def test_identifiers_and_what_is_not_there(page: Any, numbered_map: Path) -> None:
    node = read_map(numbered_map).nodes["node_id"].iloc[3]
    assert page.evaluate("async (id) => (await railmap.find(id))[0].id", node) == node
    assert node in page.evaluate(
        "async (id) => (await railmap.find(id.slice(0, 6))).map(one => one.id)", node
    )
    for text in ("", "   ", "nowhere", "km", "6186 km 12.4", "6185 km 99", "(", "🚂", "200, 500"):
        assert ask(page, text) == [], text


@pytest.mark.slow
def test_search_by_keyboard(page: Any, numbered_map: Path) -> None:
    query = page.locator("#query")
    assert type_text(page, "squat") == ["Defect: Squat", "Defect: Squat"]
    assert query.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert query.get_attribute("aria-activedescendant") == "result-1"
    assert page.locator("#results [aria-selected=true]").get_attribute("id") == "result-1"
    picture(page, "search-list")
    page.keyboard.press("Enter")
    page.wait_for_selector(".place")
    assert query.get_attribute("aria-expanded") == "false"
    assert page.inner_text("#answer") == "Defect, Squat, 6185 km 12.320"
    assert page.inner_text(".place h2") == "Squat"
    assert "object=defect/d2" in page.url
    # Esc closes the popup, and the focus goes back to the field.
    page.keyboard.press("Escape")
    assert page.locator(".place").count() == 0
    assert "object=" not in page.url
    assert page.evaluate("document.activeElement.id") == "query"
    # Esc closes the list and keeps the text.
    type_text(page, "W12")
    page.keyboard.press("Escape")
    assert page.locator("#results").is_hidden()
    assert query.input_value() == "W12"
    # Enter without choosing takes the best.
    page.keyboard.press("Enter")
    page.wait_for_selector(".place")
    assert page.inner_text(".place h2") == "Switch W12 1:12, left"
    page.keyboard.press("Escape")


@pytest.mark.slow
def test_a_line_is_shown_as_a_whole(page: Any) -> None:
    page.fill("#query", "6185")
    page.press("#query", "Enter")
    wait_until(page, "document.querySelector('#answer').textContent.startsWith('Line')")
    assert page.inner_text("#answer") == "Line 6185 Köln–Öst, km 12.300 to 12.600"
    west, south, east, north = page.evaluate("railmap.about.lines[0].bounds")
    (w, s), (e, n) = page.evaluate("railmap.map.getBounds().toArray()")
    assert w < west < east < e
    assert s < south < north < n
    assert page.is_checked("input[name=railway_line]")


@pytest.mark.slow
def test_a_layer_is_shown_as_a_whole(page: Any, numbered_map: Path) -> None:
    page.uncheck("input[name=railway_node]")
    page.fill("#query", "node")
    page.press("#query", "Enter")
    count = len(read_map(numbered_map).nodes)
    wait_until(page, "document.querySelector('#answer').textContent.startsWith('Layer')")
    assert page.inner_text("#answer") == f"Layer Switches and nodes, {count} objects"
    assert page.is_checked("input[name=railway_node]")
    seen = (
        "new Set(railmap.map.queryRenderedFeatures().map(f => f.properties.node_id ?? 0)).size - 1"
    )
    wait_until(page, f"{seen} === {count}")


@pytest.mark.slow
def test_kinds_and_layers_of_the_user_are_found(chromium: Any, tools_site: Path) -> None:
    with serve(tools_site) as url:
        page, wrong = open_page(chromium, url)
        assert ask(page, "crack")[0] == ["Begehung", "crack"]
        assert ask(page, "begehung")[0] == ["Layer", "Begehung"]
        assert wrong == []
        page.context.close()


@pytest.mark.slow
def test_kilometres_go_to_the_place(page: Any, numbered_map: Path) -> None:
    page.fill("#query", "6185 km 12,38 right 1.5")
    page.press("#query", "Enter")
    wait_until(page, "document.querySelector('.place h2')?.textContent.includes('12.380')")
    assert page.inner_text("#answer") == "6185 km 12.380, 1.50 m right"
    content = read_map(numbered_map)
    (wanted,) = to_lonlat(content.crs, [content.links.geometry.iloc[0].interpolate(80.0).coords[0]])
    centre = page.evaluate("railmap.map.getCenter().toArray()")
    scale = np.array([math.cos(math.radians(wanted[1])), 1]) * 111_320
    off = (np.array(centre) - wanted) * scale
    assert np.hypot(*off) == pytest.approx(1.5, abs=0.01)
    assert off[1] < 0  # to the right of a line that runs east
    # "+" is metres on, as for `railmap locate`.
    page.fill("#query", "6185 km 12.370 +10 right 1,5")
    page.press("#query", "Enter")
    wait_until(page, "document.querySelector('#answer').textContent.includes('+10')")
    # The map's metres are UTM's, 0.4 mm a metre shorter than the page's.
    again = page.evaluate("railmap.map.getCenter().toArray()")
    assert np.hypot(*((np.array(again) - centre) * scale)) < 0.005
    page.fill("#query", "6185 km 99")
    page.press("#query", "Enter")
    page.wait_for_selector("#answer.bad")
    assert "6185 has km 12.300 to 12.600" in page.inner_text("#answer")
