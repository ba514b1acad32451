"""Whether the compiled code of the tracing is already on this computer."""

from __future__ import annotations

from pathlib import Path

from railmap.tracing.stitching import measure_links

__all__ = ["COMPILES", "is_compiled"]

COMPILES = "first map on this computer: compiling the code takes a minute or two, once"
"""What a reporter says before the first map."""


def is_compiled() -> bool:
    """Whether an earlier run left the compiled code in numba's cache.

    Returns
    -------
    bool
        True, too, if numba compiles nothing (``NUMBA_DISABLE_JIT``).

    Examples
    --------
    >>> isinstance(is_compiled(), bool)
    True
    """
    stats = getattr(measure_links, "stats", None)
    if stats is None:
        return True
    return any(Path(stats.cache_path).glob("stitching.measure_links-*.nbi"))
