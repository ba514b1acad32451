"""Prominent peaks, against SciPy's."""

import numpy as np
from scipy.signal import find_peaks

from railmap.geometry.junctions.find.peaks import prominent_peaks


def test_the_same_as_scipy() -> None:
    rng = np.random.default_rng(3)
    for _ in range(500):
        profile = rng.random(rng.integers(0, 60))
        profile = np.where(profile > rng.uniform(0, 0.7), profile, 0.0)
        prominence = float(rng.choice([0.05, 0.2, 0.5]))
        wanted = find_peaks(np.concatenate([[0.0], profile, [0.0]]), prominence=prominence)[0] - 1
        assert prominent_peaks(profile, prominence) == wanted.tolist()


def test_flat_tops_give_their_middle() -> None:
    assert prominent_peaks(np.array([0.0, 0.4, 0.4, 0.4, 0.1, 0.8, 0.8]), 0.2) == [2, 5]
    assert prominent_peaks(np.zeros(5), 0.1) == []
    assert prominent_peaks(np.array([]), 0.1) == []


def test_equal_tops_with_a_lesser_dip_count_once() -> None:
    assert prominent_peaks(np.array([0.5, 0.48, 0.5]), 0.05) == [0]
