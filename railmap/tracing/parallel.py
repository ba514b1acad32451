"""Apply a function to blocks on several threads; the numba kernels release the GIL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

__all__ = ["map_threads"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_threads(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Iterator[tuple[Item, Result]]:
    """Apply a function to items on threads, in order.

    If the consumer stops or `function` raises, calls that have not started are dropped.

    Parameters
    ----------
    function
        Called with each item.
    items
        Read a few ahead of the results.
    threads
        Number of threads; 1 calls the function directly.

    Yields
    ------
    (item, result)
        In the order of `items`.
    """
    if threads == 1:
        for item in items:
            yield item, function(item)
        return
    queue = iter(items)
    with ThreadPoolExecutor(threads, thread_name_prefix="railmap-trace") as pool:
        ahead: list[tuple[Item, Future[Result]]] = []
        try:
            for item in islice(queue, 4 * threads):
                ahead.append((item, pool.submit(function, item)))
            while ahead:
                done, future = ahead.pop(0)
                result = future.result()
                for item in islice(queue, 1):
                    ahead.append((item, pool.submit(function, item)))
                yield done, result
        finally:
            for _, future in ahead:
                future.cancel()
