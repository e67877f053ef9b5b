"""Where a head stands when it is drawn by itself: same place and size in every frame, from any side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.skinning import rotation_matrices

_MARGIN = 1.22  # room for an open mouth and a head that nods
_FURTHEST_TURN_RAD = np.deg2rad(35.0)
_TOP, _BOTTOM = (66, 70, 78), (34, 36, 41)


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """The place of one person's head in a picture of its own.

    Attributes:
        middle: float (3,), point of the head that stays in the middle, units of the head.
        camera: float64 (3,) weak perspective, see `FaceCoefficients.camera`.
        width_px: of the picture.
        height_px: of the picture.
    """

    middle: NDArray[np.floating]
    camera: NDArray[np.float64]
    width_px: int
    height_px: int

    @classmethod
    def for_head(cls, neutral: NDArray[np.floating], width_px: int, height_px: int) -> Stage:
        """A stage that a head fills, also where it is turned by 35 degrees.

        Args:
            neutral: float (V, 3), the person's head at rest.
            width_px: of the picture.
            height_px: of the picture.

        Raises:
            InputError: the head is a point, or not finite.
        """
        middle = (neutral.min(axis=0) + neutral.max(axis=0)) / 2
        x, y, z = np.abs(neutral - middle).T
        sine, cosine = np.sin(_FURTHEST_TURN_RAD), np.cos(_FURTHEST_TURN_RAD)
        half_width = max(float(x.max()), float((x * cosine + z * sine).max()))
        half_height = float(y.max())
        if not (np.isfinite(half_height) and half_width > 0 and half_height > 0):
            raise InputError("a head of finite size was expected")
        scale = min(width_px / half_width, height_px / half_height) / (2 * _MARGIN)
        return cls(middle, np.array([scale, width_px / 2 - 0.5, height_px / 2 - 0.5]), width_px, height_px)

    def turned(
        self, vertices: NDArray[np.floating], axis_angle: NDArray[np.floating]
    ) -> NDArray[np.floating]:
        """The head turned about the middle of the stage, ready for `camera`.

        Args:
            vertices: float (V, 3), the head with pose[0] at rest.
            axis_angle: float (3,), radians.

        Returns:
            float (V, 3), the middle at the origin.
        """
        return (vertices - self.middle) @ rotation_matrices(np.asarray(axis_angle, np.float64)).T

    def backdrop(self) -> NDArray[np.uint8]:
        """A quiet background: uint8 (height_px, width_px, 3) RGB."""
        share = np.linspace(0.0, 1.0, self.height_px)[:, None, None]
        column = np.array(_TOP) * (1.0 - share) + np.array(_BOTTOM) * share
        return np.repeat(column.round().astype(np.uint8), self.width_px, axis=1)


def yaw(degrees: float) -> NDArray[np.float64]:
    """Axis-angle of a turn to the person's own left, as seen to the right."""
    return np.array([0.0, np.deg2rad(degrees), 0.0])
