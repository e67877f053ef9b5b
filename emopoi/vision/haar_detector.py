"""Viola-Jones detection with OpenCV: no model download, no TFLite runtime.

Viola & Jones 2001, "Rapid Object Detection using a Boosted Cascade of Simple Features".
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, MissingPartError, ModelFileError
from emopoi.types import Face
from emopoi.vision.face_detector import check_picture, largest_first
from emopoi.vision.known_files import CASCADE_SHA256, OPENCV_VERSION, check_whole
from emopoi.vision.shown_name import shown_name

USER_CASCADE = "emopoi_frontalface_alt.xml"
"""Name under which a user's own cascade in the folder `haarcascades` is found."""

OPENCV_CASCADE = "haarcascade_frontalface_alt.xml"

AVERAGE_LAYOUT: NDArray[np.float32] = np.array(
    [[0.313, 0.400], [0.687, 0.400], [0.500, 0.619], [0.500, 0.804], [0.111, 0.484], [0.889, 0.484]],
    dtype=np.float32,
)
"""Where the six keypoints lie in a Haar box, as shares of its width and height, float32 (6, 2).

Mean of BlazeFace's keypoints in the boxes of haarcascade_frontalface_alt.xml over 523 faces
(395 of UTKFace, 103 video frames, 25 in photos; each source counts alike), made symmetric.
Standard deviation: eyes 0.03, nose and mouth 0.05, ears 0.08.
"""
AVERAGE_LAYOUT.setflags(write=False)

_SCALE_STEP = 1.1
_NEIGHBOURS = 3
_SMALLEST_SHARE = 1 / 16  # of the shorter side
_SMALLEST_PX = 24
_GLANCE_SHARE = 1 / 5
_GLANCE_STEP = 1.2
_NEAR_SCALE = 1.8
_NEAR_RANGE = (0.65, 1.5)  # sizes looked for, over the size it had


class HaarDetector:
    """Detects upright frontal faces; finds no keypoints, so an average layout is filled in.

    Args:
        cascade: a cascade file; None takes the user's `haarcascades/emopoi_frontalface_alt.xml`
            (in the current folder or beside the package), else the one in OpenCV's wheel.

    Raises:
        InputError: there is no such file.
        ModelFileError: the file is no cascade, or OpenCV's own and damaged.
        MissingPartError: neither a user's cascade nor OpenCV's own is there.
    """

    def __init__(self, cascade: str | Path | None = None) -> None:
        path = Path(cascade) if cascade is not None else find_cascade()
        if not path.is_file():
            raise InputError(f"{shown_name(path)}: no such cascade file")
        if path == _opencv_cascade() and cv2.__version__ == OPENCV_VERSION:
            _check_own(path)
        try:
            self._cascade = cv2.CascadeClassifier(str(path))
            damaged = self._cascade.empty()
        except (cv2.error, SystemError):
            damaged = True
        if damaged:
            raise ModelFileError(f"{shown_name(path)}: not a cascade that OpenCV can load")
        self.origin = str(path)

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """Find upright frontal faces.

        Args:
            image: uint8 (H, W, 3) RGB.

        Returns:
            Faces, largest first; `measured` is False.

        Raises:
            InputError: not a picture.
        """
        check_picture(image)
        return self._find(image, _SMALLEST_SHARE, _SCALE_STEP)

    def glance(self, image: NDArray[np.uint8]) -> list[Face]:
        """Only faces from a fifth of the shorter side, in coarse steps."""
        return self._find(image, _GLANCE_SHARE, _GLANCE_STEP)

    def scan(self, image: NDArray[np.uint8], step: int) -> list[Face]:
        """The whole picture at every fourth step; it is the slowest thing here."""
        return self._find(image, _SMALLEST_SHARE, _SCALE_STEP) if step % 4 == 0 else []

    def detect_near(self, image: NDArray[np.uint8], face: Face, margin: float = 1.0) -> list[Face]:
        """Find faces of about the same size around one."""
        height, width = image.shape[:2]
        x0, y0, x1, y1 = face.box
        size = max(x1 - x0, y1 - y0)
        half = _NEAR_SCALE * margin * size / 2
        left, right = max(int((x0 + x1) / 2 - half), 0), min(int((x0 + x1) / 2 + half) + 1, width)
        top, bottom = max(int((y0 + y1) / 2 - half), 0), min(int((y0 + y1) / 2 + half) + 1, height)
        if right - left < _SMALLEST_PX or bottom - top < _SMALLEST_PX:
            return []
        smallest = max(int(size * _NEAR_RANGE[0]), _SMALLEST_PX)
        return self._run(
            image[top:bottom, left:right], (left, top), _SCALE_STEP, smallest, int(size * _NEAR_RANGE[1]) + 1
        )

    def is_face(self, image: NDArray[np.uint8], face: Face) -> bool:
        """Look again in the neighbourhood alone; chance finds are rarely found twice."""
        return bool(self.detect_near(image, face))

    def _find(self, image: NDArray[np.uint8], share: float, step: float) -> list[Face]:
        shorter = min(image.shape[:2])
        return self._run(image, (0, 0), step, max(int(shorter * share), _SMALLEST_PX), 0)

    def _run(
        self, image: NDArray[np.uint8], origin: tuple[int, int], step: float, smallest: int, largest: int
    ) -> list[Face]:
        if min(image.shape[:2]) < smallest:
            return []
        grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
        boxes, counts = self._cascade.detectMultiScale2(
            grey,
            scaleFactor=step,
            minNeighbors=_NEIGHBOURS,
            minSize=(smallest, smallest),
            maxSize=(largest, largest) if largest else (0, 0),
        )
        return largest_first(
            [
                _face(x + origin[0], y + origin[1], w, h, int(count))
                for (x, y, w, h), count in zip(boxes, np.ravel(counts), strict=True)
            ]
        )


def find_cascade() -> Path:
    """The cascade to use: the user's own, else OpenCV's.

    Raises:
        MissingPartError: neither is there (OpenCV 5 brings no cascades).
    """
    package_root = Path(__file__).resolve().parents[2]
    for folder in (Path.cwd() / "haarcascades", package_root / "haarcascades"):
        if (folder / USER_CASCADE).is_file():
            return folder / USER_CASCADE
    own = _opencv_cascade()
    if own is None or not own.is_file():
        raise MissingPartError(
            f"no face cascade: put one at haarcascades/{USER_CASCADE}, or pip install 'opencv-python<5'"
        )
    return own


def _opencv_cascade() -> Path | None:
    data = getattr(cv2, "data", None)
    return Path(data.haarcascades) / OPENCV_CASCADE if data is not None else None


def _check_own(path: Path) -> None:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{shown_name(path)} can not be read: {error.strerror}") from error
    # A wheel that was made on Windows may end lines in its own way.
    lines = content.replace(b"\r\n", b"\n")
    check_whole(path, lines, CASCADE_SHA256.get(path.name), f"OpenCV {OPENCV_VERSION}")


def _face(x: int, y: int, width: int, height: int, neighbours: int) -> Face:
    size = np.array([width, height], dtype=np.float32)
    points = (AVERAGE_LAYOUT * size + np.array([x, y], dtype=np.float32)).astype(np.float32)
    return Face(
        box=(float(x), float(y), float(x + width), float(y + height)),
        # Haar gives no probability; overlapping finds are its only sign of certainty.
        score=neighbours / (neighbours + 4.0),
        keypoints=points,
        measured=False,
    )
