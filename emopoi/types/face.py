"""A face found in a frame, and the same face followed over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

KEYPOINTS = ("right_eye", "left_eye", "nose_tip", "mouth", "right_ear", "left_ear")
"""Order of `Face.keypoints`; right and left are the person's own (right eye = left in the picture)."""


@dataclass(frozen=True, slots=True)
class Face:
    """One detected face.

    Attributes:
        box: (x0, y0, x1, y1) in pixels of the frame; may reach outside of it.
        score: detector confidence, 0..1.
        keypoints: float32 (6, 2) xy pixels in the order of `KEYPOINTS`.
        measured: False where the keypoints are the detector's average layout put into the
            box (Haar gives no points), True where they were located on this face.
    """

    box: tuple[float, float, float, float]
    score: float
    keypoints: NDArray[np.float32]
    measured: bool = True

    @property
    def width_px(self) -> float:
        """Width of the box, pixels."""
        return self.box[2] - self.box[0]

    @property
    def height_px(self) -> float:
        """Height of the box, pixels."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True, slots=True)
class TrackedFace:
    """A face with the identity that the tracker gave it.

    Attributes:
        id: 1, 2, ...; never reused within one source.
        face: where the face is in this frame.
        started: True in the first frame of the track (model state starts afresh).
        predicted: True where the detector did not run or missed and the place was carried over.
        unseen_ms: time since the detector last found it, 0 where it just did.
    """

    id: int
    face: Face
    started: bool = False
    predicted: bool = False
    unseen_ms: float = 0.0
