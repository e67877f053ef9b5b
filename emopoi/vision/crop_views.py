"""MediaPipe's 468 points on a tight crop of one face, looked at several times.

The network errs anew at each crop of the same picture, by about as much as expressions move its points on
a 48-pixel face. The mean of a few looks, some of them in a mirror, is nearer to the truth; and what one look
has instead of another is how its errors look: a network that reads points should be trained with that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.types import Face
from emopoi.vision.crop_mesh import mesh_of_crop
from emopoi.vision.mesher import Mesher

_EYES = (33, 263)  # outer corners, the person's right and left
_ENOUGH_PX = 192  # side of the landmark network's input: smaller pictures are enlarged to it once


@dataclass(frozen=True, slots=True)
class View:
    """One look.

    Attributes:
        turn_deg: how the crop is turned against the eyes, clockwise as one sees it.
        scale: of the crop.
        right: of the crop's place, over the longer side of the face.
        down: the same.
        mirrored: the picture is looked at in a mirror.
    """

    turn_deg: float = 0.0
    scale: float = 1.0
    right: float = 0.0
    down: float = 0.0
    mirrored: bool = False


VIEWS = (
    View(),
    View(mirrored=True),
    View(turn_deg=7.0, scale=1.1, right=0.02, down=0.01),
    View(turn_deg=-7.0, scale=0.94, right=-0.02, down=-0.01, mirrored=True),
)
"""Two straight looks and two askew."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenPoints:
    """What several looks at one face found.

    Attributes:
        views: float32 (V, 468, 3), pixels of the picture, depth in the same unit; one for each look.
        presence: 0..1, how sure the network is that there is a face.
    """

    views: NDArray[np.float32]
    presence: float

    @property
    def points(self) -> NDArray[np.float32]:
        """float32 (468, 3), the mean of the looks."""
        return self.views.mean(axis=0)


def points_of_crop(
    landmarks: Mesher,
    picture: NDArray[np.uint8],
    mirror: NDArray[np.integer],
    views: Sequence[View] = VIEWS,
) -> SeenPoints | None:
    """Place the points on a picture that is a tight crop of one upright face.

    Args:
        landmarks: the network.
        picture: uint8 (H, W, 3) RGB.
        mirror: int (468,), the number of the point that lies where each point's mirror image does.
        views: the looks; the crop of each follows what a first one has found.

    Returns:
        The points; None where the picture is too small or no look found numbers.

    Raises:
        InputError: the picture is of another type or shape.
    """
    first = mesh_of_crop(landmarks, picture, looks=1)
    if first is None or not np.isfinite(first.points).all():
        return None
    height, width = picture.shape[:2]
    larger = max(1.0, _ENOUGH_PX / max(height, width))
    if larger > 1.0:
        picture = cv2.resize(picture, None, fx=larger, fy=larger, interpolation=cv2.INTER_CUBIC)
        # What the enlarging made of the coordinates of pixels' centres.
        height, width = picture.shape[:2]
    shift = (larger - 1.0) / 2.0
    points = first.points * np.float32(larger)
    points[:, :2] += np.float32(shift)
    other_side = np.ascontiguousarray(picture[:, ::-1]) if any(view.mirrored for view in views) else picture
    seen = []
    for view in views:
        around = mirrored_points(points, mirror, width) if view.mirrored else points
        mesh = landmarks.mesh(other_side if view.mirrored else picture, _face(around, view))
        if mesh is None or not np.isfinite(mesh.points).all():
            continue
        seen.append(mirrored_points(mesh.points, mirror, width) if view.mirrored else mesh.points)
    if not seen:
        return SeenPoints(first.points[None], first.presence)
    found = np.stack(seen)
    found[..., :2] -= np.float32(shift)
    return SeenPoints(found / np.float32(larger), first.presence)


def mirrored_points(
    points: NDArray[np.floating], mirror: NDArray[np.integer], width: int
) -> NDArray[np.float32]:
    """Where the points of a face lie in the mirror image of its picture.

    Args:
        points: float (468, 3), pixels.
        mirror: int (468,), as for `points_of_crop`.
        width: of the picture, pixels.
    """
    turned = points[mirror].astype(np.float32)
    turned[:, 0] = width - 1 - turned[:, 0]
    return turned


def _face(points: NDArray[np.floating], view: View) -> Face:
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    side = float((high - low).max())
    centre = (low + high) / 2 + np.array([view.right, view.down]) * side
    half = view.scale * side / 2
    along = points[_EYES[1], :2] - points[_EYES[0], :2]
    angle = math.atan2(float(along[1]), float(along[0])) + math.radians(view.turn_deg)
    keypoints = np.zeros((6, 2), np.float32)
    keypoints[1] = math.cos(angle), math.sin(angle)
    x, y = float(centre[0]), float(centre[1])
    return Face((x - half, y - half, x + half, y + half), 1.0, keypoints)
