"""A bounded queue between threads that can fail and be stopped from either end."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

__all__ = ["Channel", "Stopped"]

T = TypeVar("T")

_POLL_SECONDS = 0.1


class Stopped(Exception):
    """The other end has gone; what is left to do is to end quietly."""


class Channel(Generic[T]):
    """Hands values from one thread to another, in order, at most `room` waiting."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._stopped = False
        self._error: BaseException | None = None

    def put(self, item: T, poll: Callable[[], None] | None = None) -> None:
        """Wait for room and add `item`; `poll` is called while waiting and may raise.

        Raises
        ------
        Stopped
            If the channel was stopped. A failure of the other end is raised as it is.
        """
        with self._changed:
            while len(self._items) >= self._room and not self._stopped and self._error is None:
                self._changed.wait(_POLL_SECONDS)
                if poll is not None:
                    poll()
            self._raise()
            self._items.append(item)
            self._changed.notify_all()

    def take(self, poll: Callable[[], None] | None = None) -> Iterator[T]:
        """Yield what arrives until the channel is closed; raises what `put` raises."""
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
        """No more values will come."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """Let the other end raise `error`."""
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def stop(self) -> None:
        """Make both ends give up."""
        with self._changed:
            self._stopped = True
            self._items.clear()
            self._changed.notify_all()

    def check(self) -> None:
        """Raise the failure of the other end, if it had one."""
        with self._changed:
            self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error
        if self._stopped:
            raise Stopped
