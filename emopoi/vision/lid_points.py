"""Brings the lids of the face mesh to where the network of lids sees them.

The 468-point network hardly closes eyes (docs/states.md), the network of lids does, and its points are
points of the mesh: MediaPipe's own graph puts them there (Ablavatski et al. 2020, "Real-time Pupil Tracking
from Monocular Video for Digital Puppetry"). Here they are moved up and down only: along the eye the two
networks differ by a constant and noise, which would move corners that were right before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.vision.eye_landmarks import LEFT, RIGHT, EyeLandmarks, lid_opening
from emopoi.vision.face_landmarks import POINTS

EYE_POINTS: NDArray[np.int64] = np.array(
    [
        [
            # The ring of the lids: from the outer corner below the eye to the inner one, then above.
            *(33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173),
            # The next ring in the same order: the upper lid's crease and below the eye.
            *(130, 25, 110, 24, 23, 22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190),
            # And the one after that.
            *(226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224, 223, 222, 221, 189),
        ],
        [
            *(263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398),
            *(359, 255, 339, 254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414),
            *(446, 261, 448, 449, 450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413),
        ],
    ]
)
"""int (2, 48): numbers, in the mesh, of the first points of the network of lids; right eye, left eye.

Each is the nearest of the mesh's points on real faces, once the constant difference is taken out.
"""
EYE_POINTS.setflags(write=False)

CORNERS = EYE_POINTS[:, [0, 8]]
"""int (2, 2): outer and inner corner of the right and the left eye."""

_RING = 16
# How far the rings go along with the lids: as they do in the head's eyeBlinkLeft and -Right.
_SHARES = np.repeat((1.0, 0.9, 0.15), _RING)
# How much lower the network of lids marks each point of the ring than the mesh does, over the distance
# between the eyes: median of 1,988 frontal UTKFace training faces with open eyes, mean of both eyes.
_LOWER = np.array(
    [0.0057, 0.0090, 0.0095, 0.0060, -0.0009, -0.0067, -0.0086, -0.0080, -0.0068,
     0.0030, 0.0011, 0.0019, 0.0012, -0.0013, -0.0039, -0.0061]
)  # fmt: skip
# Width of an eye in the picture over its width in space: below, the eye is turned away and hidden.
_HIDDEN, _SEEN = 0.35, 0.55


@dataclass(frozen=True, slots=True, eq=False)
class RefinedLids:
    """A mesh with lids as they are.

    Attributes:
        points: float32 (468, 3), as of `FaceMesh.points`; depth is that of the mesh.
        eyes_open: of the right and the left eye, distance of the lids over the width of the eye; None where
            the eye is turned away, too small or outside of the picture.
    """

    points: NDArray[np.float32]
    eyes_open: tuple[float | None, float | None]


def refine_lids(points: NDArray[np.floating], image: NDArray[np.uint8], eyes: EyeLandmarks) -> RefinedLids:
    """Move the lids up and down to where the network of lids sees them.

    Args:
        points: float (468, 3), as of `FaceMesh.points`.
        image: uint8 (H, W, 3) RGB, in which they lie.
        eyes: the network.

    Raises:
        InputError: another shape, values that are not finite, or a picture of another type.
    """
    if points.shape != (POINTS, 3) or not np.isfinite(points).all():
        raise InputError(f"points: finite ({POINTS}, 3) were expected, got {points.shape}")
    corners = points[CORNERS].astype(np.float64)
    centres = corners.mean(axis=1)
    across = centres[LEFT] - centres[RIGHT]
    distance, seen = float(np.linalg.norm(across)), math.hypot(across[0], across[1])
    refined = np.array(points, np.float32)
    opened: list[float | None] = [None, None]
    for eye in (RIGHT, LEFT):
        trust = _visibility(corners[eye])
        x, y = centres[eye, :2]
        inside = 0.0 <= x < image.shape[1] and 0.0 <= y < image.shape[0]
        if trust <= 0.0 or seen <= 0.0 or not inside:
            continue
        along = across[:2] / seen
        found = eyes.points(image, centres[eye, :2], along, distance, eye)
        if found is None:
            continue
        opened[eye] = lid_opening(found)
        down = np.array([-along[1], along[0]])
        ring = EYE_POINTS[eye, :_RING]
        moved = (found[:_RING] - points[ring, :2]) @ down - _LOWER * distance
        refined[EYE_POINTS[eye], :2] += (trust * _SHARES * np.tile(moved, 3))[:, None] * down
    return RefinedLids(refined, (opened[RIGHT], opened[LEFT]))


def _visibility(corners: NDArray[np.float64]) -> float:
    """How far an eye is turned to the camera, 0 hidden to 1; corners float64 (2, 3)."""
    along = corners[1] - corners[0]
    width = float(np.linalg.norm(along))
    if width <= 0.0:
        return 0.0
    share = math.hypot(along[0], along[1]) / width
    return min(1.0, max(0.0, (share - _HIDDEN) / (_SEEN - _HIDDEN)))
