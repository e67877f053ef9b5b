"""A progress line on stderr for work over two seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def progress(items: Iterable[Item], total: int | None, what: str, *, every_s: float = 0.5) -> Iterator[Item]:
    """Pass items through and tell on stderr how far it is, once two seconds have gone by.

    On a terminal the line is rewritten in place; in a log a line is written every five seconds.
    """
    start = last = time.monotonic()
    watched = sys.stderr.isatty()
    shown = False
    for count, item in enumerate(items, 1):
        yield item
        now = time.monotonic()
        if now - start > 2 and now - last > (every_s if watched else 5):
            last, shown = now, True
            of = f"/{total}" if total else ""
            left = f", {(now - start) / count * (total - count):.0f} s left" if total else ""
            print(f"{what}: {count}{of}{left}   ", end="\r" if watched else "\n", file=sys.stderr, flush=True)
    if shown and watched:
        print(file=sys.stderr)
