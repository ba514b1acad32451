"""Import modules while the network loads and runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import Event, Thread

__all__ = ["imported_meanwhile"]


@contextmanager
def imported_meanwhile(*modules: str, then: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Import modules on another thread while the block runs.

    The network's code leaves Python free, and the lines and the map need numba and SciPy: two
    seconds of imports. Code of the block that needs one of the modules waits for it, as for any
    import. A module that fails to import raises where it is used.

    Parameters
    ----------
    modules
        Full names, in the order of their import; after an error of the block the one being
        imported is the last.
    then
        Called on that thread after the imports.

    Examples
    --------
    >>> with imported_meanwhile("colorsys"):
    ...     pass
    """
    stopped = Event()

    def load() -> None:
        for name in modules:
            if stopped.is_set():
                return
            try:
                import_module(name)
            except Exception:  # told by the import that needs the module
                return
        then()

    thread = Thread(target=load, name="imports")
    thread.start()
    try:
        yield
    except BaseException:
        stopped.set()
        raise
    thread.join()
