"""Linear blend skinning over a tree of joints, in NumPy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rotation_matrices(axis_angle: NDArray[np.floating]) -> NDArray[np.floating]:
    """Rodrigues' formula.

    Args:
        axis_angle: float (..., 3), axis times angle, radians.

    Returns:
        float (..., 3, 3) of the same type.
    """
    angle = np.linalg.norm(axis_angle, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(axis_angle, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    # sin(a)/a and (1 - cos(a))/a^2, both smooth at 0.
    sine = np.sinc(angle / np.pi)
    versine = 0.5 * np.sinc(angle / (2 * np.pi)) ** 2
    return (np.eye(3, dtype=axis_angle.dtype) + sine * cross + versine * (cross @ cross)).astype(
        axis_angle.dtype
    )


def axis_angle(rotation: NDArray[np.floating]) -> NDArray[np.float64]:
    """The inverse of `rotation_matrices` for one rotation.

    Args:
        rotation: float (3, 3).

    Returns:
        float64 (3,), length 0..pi.
    """
    import cv2

    return cv2.Rodrigues(np.asarray(rotation, np.float64))[0].ravel()


def skin(
    vertices: NDArray[np.floating],
    joints: NDArray[np.floating],
    rotations: NDArray[np.floating],
    parents: NDArray[np.integer],
    weights: NDArray[np.floating],
) -> NDArray[np.floating]:
    """Move vertices with the joints they hang on.

    Args:
        vertices: float (V, 3) in rest pose.
        joints: float (J, 3), rest places.
        rotations: float (J, 3, 3), each against its parent.
        parents: int (J,), of the joint before it in the tree; -1 for the root, which comes first.
        weights: float (V, J), rows sum to 1.

    Returns:
        float (V, 3).
    """
    turned = [rotations[0]]
    placed = [joints[0]]
    for joint in range(1, len(parents)):
        parent = parents[joint]
        turned.append(turned[parent] @ rotations[joint])
        placed.append(turned[parent] @ (joints[joint] - joints[parent]) + placed[parent])
    moved = np.zeros_like(vertices)
    for joint, (rotation, place) in enumerate(zip(turned, placed, strict=True)):
        here = (vertices - joints[joint]) @ rotation.T + place
        moved += weights[:, joint, None] * here
    return moved
