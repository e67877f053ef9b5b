"""From a turned and placed shape to the pose and camera of `FaceCoefficients`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.head.head_model import HeadModel
from emopoi.head.skinning import axis_angle
from emopoi.types.face_coefficients import JOINTS, FaceCoefficients


class HeadPlacement:
    """Tells pose and camera of one head.

    Whoever fits points turns the shape about the origin; the head turns about its root joint, which goes
    along with identity and expression.

    Args:
        head: the head.
        unit: length, in units of the head, that scales are told in.
    """

    def __init__(self, head: HeadModel, unit: float) -> None:
        rows = head.J_regressor[0].astype(np.float64)
        self._unit = unit
        self._root = rows @ head.v_template / unit
        self._directions = np.einsum("v,vcm->cm", rows, head.shapedirs) / unit
        self._n_identity = head.n_identity

    def coefficients(
        self,
        values: NDArray[np.floating],
        rotation: NDArray[np.float64],
        scale: float,
        place: NDArray[np.float64],
    ) -> FaceCoefficients:
        """What a fit means in the head's and the picture's units.

        Args:
            values: float (I + E,), identity and expressions.
            rotation: float64 (3, 3), of the shape about the origin.
            scale: pixels per `unit`.
            place: float64 (3,), where the origin is seen; pixels, y up.
        """
        root = self._root + self._directions @ values
        seen = place + scale * (rotation @ root - root)
        pose = np.zeros((len(JOINTS), 3), np.float32)
        pose[0] = axis_angle(rotation)
        told = np.asarray(values, np.float32)
        return FaceCoefficients(
            told[: self._n_identity].copy(),
            told[self._n_identity :].copy(),
            pose,
            np.array([scale / self._unit, seen[0], -seen[1]], np.float32),
        )
