"""Names the expression from the points of a face alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.face_numbers import face_mirror, face_numbers
from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_embedding import MEDIAPIPE_POINTS
from emopoi.head.mirror_numbers import mirror_numbers
from emopoi.head.point_alignment import AlignedPoints, PointAlignment
from emopoi.head.skinning import axis_angle
from emopoi.runtime.fitted_head import check_head, check_task
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import softmax
from emopoi.types.labels import FER7

TASK = "landmark_emotion"
_TURN = 3
_WITH_IRISES = 478
# Root mean square distance from the mean face, outer-eye distances: of ten thousand faces one is above .2.
_LIKE_A_FACE = 0.25


class LandmarkEmotionReader:
    """The frozen network on aligned points: no pixel is read after the landmarks.

    Args:
        head: whose mean face points are aligned to.
        model: task "landmark_emotion".

    Attributes:
        prior: float32 (7,), how often each expression was in training: the guess where there are no points.

    Raises:
        ModelFileError: another kind of model, or it was made for another head.
    """

    def __init__(self, head: HeadModel, model: FrozenModel) -> None:
        check_task(model.manifest, TASK, {"points": 3 * len(head.landmarks) + _TURN}, {"fer7": len(FER7)})
        check_head(model.manifest, head)
        self._alignment = PointAlignment(head)
        self._model = model
        self._order, self._sides = face_mirror(mirror_numbers(self._alignment.template))
        usual = model.manifest.data.get("prior") or [1 / len(FER7)] * len(FER7)
        self.prior: NDArray[np.float32] = np.array(usual, np.float32)

    @property
    def temperature(self) -> float:
        """That the logits are divided by."""
        return self._model.manifest.temperature

    def logits(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """What the network says of one face and of its mirror image, on the mean.

        Args:
            points: float (468, 3), as of `FaceMesh.points`: pixels, x to the right, y down, depth away
                from the camera. The irises of 478 points are left out.

        Returns:
            float32 (7,), in the order of `labels.FER7`.

        Raises:
            InputError: another shape, values that are not finite, all points in one place, or points in
                a mirror.
        """
        if points.ndim == 2 and points.shape[0] == _WITH_IRISES:
            points = points[:MEDIAPIPE_POINTS]
        placed = self._alignment.align(points)
        if _spread(placed) > _LIKE_A_FACE:
            self._refuse_mirrored(points)
        face = face_numbers(placed.difference[None], axis_angle(placed.rotation)[None])[0]
        told = [self._model.run_face(side)["fer7"] for side in (face, face[self._order] * self._sides)]
        return (told[0] + told[1]) / 2

    def read(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """Name the expression of one face.

        Args:
            points: as for `logits`.

        Returns:
            float32 (7,), distribution in the order of `labels.FER7`.

        Raises:
            InputError: as for `logits`.
        """
        return softmax(self.logits(points), self.temperature)

    def _refuse_mirrored(self, points: NDArray[np.floating]) -> None:
        """Points of a mirrored picture whose numbers were not exchanged: left is where right should be."""
        try:
            turned = self._alignment.align(points * np.array([-1.0, 1.0, 1.0]))
        except InputError:
            return
        if _spread(turned) < _LIKE_A_FACE:
            raise InputError(
                "points: those of a mirrored face: x must grow to the right of the picture in which they "
                "were found; take width - 1 - x"
            )


def _spread(placed: AlignedPoints) -> float:
    return float(np.sqrt((placed.difference**2).sum(axis=1).mean()))
