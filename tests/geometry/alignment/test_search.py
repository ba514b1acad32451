"""Which elements a line consists of: parts of the search."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.geometry.alignment.search import _nth_smallest


@pytest.mark.parametrize("seed", range(5))
def test_the_nth_smallest_is_that_of_a_sort(seed: int) -> None:
    draw = np.random.default_rng(seed)
    values = draw.integers(-4, 4, 30) / 2.0  # some are the same
    values[draw.integers(0, 30, 2)] = -np.inf
    for n in range(20):
        assert _nth_smallest(values, 25, n) == np.sort(values[:25])[n]
