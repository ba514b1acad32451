"""A page in WebKitGTK, operated by its WebDriver: Playwright's own WebKit has no Debian package."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import glob
from pathlib import Path
from typing import Any

ENTER, ESCAPE = "\ue007", "\ue00c"
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the name that the standard gives it
_WAIT_S = 120.0


class Page:
    """A window of MiniBrowser."""

    def __init__(self, address: str, browser: str) -> None:
        self._address = f"{address}/session"
        options = {"webkitgtk:browserOptions": {"binary": browser, "args": ["--automation"]}}
        answer = self._ask("POST", "", {"capabilities": {"alwaysMatch": options}})
        self._address += f"/{answer['sessionId']}"
        self.version = answer["capabilities"]["browserVersion"]

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._address}{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=_WAIT_S) as answer:
            return json.load(answer)["value"]

    def open(self, url: str) -> None:
        self._ask("POST", "/url", {"url": url})

    def evaluate(self, expression: str) -> Any:
        return self._ask("POST", "/execute/sync", {"script": f"return {expression}", "args": []})

    def wait_until(self, expression: str) -> None:
        end = time.monotonic() + _WAIT_S
        while not self.evaluate(expression):
            if time.monotonic() > end:
                raise TimeoutError(expression)
            time.sleep(0.1)

    def type(self, selector: str, text: str) -> None:
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        self._ask("POST", f"/element/{found[_ELEMENT]}/value", {"text": text})

    def click(self, selector: str) -> None:
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        self._ask("POST", f"/element/{found[_ELEMENT]}/click", {})

    def close(self) -> None:
        self._ask("DELETE", "")


def missing() -> str:
    """Say which program is not installed; empty if all are."""
    programs = [one for one in ("WebKitWebDriver", "xvfb-run") if not shutil.which(one)]
    return ", ".join(programs if _browsers() else [*programs, "MiniBrowser"])


def _browsers() -> list[str]:
    return sorted(glob("/usr/lib/*/webkit2gtk-4*/MiniBrowser"))


@contextmanager
def webkit(log: Path) -> Iterator[Page]:
    """Start the driver and a window on a screen of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["xvfb-run", "-a", "-s", "-screen 0 1200x900x24", "WebKitWebDriver", f"--port={port}"]
    with log.open("wb") as out:
        driver = subprocess.Popen(
            words, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
            env=os.environ | {"LIBGL_ALWAYS_SOFTWARE": "1", "GDK_BACKEND": "x11"},
        )  # fmt: skip
        page = None
        try:
            _wait_for(port)
            page = Page(f"http://127.0.0.1:{port}", _browsers()[-1])
            yield page
        finally:
            if page is not None:
                with suppress(OSError):
                    page.close()
            with suppress(ProcessLookupError):
                os.killpg(driver.pid, signal.SIGTERM)
            driver.wait()


def _wait_for(port: int) -> None:
    end = time.monotonic() + _WAIT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return
