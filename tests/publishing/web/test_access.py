"""The published page for everybody: axe finds nothing serious, in light and dark."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.browser import click_at, open_page, place_on_first_link
from tests.helpers.server import serve

pytestmark = pytest.mark.slow

_AXE = "axe-core@4.14.1"


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("axe")
    done = subprocess.run(
        [npm, "pack", "--silent", _AXE], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"npm cannot download {_AXE}")
    with tarfile.open(next(folder.glob("*.tgz"))) as package:
        file = package.extractfile("package/axe.min.js")
        assert file is not None
        return file.read().decode()


def faults(page: Any) -> list[str]:
    found = page.evaluate("axe.run().then(done => done.violations)")
    return [
        f"{one['impact']} {one['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium: Any, plain_site: Path, axe: str, scheme: str) -> None:
    with serve(plain_site) as url:
        page, wrong = open_page(chromium, url, color_scheme=scheme)
        page.evaluate(axe)
        assert faults(page) == []
        page.fill("#query", "squat")
        page.wait_for_selector("#results li")
        page.keyboard.press("ArrowDown")
        assert faults(page) == []
        page.keyboard.press("Enter")
        page.wait_for_selector(".place")
        page.click(".place summary")
        assert faults(page) == []
        assert wrong == []
        page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_tools(
    chromium: Any, tools_site: Path, photo_map: Path, axe: str, scheme: str
) -> None:
    with serve(tools_site) as url:
        page, wrong = open_page(
            chromium, url, color_scheme=scheme, viewport={"width": 1000, "height": 640}
        )
        page.evaluate(axe)
        click_at(page, *place_on_first_link(photo_map, 60.0))
        page.wait_for_selector(".place img")
        assert faults(page) == []
        page.click("#measure")
        for m in (20.0, 80.0):
            click_at(page, *place_on_first_link(photo_map, m))
            page.wait_for_selector("#measured p:has-text('From')")
            page.wait_for_timeout(500)
        page.get_by_role("button", name="Profile").click()
        page.wait_for_selector("#profile svg")
        assert faults(page) == []
        assert wrong == []
        page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_before_and_after(
    chromium: Any, swipe_site: Path, axe: str, scheme: str
) -> None:
    with serve(swipe_site) as url:
        page, wrong = open_page(chromium, url, color_scheme=scheme)
        page.evaluate(axe)
        page.get_by_role("button", name="Before and after").click()
        page.wait_for_selector("body[data-swipe=drawn]")
        assert faults(page) == []
        assert wrong == []
        page.context.close()
