"""`line`, `milestones`, `attach`, `check`, `locate`, `compare`, `conflate` on kept maps."""

from __future__ import annotations

import json
from pathlib import Path

from tests.golden import golden_events
from tests.golden.golden_files import Golden
from tests.golden.golden_inputs import unpack
from tests.golden.golden_rows import Rows, layout_rows, map_rows, plain
from tests.golden.golden_run import run

# Columns that a later survey takes over from the one before.
_CARRIED = ("_id", "_node", "link_a", "link_b", "status", "first_seen")


def test_attach(golden: Golden, tmp_path: Path) -> None:
    before = map_rows(unpack("survey1.gpkg", tmp_path / golden_events.MAP))
    told = [row for done in golden_events.fill(tmp_path) for row in done.rows()]
    golden.rows("attach", told + _changes(before, map_rows(tmp_path / golden_events.MAP)))


def test_layout_of_a_map_with_events(golden: Golden, event_folder: Path, tmp_path: Path) -> None:
    before = layout_rows(unpack("survey1.gpkg", tmp_path / "kept.gpkg"))
    after = layout_rows(event_folder / golden_events.MAP)
    golden.rows("attach_layout", _changes(before, after))


def _changes(before: Rows, after: Rows) -> Rows:
    """What is gone, and what is new; the rest is as the kept map has it."""
    gone = [(f"gone {name}", value) for name, value in before if (name, value) not in after]
    return gone + [row for row in after if row not in before]


def test_locate(golden: Golden, event_folder: Path) -> None:
    found = []
    for place in (["6185 km 12.400 +3.2"], ["--at", "500030.5,5700016.7"]):
        told = run(event_folder, "locate", golden_events.MAP, *place, "--json").out
        found.append(("locate", plain(json.loads(told)["places"])))
    golden.rows("locate", found)


def test_compare(golden: Golden, tmp_path: Path) -> None:
    for number in (1, 2):
        unpack(f"survey{number}.gpkg", tmp_path / f"{number}.gpkg")
        golden_events.add_defects(tmp_path, f"{number}.gpkg", later=number == 2)
    done = run(tmp_path, "compare", "1.gpkg", "2.gpkg", "-o", "c.gpkg", "--carry-ids")
    carried = [
        (name, {key: value for key, value in values.items() if key.endswith(_CARRIED)})
        for name, values in map_rows(tmp_path / "2.gpkg")
        if name in ("railway_link", "railway_node", "net_relation", "alignment_segment", "defect")
    ]
    golden.rows("compare", done.rows() + map_rows(tmp_path / "c.gpkg") + carried)


def test_conflate(golden: Golden, tmp_path: Path) -> None:
    for number in (1, 2):
        unpack(f"survey{number}.gpkg", tmp_path / f"{number}.gpkg")
    run(tmp_path, "export", "1.gpkg", "-o", "1.osm")
    done = run(tmp_path, "conflate", "2.gpkg", "--with", "1.osm", "--replace")
    rows = [
        (name, {key: value for key, value in values.items() if key != "geom"})
        for name, values in map_rows(tmp_path / "2.gpkg")
        if name in ("railway_link", "qa_issue")
    ]
    golden.rows("conflate", done.rows() + rows)
