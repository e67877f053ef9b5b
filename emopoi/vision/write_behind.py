"""Runs a writing function in a background thread, so that reading goes on meanwhile."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
_END = object()


class WriteBehind(Generic[Item]):
    """Hands items to a function in a thread of its own, in their order.

    An error of the function ends the writing and is raised once, by the next `put` or by
    `close`, whichever comes first. Items after it are dropped.

    Args:
        write: called with each item, in the background only.
        limit: at most so many items wait; `put` then waits too, so memory stays flat.
    """

    def __init__(self, write: Callable[[Item], None], limit: int = 8) -> None:
        self._write = write
        self._waiting: queue.Queue[object] = queue.Queue(limit)
        self._error: BaseException | None = None
        self._failed = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="write_behind", daemon=True)
        self._thread.start()

    def put(self, item: Item) -> None:
        """Queue one item; raises what an earlier one failed with."""
        self._raise()
        if not self._failed.is_set():
            self._waiting.put(item)

    def close(self) -> None:
        """Wait until everything is written; raises what failed. May be called more than once."""
        if not self._closed:
            self._closed = True
            self._waiting.put(_END)
            self._thread.join()
        self._raise()

    def _work(self) -> None:
        while (item := self._waiting.get()) is not _END:
            # After a failure the queue is still emptied, so that nobody waits for ever.
            if self._failed.is_set():
                continue
            try:
                self._write(item)  # type: ignore[arg-type]
            except BaseException as error:  # handed to the other thread, whatever it is
                self._error = error
                self._failed.set()

    def _raise(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error
