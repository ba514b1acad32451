from __future__ import annotations

import pytest

from railmap.mapping.schema.gauge import STANDARD_GAUGES_MM, nominal_gauge


@pytest.mark.parametrize("gauge", STANDARD_GAUGES_MM)
def test_exact_gauges(gauge: int) -> None:
    assert nominal_gauge(float(gauge), 1.0) == gauge


@pytest.mark.parametrize(
    ("measured", "sigma", "expected"),
    [
        (1449.0, None, 1435),
        (1451.0, None, None),
        (1451.0, 10.0, 1435),
        (1477.0, 50.0, None),  # 1435 or 1520
        (1670.0, 20.0, None),  # 1668 or 1676
        (1668.0, 3.0, 1668),
        (1524.0, 3.0, 1520),
        (2100.0, 5.0, None),
    ],
)
def test_measured_gauges(measured: float, sigma: float | None, expected: int | None) -> None:
    assert nominal_gauge(measured, sigma) == expected
