"""Import modules while the network runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import Thread

__all__ = ["imported_meanwhile"]


@contextmanager
def imported_meanwhile(*modules: str) -> Iterator[None]:
    """Import modules on another thread while the block runs.

    The network's code leaves Python free, and the lines and the map need pandas, numba and SciPy:
    a second on an idle computer. A module that fails to import raises where it is used.

    Parameters
    ----------
    modules
        Full names.

    Examples
    --------
    >>> with imported_meanwhile("colorsys"):
    ...     pass
    """

    def load() -> None:
        for name in modules:
            try:
                import_module(name)
            except Exception:  # told by the import that needs the module
                return

    thread = Thread(target=load, name="imports")
    thread.start()
    yield
    thread.join()  # not after an error or a cancellation: they do not wait for imports
