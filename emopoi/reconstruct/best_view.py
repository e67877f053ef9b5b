"""The picture in which a person is seen best, for the head's texture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.render.overlay import scaled_camera
from emopoi.types import Frame, TrackedFace
from emopoi.vision.face_landmarks import FaceMesh
from emopoi.vision.head_pose import head_pose

_MARGIN = 0.35  # of the mesh's longer side, around it
_LARGEST_PX = 1280
_ENOUGH_PX = 512.0  # a larger face shows no more in the texture
_WORTH = 1.05  # a view must be better by so much to be copied
_UNMEASURED = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class BestView:
    """A cut of one frame.

    Attributes:
        image: uint8 (H, W, 3) RGB.
        left_px: where it begins in the frame.
        top_px: where it begins in the frame.
        share: its pixels over the frame's, at most 1.
        points: float32 (468, 3), in pixels of the cut.
        number: of the face among the person's own, 0-based.
        score: how good it is, to compare.
    """

    image: NDArray[np.uint8]
    left_px: int
    top_px: int
    share: float
    points: NDArray[np.float32]
    number: int
    score: float

    def camera(self, camera: NDArray[np.floating]) -> NDArray[np.float64]:
        """A camera of the frame as one of the cut: float64 (3,)."""
        moved = np.asarray(camera, np.float64) - (0.0, self.left_px, self.top_px)
        return scaled_camera(moved, self.share)


def better_view(
    known: BestView | None, frame: Frame, face: TrackedFace, mesh: FaceMesh, number: int
) -> BestView | None:
    """The better one of the view so far and this frame's: large, from the front, surely a face.

    Args:
        known: so far.
        frame: the picture.
        face: in it.
        mesh: of the face.
        number: of the face among the person's own.

    Returns:
        A new view with a copy of its part of the frame, or `known`.
    """
    score = _score(face, mesh)
    if known is not None and score < _WORTH * known.score:
        return known
    height, width = frame.image.shape[:2]
    low, high = mesh.points[:, :2].min(axis=0), mesh.points[:, :2].max(axis=0)
    margin = _MARGIN * float((high - low).max())
    left, top = np.clip(np.floor(low - margin), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(high + margin), (left + 1, top + 1), (width, height)).astype(int)
    image = frame.image[top:bottom, left:right]
    share = min(1.0, _LARGEST_PX / max(image.shape[:2]))
    if share < 1.0:
        image = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    else:
        image = image.copy()
    points = mesh.points.copy()
    points[:, :2] = (points[:, :2] - (left, top) + 0.5) * share - 0.5
    points[:, 2] *= share
    return BestView(image.astype(np.uint8, copy=False), int(left), int(top), share, points, number, score)


def _score(face: TrackedFace, mesh: FaceMesh) -> float:
    size = min(float(np.ptp(mesh.points[:, :2], axis=0).min()), _ENOUGH_PX)
    pose = head_pose(face.face.keypoints) if face.face.measured else None
    if pose is None:
        return _UNMEASURED * size * mesh.presence
    frontal = math.cos(math.radians(pose.yaw_deg)) * math.cos(math.radians(pose.pitch_deg))
    return max(frontal, 0.0) ** 2 * size * mesh.presence
