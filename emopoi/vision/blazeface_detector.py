"""The default detector: MediaPipe's two face models, run as plain TFLite."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.types import Face
from emopoi.vision.blazeface_files import BlazeFaceFiles, read_blazeface_files
from emopoi.vision.blazeface_network import BlazeFaceNetwork, Candidates, Region, whole_picture
from emopoi.vision.boxes import weighted_suppression
from emopoi.vision.face_detector import check_picture, largest_first
from emopoi.vision.face_presence import FacePresence
from emopoi.vision.second_look import SecondLook, SecondLookLimits
from emopoi.vision.tiles import tiles

RANGES = ("short", "full", "both")
_NEAR_SCALE = 2.2  # side of the searched square over side of the face: the network's best range
_TILE_SHARE = 0.5  # side of a tile over the longer side of the picture

VIDEO_LIMITS = SecondLookLimits(sure=1.1, agreeing=0.6, presence=12.0)
"""Milder than for photos: a find must also be found again in the next frame, and a dim webcam
gives weak faces, where patterns and drawings stay below 0.6 and 3."""


class BlazeFaceDetector:
    """Detects faces with the short-range and the full-range BlazeFace network.

    Args:
        files: contents of the models, or None to read them (`read_blazeface_files`).
        bundle: folder with the models; only used where `files` is None.
        reach: "short" (one fast network, faces from about a sixth of the picture's longer side),
            "full" (one slower network, from about a thirtieth) or "both".
        minimum_score: weaker finds are left out, 0..1 exclusive.
        limits: what `is_face` counts as a face.
        threads: threads inside one run.

    Attributes:
        files: contents of the models, for another detector of the same: read once is enough.
        origin: where they were found, for people to read.

    Raises:
        InputError: the bundle is not there or not complete.
        MissingPartError: no models, or no TFLite runtime; `HaarDetector` needs neither.
        ModelFileError: a model is damaged.
    """

    def __init__(
        self,
        files: BlazeFaceFiles | None = None,
        *,
        bundle: str | Path | None = None,
        reach: str = "both",
        minimum_score: float = 0.5,
        limits: SecondLookLimits = VIDEO_LIMITS,
        threads: int = 1,
    ) -> None:
        if reach not in RANGES:
            raise InputError(f"reach: one of {', '.join(RANGES)} was expected, got {reach!r}")
        if not 0.0 < minimum_score < 1.0:
            raise InputError(f"minimum_score: a number between 0 and 1 was expected, got {minimum_score}")
        self.files = files = files or read_blazeface_files(bundle)
        self.origin = files.origin
        self._short = BlazeFaceNetwork(files.short_range, threads)
        self._full = BlazeFaceNetwork(files.full_range, threads)
        presence = FacePresence(files.landmarks, threads) if files.landmarks is not None else None
        self._second_look = SecondLook(self._short, presence, limits)
        self._reach = reach
        self._minimum_score = minimum_score

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """Find faces in a whole picture with the networks chosen by `reach`.

        Args:
            image: uint8 (H, W, 3) RGB.

        Returns:
            Faces, largest first.

        Raises:
            InputError: not a picture.
        """
        check_picture(image)
        square = whole_picture(image)
        parts = []
        if self._reach != "full":
            parts.append(self._short.candidates(image, square, minimum_score=self._minimum_score))
        if self._reach != "short":
            parts.append(self._full.candidates(image, square, minimum_score=self._minimum_score))
        return _faces(Candidates.joined(parts))

    def glance(self, image: NDArray[np.uint8]) -> list[Face]:
        """The cheapest look at a whole picture: the short-range network alone."""
        return self._look(self._short, image, whole_picture(image))

    def scan(self, image: NDArray[np.uint8], step: int) -> list[Face]:
        """Look for newcomers: the whole picture at even steps, one tile of it at odd ones."""
        if step % 2 == 0:
            return self._look(self._full, image, whole_picture(image))
        height, width = image.shape[:2]
        squares = tiles(width, height, _TILE_SHARE * max(width, height))
        return self._look(self._full, image, squares[(step // 2) % len(squares)])

    def detect_near(self, image: NDArray[np.uint8], face: Face, margin: float = 1.0) -> list[Face]:
        """Find faces where one was a moment ago, however small it is in the picture."""
        x0, y0, x1, y1 = face.box
        side = _NEAR_SCALE * margin * max(x1 - x0, y1 - y0)
        return self._look(self._short, image, ((x0 + x1 - side) / 2, (y0 + y1 - side) / 2, side))

    def is_face(self, image: NDArray[np.uint8], face: Face) -> bool:
        """Look twice at one find (`SecondLook`)."""
        found = self._second_look.confirm(
            image, np.asarray(face.box, dtype=np.float64), face.keypoints.astype(np.float64)
        )
        return found is not None

    def _look(self, network: BlazeFaceNetwork, image: NDArray[np.uint8], region: Region) -> list[Face]:
        return _faces(network.candidates(image, region, minimum_score=self._minimum_score))


def _faces(candidates: Candidates) -> list[Face]:
    if not candidates.scores.size:
        return []
    boxes, points, scores = weighted_suppression(candidates.boxes, candidates.points, candidates.scores)
    faces = [
        Face(box=(float(b[0]), float(b[1]), float(b[2]), float(b[3])), score=float(s), keypoints=p)
        for b, p, s in zip(boxes, points.astype(np.float32), scores, strict=True)
    ]
    return largest_first(faces) if len(faces) > 1 else faces
