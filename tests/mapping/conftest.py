from __future__ import annotations

from pathlib import Path

import pytest

from railmap.mapping import write_map
from tests.helpers import networks


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
