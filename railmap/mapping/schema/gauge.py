"""Nominal gauge from a measured one."""

from __future__ import annotations

__all__ = ["DEFAULT_GAUGE_MM", "STANDARD_GAUGES_MM", "nominal_gauge"]

DEFAULT_GAUGE_MM = 1435

# 1524 (Finland) is excluded: it cannot be distinguished from 1520 in images.
STANDARD_GAUGES_MM = (600, 750, 762, 891, 914, 1000, 1067, 1435, 1520, 1600, 1668, 1676)

# Wear and gauge widening in curves, in addition to the error of the measurement.
_ALLOWANCE_MM = 15.0


def nominal_gauge(measured_mm: float, sigma_mm: float | None) -> int | None:
    """Return the standard gauge within 2 sigma (or 15 mm) of a measured one.

    None if no gauge is that close, or if two are that cannot be distinguished within 2 sigma.

    Examples
    --------
    >>> nominal_gauge(1431.0, 6.0)
    1435
    >>> nominal_gauge(1470.0, 6.0) is None
    True
    >>> nominal_gauge(1672.0, 6.0) is None
    True
    """
    two_sigma = 2.0 * (sigma_mm or 0.0)
    nearest = sorted(STANDARD_GAUGES_MM, key=lambda gauge: abs(gauge - measured_mm))
    first, second = (abs(gauge - measured_mm) for gauge in nearest[:2])
    if first > max(_ALLOWANCE_MM, two_sigma) or second - first < two_sigma:
        return None
    return nearest[0]
