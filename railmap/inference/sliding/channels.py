"""Bounded queue between two threads; either end can stop it or report an error."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

__all__ = ["Channel", "Stopped"]

T = TypeVar("T")

_POLL_SECONDS = 0.1


class Stopped(Exception):
    """The other end has stopped; the thread should end without an error."""


class Channel(Generic[T]):
    """Pass values from one thread to another in order.

    Parameters
    ----------
    capacity
        Most values that wait in the queue.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._stopped = False
        self._error: BaseException | None = None

    def put(self, item: T, poll: Callable[[], None] | None = None) -> None:
        """Wait for a free place and add `item`; `poll` is called while waiting and may raise.

        Raises
        ------
        Stopped
            If the channel was stopped. An error of the other end is raised unchanged.
        """
        with self._changed:
            while len(self._items) >= self._capacity and not self._stopped and self._error is None:
                self._changed.wait(_POLL_SECONDS)
                if poll is not None:
                    poll()
            self._raise()
            self._items.append(item)
            self._changed.notify_all()

    def take(self, poll: Callable[[], None] | None = None) -> Iterator[T]:
        """Yield the values until the channel is closed; raise what `put` raises."""
        while True:
            with self._changed:
                while not (self._items or self._closed or self._stopped or self._error):
                    self._changed.wait(_POLL_SECONDS)
                    if poll is not None:
                        poll()
                self._raise()
                if not self._items:
                    return
                item = self._items.popleft()
                self._changed.notify_all()
            yield item

    def close(self) -> None:
        """State that no more values follow."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """Raise `error` at the other end."""
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def stop(self) -> None:
        """Stop both ends and discard the waiting values."""
        with self._changed:
            self._stopped = True
            self._items.clear()
            self._changed.notify_all()

    def check(self) -> None:
        """Raise the error of the other end, if it had one."""
        with self._changed:
            self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error
        if self._stopped:
            raise Stopped
