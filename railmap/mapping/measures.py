"""Lines with M in other people's files."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["plain_measures"]


@contextmanager
def plain_measures() -> Iterator[None]:
    """Read lines with M without pyogrio's warning that it drops M, which nobody here asks for."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Measured .* geometry types")
        yield
