"""What is put on the first survey's tracks: a line, its posts, events of every kind."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from tests.golden.golden_run import Done, run
from tests.golden.golden_scene import CRS, X0, Y0

MAP = "Gleise öst.gpkg"
REF = "6185"
_LINES = [
    ("walked", [(8, 17.5), (40, 17.2), (75, 17.9)]),
    ("dug", [(95, 19.0), (101, 20.0)]),
]


def _table(path: Path, header: str, rows: list[tuple[Any, ...]]) -> str:
    """Write a CSV; the first two columns are metres from the scene's corner."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(header.split(","))
        table.writerows((X0 + x, Y0 + y, *rest) for x, y, *rest in rows)
    return path.name


def add_line(folder: Path, name: str = MAP) -> list[Done]:
    """Give the map a line from west to east, with chainage from two posts."""
    posts = _table(folder / "posts.csv", "x,y,position_km", [(20, 13.5, 12.4), (60, 13.6, 12.44)])
    return [
        run(folder, "line", "add", name, "--ref", REF, "--name", "Köln–Öst",
            "--from", f"{X0},{Y0 + 16}", "--to", f"{X0 + 128.9},{Y0 + 21.2}"),
        run(folder, "milestones", "add", name, posts, "--ref", REF),
    ]  # fmt: skip


def add_defects(folder: Path, name: str, later: bool = False) -> Done:
    """Put defects on the map; `later` three have grown, moved or gone, and one is new."""
    day = "2026-05-01" if later else "2026-03-01"
    rows: list[tuple[Any, ...]] = [
        (30.0, 16.7, "a1", "squat", 3 if later else 2, 900.5 if later else 500.25, 0.04, day),
        (44.2 if later else 44.0, 15.3, "a2", "dent", 1, 120.0, 0.01, day),
    ]
    rows.append(
        (103.0, 18.5, "a4", "crush", 4, 2000.0, 0.2, day)
        if later
        else (70.0, 16.9, "a3", "squat", 1, 80.0, 0.01, day)
    )
    events = _table(
        folder / f"defects-{day}.csv",
        "x,y,defect_id,class,severity,area_mm2,length_m,first_seen",
        rows,
    )
    return run(folder, "attach", events, "--to", name, "--layer", "defect")


def fill(folder: Path) -> list[Done]:
    """Put all of it on the map in `folder`; return what the commands reported."""
    points = _table(
        folder / "loose bolts.csv",
        "x,y,kind,count,checked",
        [
            (10.5, 17.1, "loose", 2, True),
            (33.0, 18.4, "missing", 1, False),  # between two tracks
            (70.0, 22.6, "Größe", 3, True),
            (120.0, 45.0, "off", 1, False),
        ],
    )
    (folder / "scenes.csv").write_text(
        "lon,lat,event_id,scene_class,probability\n"
        "9.00035978,51.45134406,s1,bridge,0.875\n"
        '9.00139595,51.45133506,s2,"yard, ""old""",0.5\n',
        encoding="utf-8",
    )
    (folder / "by km.csv").write_text(
        f"line,km,note\n{REF},12.4105,bolt\n{REF},12.45,plate\n", encoding="utf-8"
    )
    walks = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": CRS}},
        "features": [
            {
                "type": "Feature",
                "properties": {"kind": kind, "number": number},
                "geometry": {
                    "type": "LineString",
                    "coordinates": [[X0 + x, Y0 + y] for x, y in places],
                },
            }
            for number, (kind, places) in enumerate(_LINES)
        ],
    }
    (folder / "walks.geojson").write_text(json.dumps(walks), encoding="utf-8")
    done = add_line(folder)
    done.append(add_defects(folder, MAP))
    done.append(run(folder, "attach", "scenes.csv", "--to", MAP))
    for events in (points, "by km.csv", "walks.geojson"):
        done.append(run(folder, "attach", events, "--to", MAP, "--max-distance", 8))
    done.append(run(folder, "check", MAP))
    return done
