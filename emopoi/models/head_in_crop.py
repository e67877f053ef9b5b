"""A head's landmarks in the crop that a network saw, and back in the picture before it was augmented."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from emopoi.head.crop_camera import USUAL_SCALE
from emopoi.head.head_model import HeadModel
from emopoi.head.point_alignment import PointAlignment
from emopoi.models.head_layer import rotation_matrices
from emopoi.models.posed_head import PosedHead


def crop_camera(camera, size: int):
    """`emopoi.head.crop_camera` for tensors.

    Args:
        camera: tensor or array float (N, 3).
        size: side of the crop, pixels.

    Returns:
        Pixels per outer-eye distance (N,), and x and y of the head's origin (N,) each, pixels.
    """
    scale = size * USUAL_SCALE * ops.exp(camera[:, 0])
    middle = (size - 1) / 2
    return scale, middle + size * camera[:, 1], middle + size * camera[:, 2]


class HeadInCrop(keras.layers.Layer):
    """Points of MediaPipe's mesh as a network's outputs have them.

    Args:
        head: whose coefficients they are.
        size: side of the crop, pixels.
        mirror: int (L,), place of each landmark's mirror image among the landmarks; None where pictures are
            never mirrored.
        jaw: whether `call` is told the jaw's turn.
    """

    def __init__(self, head: HeadModel, size: int, mirror: np.ndarray | None, *, jaw: bool = False, **kwargs):
        # Places of points need more digits than half precision has.
        super().__init__(trainable=False, dtype="float32", **kwargs)
        alignment = PointAlignment(head)
        fields = head.landmarks.apply(head.shapedirs.astype(np.float64), head.f) / alignment.unit
        flat = fields.reshape(-1, fields.shape[-1]).T.astype(np.float32)
        self.size = size
        self.mirror = None if mirror is None else np.asarray(mirror, np.int32)
        self._template = alignment.template.astype(np.float32)
        self._identity, self._expression = flat[: head.n_identity], flat[head.n_identity :]
        self._posed = PosedHead(head, alignment.unit, jaw=True) if jaw else None
        self._offsets = (head.landmarks.offsets / alignment.unit).astype(np.float32)
        names = list(head.expression_names)
        if mirror is not None:
            self._partner = np.array([names.index(_other_side(name)) for name in names], np.int32)

    def shape_of(self, identity):
        """Float (N, L, 3), what identity adds to the mean face, outer-eye distances."""
        return ops.reshape(ops.matmul(identity, self._identity), (-1, *self._template.shape))

    def call(self, identity, expression, turn, camera, transforms, jaw=None):
        """Place the points.

        Args:
            identity: float32 (N, I).
            expression: float32 (N, E).
            turn: float32 (N, 3).
            camera: float32 (N, 3).
            transforms: float32 (N, 6), rows of the affine map from pixels of the crop to pixels of the
                picture that it was cut from.
            jaw: float32 (N, 3), axis-angle radians of its joint.

        Returns:
            `seen` float32 (N, L, 2), pixels of the crop as it is; `points` float32 (N, L, 3) in the picture
            before, x and y pixels and depth away from the camera in the same unit; `shape` float32 (N, L, 3),
            of `shape_of`; `expression` float32 (N, E); `rotation` float32 (N, 3, 3), of the head against the
            picture before. Where the transform is a mirror, all but `seen` are turned back: left is left
            again.
        """
        identity_shape = self.shape_of(identity)
        if self._posed is None:
            shape = self._template + identity_shape
            shape = shape + ops.reshape(ops.matmul(expression, self._expression), ops.shape(shape))
        else:
            shape = self._posed(identity, expression, jaw)["landmarks"] + self._offsets
        rotation = rotation_matrices(turn)
        turned = ops.matmul(shape, ops.transpose(rotation, (0, 2, 1)))
        scale, x, y = crop_camera(camera, self.size)
        scale = scale[:, None]
        across, down = x[:, None] + scale * turned[..., 0], y[:, None] - scale * turned[..., 1]
        a, b, c, d, e, f = (transforms[:, index : index + 1] for index in range(6))
        determinant = a * e - b * d
        points = ops.stack(
            [
                a * across + b * down + c,
                d * across + e * down + f,
                -ops.sqrt(ops.abs(determinant)) * scale * turned[..., 2],
            ],
            axis=-1,
        )
        # The affine map as a turn of space, with y up.
        larger, zero, one = ops.sqrt(ops.abs(determinant)), ops.zeros_like(a), ops.ones_like(a)
        rows = [a / larger, -b / larger, zero, -d / larger, e / larger, zero, zero, zero, one]
        rotation = ops.matmul(ops.reshape(ops.concatenate(rows, axis=1), (-1, 3, 3)), rotation)
        seen = ops.stack([across, down], axis=-1)
        if self.mirror is None:
            told = {"points": points, "shape": identity_shape, "expression": expression}
            return told | {"rotation": rotation, "seen": seen}
        mirrored = determinant < 0
        flipped = ops.take(identity_shape, self.mirror, axis=1) * np.array([-1, 1, 1], np.float32)
        return {
            "seen": seen,
            "points": ops.where(mirrored[..., None], ops.take(points, self.mirror, axis=1), points),
            "shape": ops.where(mirrored[..., None], flipped, identity_shape),
            "expression": ops.where(mirrored, ops.take(expression, self._partner, axis=1), expression),
            "rotation": ops.where(mirrored[..., None], rotation * np.array([-1, 1, 1], np.float32), rotation),
        }


def _other_side(name: str) -> str:
    if name.endswith("Left"):
        return name[:-4] + "Right"
    return name[:-5] + "Left" if name.endswith("Right") else name
