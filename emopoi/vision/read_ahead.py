"""Runs an iterator in a background thread, a few items ahead."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

Item = TypeVar("Item")
_END = object()


def read_ahead(items: Iterator[Item], limit: int) -> Iterator[Item]:
    """Hand on the items of an iterator that runs ahead in a thread of its own.

    Errors of the iterator are raised at the place where its next item would have come. When
    the returned generator is closed, the thread stops before it returns.

    Args:
        items: runs in the background only; nobody else may touch it meanwhile.
        limit: at most so many items wait, so memory stays flat.
    """
    waiting: queue.Queue[object] = queue.Queue(limit)
    stopped = threading.Event()

    def put(item: object) -> None:
        while not stopped.is_set():
            try:
                waiting.put(item, timeout=0.1)
                return
            except queue.Full:
                continue

    def work() -> None:
        try:
            for item in items:
                put(item)
                if stopped.is_set():
                    return
            put(_END)
        except BaseException as error:  # handed to the reading thread, whatever it is
            put(_Failure(error))

    thread = threading.Thread(target=work, name="read_ahead", daemon=True)
    thread.start()
    try:
        while True:
            item = waiting.get()
            if item is _END:
                return
            if isinstance(item, _Failure):
                raise item.error
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        thread.join()


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error
