"""What places MediaPipe's 468 points, whichever way, and whether they can be used."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emopoi.types import Face
from emopoi.vision.face_landmarks import FaceMesh

_SMALLEST_PX = 1.0


class Mesher(Protocol):
    """Places MediaPipe's 468 points on a face."""

    def mesh(self, image: NDArray[np.uint8], face: Face) -> FaceMesh | None:
        """The points; None where the face is too small."""
        ...


def is_placed(points: NDArray[np.floating]) -> bool:
    """Whether a head can be put to points: finite, and not all in one place."""
    return bool(np.isfinite(points).all()) and float(np.ptp(points[:, :2], axis=0).min()) > _SMALLEST_PX
