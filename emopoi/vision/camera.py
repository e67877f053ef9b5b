"""Reads a camera with OpenCV."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2

from emopoi.errors import MediaError
from emopoi.runtime.interpreter import quiet_stderr
from emopoi.types import Frame
from emopoi.vision.colour_order import rgb_from_bgr
from emopoi.vision.frame_sampling import Wanted
from emopoi.vision.quiet_opencv import quiet_opencv

_PATIENCE = 30  # failed reads in a row after which the camera counts as gone


class CameraReader:
    """One camera; frames carry the time at which they arrived.

    Args:
        number: 0 is the first camera.

    Raises:
        MediaError: there is no such camera, or it gives no picture.
    """

    kind = "camera"
    frame_count: int | None = None
    duration_s: float | None = None

    def __init__(self, number: int) -> None:
        self._number = number
        self.damaged = 0
        self.warnings: list[str] = []
        # On Linux a missing device is told at once, without trying every backend.
        if number < 0 or (sys.platform.startswith("linux") and not Path(f"/dev/video{number}").exists()):
            raise MediaError(f"camera {number}: there is no such camera")
        with quiet_opencv(), quiet_stderr():
            self._capture = cv2.VideoCapture(number)
            opened = self._capture.isOpened()
            read, picture = self._capture.read() if opened else (False, None)
        if not read or picture is None:
            self._capture.release()
            raise MediaError(f"camera {number}: {'it gives no picture' if opened else 'can not be opened'}")
        # The newest picture counts, not the oldest one that waits.
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self.height, self.width = picture.shape[:2]
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps: float | None = rate if 0 < rate <= 1000 else None

    def frames(self, wanted: Wanted) -> Iterator[Frame]:
        """Read until the camera goes away or the caller stops."""
        start = time.monotonic()
        index, failures = 0, 0
        while True:
            read, picture = self._capture.read()
            if not read or picture is None:
                failures += 1
                self.damaged += 1
                if failures >= _PATIENCE:
                    self.warnings.append(f"camera {self._number} gives no more pictures")
                    return
                time.sleep(0.02)
                continue
            failures = 0
            time_ms = (time.monotonic() - start) * 1000.0
            if wanted(time_ms):
                yield Frame(image=rgb_from_bgr(picture), time_ms=time_ms, index=index + self.damaged)
            index += 1

    def close(self) -> None:
        """Give the camera back."""
        self._capture.release()
