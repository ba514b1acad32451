"""A review of a map: what is listed, what decisions do, that they survive mapping again."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from railmap.errors import InputError, OutputError, UsageError
from railmap.evaluation.layers import read_tracks
from railmap.geometry.types import TrackNetwork
from railmap.mapping import Map, check_map, read_map, write_map
from railmap.mapping.referencing.lines import auto_lines
from railmap.mapping.remap.edited_map import EditedMap
from railmap.mapping.review.decisions import decide, take_back
from railmap.mapping.review.items import ReviewItem, review_items
from railmap.mapping.review.labels import write_labels
from railmap.mapping.review.service import ReviewService
from railmap.mapping.schema.review import DOUBTFUL_TRACK, REJECTED_TRACK, RETURNED_TRACK
from railmap.mapping.store.editing import edit_map
from railmap.mapping.store.types import QaIssue
from tests.helpers import networks
from tests.mapping.remap.test_edits import straight, with_leg

BELOW = 0.8
WEAK = 3  # the leg


def network(leg: float = 0.5, **changes: object) -> TrackNetwork:
    """A track of three links with a doubtful leg."""
    found = with_leg(straight(0, 100, 200, 300), 1)
    found.links[WEAK].confidence = leg
    return found


def doubts(found: TrackNetwork) -> list[QaIssue]:
    return [
        QaIssue(DOUBTFUL_TRACK, "info", f"a confidence of {link.confidence}; look", shape)
        for link in found.links
        if link.confidence is not None and link.confidence < BELOW
        for shape in [shapely.linestrings(link.xy)]
    ]


def write(path: Path, found: TrackNetwork, qa: list[QaIssue] | None = None) -> Map:
    """Map the raster, again if there is a map."""
    write_map(
        path, found, networks.CRS, images=networks.images(), run=networks.run_record(),
        qa=doubts(found) if qa is None else qa, overwrite=True,
        edits=EditedMap(path).current(networks.CRS),
    )  # fmt: skip
    return read_map(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "tracks.gpkg"
    write(file, network())
    return file


def items(path: Path, below: float = BELOW) -> list[ReviewItem]:
    return review_items(read_map(path), below)


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as sql:
        rows = sql.iterdump()
        return sorted(row for row in rows if "rtree_" not in row and "sqlite_sequence" not in row)


def issues(path: Path) -> list[tuple[str, str]]:
    frame = read_map(path).layers["qa_issue"]
    return sorted(zip(frame["rule"], frame["status"], strict=True))


def test_a_doubtful_track_and_its_issue_are_one_item(path: Path) -> None:
    (found,) = items(path)
    assert (found.kind, found.rule, found.confidence) == ("link", DOUBTFUL_TRACK, 0.5)
    assert found.key == found.link_id
    assert shapely.from_wkt(found.wkt).length > 90
    # Below the threshold of the list it is still an open issue.
    (issue,) = items(path, 0.3)
    assert (issue.kind, issue.link_id) == ("issue", found.key)


def test_the_order_is_errors_tracks_by_confidence_and_other_issues(tmp_path: Path) -> None:
    path = tmp_path / "j.gpkg"
    found = networks.junction()
    found.links[2].confidence = 0.3
    write(path, found, networks.issues())
    listed = [(item.rule, item.confidence) for item in items(path)]
    assert listed == [
        ("hole", None), (DOUBTFUL_TRACK, 0.3), (DOUBTFUL_TRACK, 0.45), ("crossing", None),
        ("gap", None),
    ]  # fmt: skip


def test_an_accepted_track_is_kept_where_the_new_map_has_none(path: Path) -> None:
    (item,) = items(path)
    decide(path, item, "accept")
    assert items(path) == []
    assert issues(path) == [(DOUBTFUL_TRACK, "accepted")]
    after = write(path, straight(0, 100, 200, 300))
    row = after.links.set_index("link_id").loc[item.key]
    assert (row["geometry_source"], row["confidence"]) == ("edited", 0.5)
    assert items(path) == []
    assert [i for i in check_map(path) if i.severity == "error"] == []


def test_an_accepted_track_is_not_doubted_again(path: Path) -> None:
    decide(path, items(path)[0], "accept")
    after = write(path, network(leg=0.4))
    assert len(after.links) == 4
    assert items(path) == []
    assert issues(path) == [(DOUBTFUL_TRACK, "accepted")]


def test_a_rejected_track_is_gone_and_stays_gone(path: Path) -> None:
    (item,) = items(path)
    decide(path, item, "reject")
    for _ in range(2):
        content = read_map(path)
        assert item.key not in set(content.links["link_id"])
        assert len(content.links) == 3
        assert len(content.nodes) == 4
        assert set(content.nodes["railway"].dropna()) == set()
        assert sorted(content.nodes["degree"]) == [1, 1, 2, 2]
        assert (REJECTED_TRACK, "accepted") in issues(path)
        assert (DOUBTFUL_TRACK, "open") not in issues(path)
        assert items(path) == []
        assert [i for i in check_map(path) if i.severity == "error"] == []
        again = network(leg=0.6)
        again.links[WEAK].xy += np.array([0.0, 0.4])  # another flight
        again.links[WEAK].xy[0] = again.nodes[1].x, again.nodes[1].y
        again.nodes[-1].y += 0.4
        write(path, again)


def test_a_track_that_goes_on_past_a_rejected_one_stays_and_is_told(path: Path) -> None:
    (item,) = items(path)
    decide(path, item, "reject")
    longer = network()
    leg = longer.links[WEAK].xy
    more = leg[-1] + np.linspace(1, 60, 30)[:, None] * (leg[-1] - leg[-2])
    longer.links[WEAK].xy = np.vstack([leg, more])
    longer.nodes[-1].x, longer.nodes[-1].y = more[-1]
    after = write(path, longer)
    assert len(after.links) == 4
    assert (RETURNED_TRACK, "open") in issues(path)


def test_decisions_are_taken_back(path: Path) -> None:
    before = dump(path)
    (item,) = items(path)
    for verdict in ("accept", "reject", "fixed"):
        journal = decide(path, item, verdict)
        assert dump(path) != before
        take_back(path, journal)
        assert dump(path) == before


def test_what_was_changed_since_is_not_taken_back(path: Path) -> None:
    journal = decide(path, items(path)[0], "accept")
    with edit_map(path) as sql:
        sql.execute("UPDATE railway_link SET name = 'Anschluss' WHERE geometry_source = 'edited'")
    with pytest.raises(InputError, match="changed since"):
        take_back(path, journal)


def test_issues_are_accepted_and_fixed(tmp_path: Path) -> None:
    path = tmp_path / "j.gpkg"
    write(path, networks.junction(), networks.issues())
    by_rule = {item.rule: item for item in items(path, 0)}
    decide(path, by_rule["gap"], "accept")
    decide(path, by_rule["hole"], "fixed")
    with pytest.raises(InputError, match="not about one track"):
        decide(path, by_rule["crossing"], "reject")
    with pytest.raises(UsageError, match="maybe"):
        decide(path, by_rule["crossing"], "maybe")
    with pytest.raises(InputError, match="no longer in the map"):
        decide(path, ReviewItem("link", "x", "", "", "", None, "x", ""), "accept")
    assert issues(path) == [("crossing", "open"), ("gap", "accepted"), ("hole", "fixed")]


def test_a_track_with_a_line_on_it_is_not_removed(path: Path) -> None:
    (item,) = items(path)
    auto_lines(path)
    before = dump(path)
    with pytest.raises(InputError, match="a line runs over this track"):
        decide(path, item, "reject")
    assert dump(path) == before


def test_a_map_that_another_program_writes_to_is_not_changed(path: Path) -> None:
    (item,) = items(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OutputError, match="another program is writing"):
            decide(path, item, "reject")
    assert items(path) == [item]


def test_labels_have_the_accepted_tracks_and_the_rejected_places(tmp_path: Path) -> None:
    path, labels = tmp_path / "j.gpkg", tmp_path / "labels.gpkg"
    found = networks.junction()
    found.links[2].confidence = found.links[5].confidence = 0.3
    write(path, found, [])
    with pytest.raises(InputError, match="no track was accepted or rejected"):
        write_labels(path, labels, BELOW)
    by_x = sorted(items(path), key=lambda item: shapely.from_wkt(item.wkt).bounds)
    accepted, rejected, open_one = by_x
    decide(path, accepted, "accept")
    decide(path, rejected, "reject")
    done = write_labels(path, labels, BELOW)
    assert (done.accepted, done.rejected) == (1, 1)
    read = read_tracks(labels, "labels")
    line, gone, doubtful = (shapely.from_wkt(i.wkt) for i in (accepted, rejected, open_one))
    drawn = shapely.union_all(list(read.lines.geometry))
    assert line.buffer(0.01).intersection(drawn).length == pytest.approx(line.length, rel=0.01)
    assert read.area is not None
    assert read.area.covers(line)
    assert read.area.covers(gone)
    middle = gone.interpolate(0.6, normalized=True)
    assert drawn.distance(middle) > 0.5
    assert read.ignore is None or not read.ignore.covers(middle)
    assert not drawn.buffer(0.01).covers(doubtful)


def test_the_service_answers_lines(path: Path, tmp_path: Path) -> None:
    service = ReviewService(path)

    def ask(**request: object) -> dict[str, Any]:
        (answer,) = service.serve([json.dumps(request) + "\n", "\n"])
        found: dict[str, Any] = json.loads(answer)
        return found

    assert "error" in ask(do="decide", kind="link", key="x", verdict="accept")
    listed = ask(do="list", below=0.8)
    assert "ETRS89" in listed["crs"]
    (item,) = listed["items"]
    done = ask(do="decide", kind=item["kind"], key=item["key"], verdict="reject")
    assert "error" not in done
    assert ask(do="list", below=0.8)["items"] == []
    assert ask(do="undo")["key"] == item["key"]
    assert ask(do="undo")["error"] == "there is nothing to take back"
    assert ask(do="list", below=0.8)["items"] == [item]
    assert (
        "no track was accepted" in ask(do="labels", output=str(tmp_path / "l"), below=0.8)["error"]
    )
    assert "lacks a value" in ask(do="list")["error"]
    assert "error" in service.answer("no json")
    assert "error" in service.answer("[]")
    assert "error" in service.answer("[" * 200_000)
    assert "no request" in ask(do=["list"])["error"]
    assert "no request" in ask(do={"list": 1})["error"]
    assert "cannot be done" in ask(do="list", below="half")["error"]
    shutil.move(path, path.with_suffix(".away"))
    assert "no such file" in ask(do="list", below=0.8)["error"]
