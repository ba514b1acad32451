"""Runs a function over blocks on threads; the kernels release the GIL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

__all__ = ["run"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def run(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int
) -> Iterator[tuple[Item, Result]]:
    """Yield ``(item, function(item))`` in the order of `items`, a few ahead at most.

    If the consumer stops or `function` raises, what hasn't begun is dropped.
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
