"""Put MediaPipe's points on another head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.closest_points import closest_points
from emopoi.head.landmark_embedding import MEDIAPIPE_POINTS, LandmarkEmbedding
from emopoi.head.thin_plate import ThinPlate


def embed_landmarks(
    points: NDArray[np.floating],
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    numbers: NDArray[np.integer],
    places: NDArray[np.floating],
    *,
    allowed: NDArray[np.bool_] | None = None,
    stiffness: float = 0.0,
) -> LandmarkEmbedding:
    """Bend a face that has all 468 points onto a head on which some are known, then drop them on its skin.

    A rigid fit and closest points alone put brows and lips half a centimetre off: hence the bend.

    Args:
        points: float (468, 3), MediaPipe's points on any neutral face.
        vertices: float (V, 3), the neutral head.
        faces: int (F, 3), its triangles.
        numbers: int (P,), which of the 468 are known on the head, each once.
        places: float (P, 3), where on the head they are.
        allowed: bool (F,), triangles that may carry points; all where None. Keep eyes, teeth and the
            inside of the mouth out of it.
        stiffness: of the bend, units of `points`; 0 meets the known points exactly.

    Returns:
        468 landmarks in order, offsets 0.

    Raises:
        InputError: shapes do not fit, or the known points are too few.
    """
    points, numbers = np.asarray(points, np.float64), np.asarray(numbers)
    if points.shape != (MEDIAPIPE_POINTS, 3) or not np.isfinite(points).all():
        raise InputError(f"landmarks: finite {(MEDIAPIPE_POINTS, 3)} were expected, got {points.shape}")
    if places.shape != (len(numbers), 3) or len(np.unique(numbers)) != len(numbers):
        raise InputError(
            f"landmarks: as many places as different numbers were expected, "
            f"got {places.shape} for {len(np.unique(numbers))}"
        )
    if len(numbers) and not (numbers.min() >= 0 and numbers.max() < MEDIAPIPE_POINTS):
        raise InputError(
            f"landmarks: numbers in 0..467 were expected, got {numbers.min()} to {numbers.max()}"
        )
    chosen = np.arange(len(faces)) if allowed is None else np.flatnonzero(allowed)
    bent = ThinPlate(points[numbers], places, stiffness)(points)
    found, barycentrics = closest_points(bent, vertices, np.asarray(faces)[chosen])
    return LandmarkEmbedding(
        faces=chosen[found].astype(np.int32),
        barycentrics=barycentrics,
        indices=np.arange(MEDIAPIPE_POINTS, dtype=np.int32),
        offsets=np.zeros((MEDIAPIPE_POINTS, 3), np.float32),
    )
