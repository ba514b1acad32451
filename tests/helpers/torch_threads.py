"""One thread for torch, for folders whose tests compute with small tensors."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Small tensors: threads would only wait for each other."""
    try:
        import torch
    except ModuleNotFoundError:  # pytest --light
        return
    torch.set_num_threads(1)
