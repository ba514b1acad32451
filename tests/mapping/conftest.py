from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import networks

from railmap.mapping import write_map


@pytest.fixture(scope="session")
def junction_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map of `networks.junction`; not to be changed."""
    path = tmp_path_factory.mktemp("junction") / "Gleise öst.gpkg"
    write_map(
        path,
        networks.junction(),
        networks.CRS,
        images=networks.images(),
        run=networks.run_record(),
        qa=networks.issues(),
    )
    return path
