"""No raster makes tracing fail: a valid, noded, repeatable map of whatever bands there are."""

from __future__ import annotations

import pytest

from railmap.geometry import TrackNetwork
from tests.helpers.ragged_bands import network
from tests.helpers.random_bands import Bands, random_bands
from tests.helpers.whole_map import faults, fingerprint

FEW, MANY, PART = 100, 2000, 190


def traced(bands: Bands, **options: object) -> TrackNetwork:
    return network(bands.values, 0.5, bands.gsd, profile=bands.profile, **options)


def broken(seeds: range) -> dict[int, list[str]]:
    """Faults by seed; every tenth raster is traced again in chunks."""
    found = {}
    for seed in seeds:
        bands = random_bands(seed)
        net = traced(bands)
        wrong = faults(net)
        if seed % 10 == 0 and fingerprint(traced(bands, chunk=64)) != fingerprint(net):
            wrong.append("in chunks the map is another")
        if wrong:
            found[seed] = [bands.profile, *bands.parts, *wrong]
    return found


def test_random_networks() -> None:
    assert broken(range(FEW)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("first", range(FEW, MANY, PART))
def test_many_random_networks(first: int) -> None:
    assert broken(range(first, first + PART)) == {}


def test_random_networks_differ() -> None:
    """The drawing shows what it is meant to show."""
    drawn = [random_bands(seed) for seed in range(400)]
    assert {b.profile for b in drawn} == {"mask", "tent"}
    parts = {part for b in drawn for part in b.parts}
    wanted = {"branch", "fan", "diamond", "grazing", "beside", "loop", "no data", "one value"}
    assert wanted <= parts
    assert sum(b.values.any() for b in drawn) > 300
