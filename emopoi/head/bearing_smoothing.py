"""Keeps the turn and place of a followed head from trembling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from emopoi.smoothing import OneEuro
from emopoi.types.face_coefficients import FaceCoefficients


class BearingSmoothing:
    """Smooths pose[0] and camera of one track.

    Args:
        unit: width of the face in units of the head: places are counted in it, so that near and far faces
            are smoothed alike.
        still_hz: cut-off while nothing moves.
        per_speed: how much the cut-off rises with speed, hertz per radian (of the turn) or face width (of
            the place) a second.
    """

    def __init__(self, unit: float, still_hz: float, per_speed: float) -> None:
        self._unit = unit
        self._turn = OneEuro(still_hz, per_speed)
        self._camera = OneEuro(still_hz, per_speed)

    def update(self, coefficients: FaceCoefficients, elapsed_ms: float) -> FaceCoefficients:
        """Take in one frame.

        Args:
            coefficients: of the frame.
            elapsed_ms: since the last one, above 0; does not matter for the first.

        Returns:
            The same with pose[0] and camera smoothed.
        """
        pose = coefficients.pose.copy()
        # Heads stay far from half a turn, where axis and angle would jump.
        pose[0] = self._turn.update(pose[0].astype(np.float64), elapsed_ms)
        placed = coefficients.camera.astype(np.float64)
        # The scale as a width in pixels: one unit for all three.
        width_px = placed[0] * self._unit
        placed[0] = width_px
        camera = self._camera.update(placed, elapsed_ms, width_px)
        camera[0] /= self._unit
        return replace(coefficients, pose=pose, camera=camera.astype(np.float32))
