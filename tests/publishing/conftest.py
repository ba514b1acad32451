from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import published


@pytest.fixture(scope="session")
def line_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with a line, a post, defects and a scene; not to be changed."""
    return published.make_map(tmp_path_factory.mktemp("published") / "Gleise öst.gpkg")
