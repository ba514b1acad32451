"""A kilometre post by a click: the same map as `milestones`, and back."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from railmap.errors import InputError
from railmap.mapping import check_map, read_map
from railmap.mapping.attach.attach import attach_events
from railmap.mapping.referencing.lines import add_line
from railmap.mapping.referencing.milestones import add_milestones
from railmap.mapping.review.new_post import add_post, lines_at
from railmap.mapping.review.service import ReviewService
from railmap.mapping.store.editing import edit_map
from tests.helpers import railway

# In the order of the clicks; the third one is a jump of the chainage.
POSTS = [("12.4", 100.0), ("12.6", 300.0), ("13.5+20", 640.0), ("12.5", 200.0)]


def at(s: float) -> tuple[float, float]:
    x, y = railway.along_south(s)
    return float(x), float(y)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with a line and an event on it."""
    folder = tmp_path_factory.mktemp("railway")
    path = railway.write_railway(folder / "plain.gpkg")
    add_line(path, ref="6185", start=railway.node(0), end=railway.node(3))
    x, y = at(250.0)
    events = folder / "defects.csv"
    events.write_text(f"x,y,class\n{x},{y},squat\n", encoding="utf-8")
    attach_events(path, events, layer="defect")
    return path


@pytest.fixture
def path(plain: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(plain, tmp_path / "tracks.gpkg"))


def line_id(path: Path) -> str:
    return str(read_map(path).layers["railway_line"]["line_id"].iloc[0])


def dump(path: Path) -> list[str]:
    """All rows but those of the index and the catalogue, where a new empty layer stays."""
    with closing(sqlite3.connect(path)) as sql:
        rows = [row for row in sql.iterdump() if row.startswith("INSERT")]
    apart = ("rtree_", "sqlite_sequence", "gpkg_", "layer_styles")
    return sorted(row for row in rows if not any(name in row for name in apart))


def test_the_lines_at_a_place(path: Path) -> None:
    x, y = at(250.0)
    (here,) = lines_at(path, (x, y + 2.0))
    assert (here.title, here.posts) == ("6185", 0)
    assert here.distance_m == pytest.approx(2.0, abs=0.05)
    assert here.line_m == pytest.approx(250.0, abs=0.5)
    with pytest.raises(InputError, match="no line within 30 m; click on its track"):
        lines_at(path, (x, y + 500.0))


def test_a_map_without_lines_is_told(tmp_path: Path) -> None:
    bare = railway.write_railway(tmp_path / "bare.gpkg")
    with pytest.raises(InputError, match="add one first"):
        lines_at(bare, at(250.0))


def test_clicks_give_what_milestones_give(path: Path, plain: Path, tmp_path: Path) -> None:
    for text, s in POSTS:
        add_post(path, line_id(path), at(s), text)
    other = Path(shutil.copy(plain, tmp_path / "other.gpkg"))
    table = tmp_path / "posts.csv"
    rows = [f"{text},{at(s)[0]!r},{at(s)[1]!r},click" for text, s in POSTS]
    table.write_text("\n".join(["position_text,x,y,source", *rows]) + "\n", encoding="utf-8")
    add_milestones(other, table, ref="6185")
    for name in ("railway_line", "railway_line_link", "milestone", "defect"):
        mine, theirs = (
            read_map(one).layers[name].astype(str).reset_index(drop=True) for one in (path, other)
        )
        assert mine.equals(theirs), name
    defect = read_map(path).layers["defect"].iloc[0]
    assert defect["line_m"] == pytest.approx(12550.0, abs=0.2)
    assert [issue for issue in check_map(path) if issue.severity == "error"] == []


def test_posts_are_taken_back_one_by_one(path: Path) -> None:
    service = ReviewService(path)
    states = [dump(path)]

    def ask(**request: Any) -> dict[str, Any]:
        found: dict[str, Any] = service.answer(json.dumps(request))
        return found

    for text, s in POSTS:
        (here,) = ask(do="lines", point=at(s))["lines"]
        answer = ask(do="post", line_id=here["line_id"], point=at(s), text=text)
        assert "error" not in answer
        states.append(dump(path))
    assert answer["title"] == "6185"
    assert answer["posts"] == 4
    assert any("kilometres jump" in remark for remark in answer["remarks"])
    assert len({tuple(state) for state in states}) == 5
    for state in states[-2::-1]:
        assert ask(do="undo")["kind"] == "post"
        assert dump(path) == state
    assert ask(do="undo")["error"] == "there is nothing to take back"


def test_an_event_that_changed_since_is_not_lost(path: Path) -> None:
    service = ReviewService(path)
    service.answer(
        json.dumps({"do": "post", "line_id": line_id(path), "point": at(9), "text": "1"})
    )
    with edit_map(path) as sql:
        sql.execute("UPDATE defect SET class = 'crack'")
    assert "changed since" in service.answer('{"do": "undo"}')["error"]


@pytest.mark.parametrize(
    ("text", "point", "reason"),
    [
        ("twelve", at(100.0), "twelve"),
        ("", at(100.0), "chainage"),
        ("12.5", (at(100.0)[0], at(100.0)[1] + 200.0), "200 m from line 6185"),
        ("12.4", at(500.0), "12.4"),
    ],
)
def test_a_post_that_does_not_fit_changes_nothing(
    path: Path, text: str, point: tuple[float, float], reason: str
) -> None:
    add_post(path, line_id(path), at(100.0), "12.4")
    add_post(path, line_id(path), at(300.0), "12.6")
    before = dump(path)
    with pytest.raises(InputError, match=reason):
        add_post(path, line_id(path), point, text)
    assert dump(path) == before


def test_a_line_that_is_gone_is_told(path: Path) -> None:
    with pytest.raises(InputError, match="no longer in the map"):
        add_post(path, "x", at(100.0), "12.4")
