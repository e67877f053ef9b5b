"""What a 3D face is made of: coefficients of a head model, and the camera that saw it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

JOINTS = ("global", "neck", "jaw", "left_eye", "right_eye")
"""Joints of a head in FLAME's order; left and right are the person's own."""


def _no_pose() -> NDArray[np.float32]:
    return np.zeros((len(JOINTS), 3), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class FaceCoefficients:
    """One head's shape and bearing at one moment; sizes and names come from its `HeadModel`.

    Attributes:
        identity: float32 (I,), in standard deviations of people.
        expression: float32 (E,); named expressions (ARKit) lie in 0..1.
        pose: float32 (5, 3) axis-angle radians in the order of `JOINTS`.
        camera: float32 (3,) weak perspective (scale, x, y): a point (X, Y, Z) of the posed head is seen
            at pixel (x + scale * X, y - scale * Y). Scale is pixels per unit of the head.
    """

    identity: NDArray[np.float32]
    expression: NDArray[np.float32]
    pose: NDArray[np.float32] = field(default_factory=_no_pose)
    camera: NDArray[np.float32] = field(default_factory=lambda: np.array([1, 0, 0], np.float32))
