from __future__ import annotations

from pathlib import Path

import pyproj
import pytest

from railmap.errors import InputError
from railmap.mapping.sources.events import read_events
from tests.helpers import exif

CRS = pyproj.CRS.from_epsg(25832)


def test_a_folder_of_photos_with_a_bad_one(tmp_path: Path) -> None:
    exif.write_photo(tmp_path / "a.jpg", (9.0, 51.4))
    (tmp_path / "._a.jpg").write_bytes(b"\0\5\x16\7Mac OS X")
    events, left = read_events(tmp_path, CRS)
    assert (len(events.names), left) == (1, [])
    (tmp_path / "b.jpg").write_bytes(b"")
    (tmp_path / "c.jpg").write_bytes(b"torn" * 9)
    with pytest.raises(InputError, match=r"b\.jpg is empty \(0 bytes\).* \(1 more like it\)"):
        read_events(tmp_path, CRS)
    events, left = read_events(tmp_path, CRS, skip_bad=True)
    assert list(events.names) == ["a.jpg"]
    assert left[0].startswith("b.jpg is empty")
    assert left[1].startswith("c.jpg cannot be read as a photo (")


def test_positions_of_photos_contradict_another_crs(tmp_path: Path) -> None:
    exif.write_photo(tmp_path / "a.jpg", (9.0, 51.4))
    events, _ = read_events(tmp_path, CRS, events_crs="EPSG:25832")
    assert events.notes == ("the positions of photos are in WGS 84, not in EPSG:25832",)
