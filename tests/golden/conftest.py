"""Golden tests pin what the commands make, so that a change of structure changes nothing else.

``python -m pytest tests/golden`` compares with the files in ``data``; with ``--renew-golden`` it
writes them again (``git diff`` then shows what changed). The inputs among them are made by
``golden_inputs.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden import golden_events
from tests.golden.golden_files import Golden
from tests.golden.golden_inputs import unpack


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    return Golden(renew=request.config.getoption("--renew-golden"))


@pytest.fixture(scope="session")
def event_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a map ``Gleise öst.gpkg`` that has a line, posts and events."""
    folder = tmp_path_factory.mktemp("events")
    unpack("survey1.gpkg", folder / golden_events.MAP)
    golden_events.fill(folder)
    return folder
