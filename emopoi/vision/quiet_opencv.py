"""Keeps OpenCV's own log lines off the terminal; our errors say what there is to say."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import cv2

_lock = threading.RLock()


@contextlib.contextmanager
def quiet_opencv() -> Iterator[None]:
    """Switch OpenCV's log off for a block and back to what it was."""
    with _lock:
        level = cv2.getLogLevel()
        cv2.setLogLevel(0)
        try:
            yield
        finally:
            cv2.setLogLevel(level)
