from __future__ import annotations

import json
import re
import shutil
from html import unescape
from pathlib import Path

import pytest

from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.licences import Licence, add_licence
from railmap.publishing.web.links import content_policy, safe_link
from railmap.publishing.web.site import publish_map


@pytest.mark.parametrize(
    "address",
    ["https://www.openstreetmap.org/copyright", "http://a.b/c?d=e#f", "mailto:gis@rail.org"],
)
def test_addresses_that_links_may_lead_to(address: str) -> None:
    assert safe_link(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)",
        "java\tscript:alert(1)", "data:text/html,<script>", "file:///etc/passwd", "vbscript:x",
        "//host/x", "x", "", "https:",
        "https://a\nb", "ftp://host/", "blob:https://a/b", "http://[", "mailto:",
    ],
)  # fmt: skip
def test_addresses_that_links_may_not_lead_to(address: str) -> None:
    assert safe_link(address) is None


def test_the_page_keeps_other_code_out(line_map: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.gpkg"
    shutil.copy(line_map, path)
    with edit_map(path) as sql:
        add_licence(sql, Licence("x", "<img src=x onerror=alert(1)>", "javascript:alert(1)"))
        add_licence(sql, Licence("y", "someone", "https://example.org/"))
    publish_map(path, tmp_path / "site")
    page = (tmp_path / "site" / "index.html").read_text()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert unescape(policy) == content_policy()
    assert "{{" not in page
    assert "'unsafe" not in policy
    for tag in re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL):
        assert tag == ""
    assert not re.search(r"\son\w+=|\sstyle=|javascript:", page)
    about = json.loads((tmp_path / "site" / "map.json").read_text())
    assert [one["url"] for one in about["attribution"]] == [None, "https://example.org/"]


def test_the_page_needs_no_other_place() -> None:
    assert "http" not in content_policy()
    assert "*" not in content_policy()
