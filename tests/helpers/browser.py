"""A published page in Chromium, watched for errors."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np

from railmap.mapping import read_map
from railmap.publishing.exchange.lonlat import to_lonlat

# What the page needs of a server that forbids everything else.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'"
)
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
# Where the pictures go to be looked at, if set.
_PICTURES = os.environ.get("RAILMAP_PICTURES")
# Software rendering takes long on a busy machine.
_WAIT_MS = 300_000


def launch(driver: Any) -> Any | None:
    """Start the system's Chromium; None if there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    return driver.chromium.launch(executable_path=path, args=_FLAGS) if path else None


def open_page(browser: Any, url: str, **context: Any) -> tuple[Any, list[str]]:
    """Open a page and wait until the map is drawn; return it and the list of what goes wrong."""
    options = {"viewport": {"width": 720, "height": 500}, "locale": "en-GB"} | context
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(_WAIT_MS)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda note: wrong.append(note.text) if note.type == "error" else None)
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    page.goto(url)
    page.wait_for_selector("body[data-ready]")
    return page, wrong


def wait_until(page: Any, expression: str) -> None:
    """Wait until an expression is true; Playwright's own way needs eval, which policies forbid."""
    end = time.monotonic() + _WAIT_MS / 1000
    while not page.evaluate(expression):
        if time.monotonic() > end:
            raise TimeoutError(expression)
        page.wait_for_timeout(100)


def click_at(page: Any, lon: float, lat: float) -> None:
    """Click a place on the map."""
    point = page.evaluate("place => railmap.map.project(place)", [lon, lat])
    page.mouse.click(point["x"], point["y"])


def type_text(page: Any, text: str) -> list[str]:
    """Type into the search; return the results as "kind: label"."""
    page.fill("#query", "")
    page.fill("#query", text)
    wait_until(page, "/result|Nothing|here:/.test(document.querySelector('#answer').textContent)")
    return [
        f"{item.locator('.kind').inner_text()}: {item.locator('.label').inner_text()}"
        for item in page.locator("#results li").all()
    ]


def picture(page: Any, name: str) -> None:
    """Keep a picture to be looked at."""
    if _PICTURES:
        page.screenshot(path=str(Path(_PICTURES) / f"{name}.png"))


def place_on_first_link(path: Path, m: float) -> tuple[float, float]:
    """Return longitude and latitude of a place on the map's first link."""
    content = read_map(path)
    spot = content.links.geometry.iloc[0].interpolate(m)
    lon, lat = to_lonlat(content.crs, np.array([(spot.x, spot.y)]))[0]
    return float(lon), float(lat)
