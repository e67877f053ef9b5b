"""A head model as a Keras layer: coefficients in, vertices and landmarks out, with gradients.

The same arithmetic as `emopoi.head`, batched: Li et al. 2017, "Learning a model of facial shape and
expression from 4D scans" (FLAME), section 3.
"""

from __future__ import annotations

import base64

import keras
import numpy as np
from keras import ops

from emopoi.head.head_file import head_from_npz, head_to_npz
from emopoi.head.head_model import HeadModel
from emopoi.types.face_coefficients import JOINTS


@keras.saving.register_keras_serializable("emopoi")
class HeadLayer(keras.layers.Layer):
    """Pose one head by batches; nothing in it is trained.

    Called with identity float32 (N, I), expression float32 (N, E) and pose float32 (N, 5, 3) axis-angle
    radians, as in `FaceCoefficients`; gives vertices float32 (N, V, 3) and landmarks float32 (N, L, 3), with
    their offsets left out, in units of the head. Gradients are finite everywhere, at rest too.

    Args:
        head: the model; its arrays are kept with the layer, as numbers in its config and not as weights.
        **options: of `keras.layers.Layer`.
    """

    def __init__(self, head: HeadModel, **options) -> None:
        # Half precision would cost a millimetre.
        options.setdefault("dtype", "float32")
        super().__init__(trainable=False, **options)
        self.head = head
        count = len(head.v_template)
        self._template = head.v_template[None]
        # Converted once: as NumPy arrays they would be copied to the device at every call.
        self._dirs = ops.convert_to_tensor(head.shapedirs.reshape(3 * count, -1).T.copy())
        # Joints are sums of vertices, so they too are linear in the coefficients.
        self._joint_template = (head.J_regressor @ head.v_template)[None]
        joint_dirs = np.einsum("jv,vdk->jdk", head.J_regressor, head.shapedirs)
        self._joint_dirs = joint_dirs.reshape(3 * len(JOINTS), -1).T.copy()
        self._correctives = None
        if head.posedirs.any():
            self._correctives = ops.convert_to_tensor(head.posedirs.reshape(3 * count, -1).T.copy())
        # One joint's share of all vertices at a time keeps memory at a few (N, V, 3).
        self._shares = [
            ops.convert_to_tensor(head.weights[None, :, joint, None].copy()) for joint in range(len(JOINTS))
        ]

    def call(self, identity, expression, pose):
        """Vertices (N, V, 3) and landmarks (N, L, 3)."""
        head = self.head
        values = ops.concatenate([identity, expression], axis=-1)
        shaped = self._template + ops.reshape(ops.matmul(values, self._dirs), (-1, len(head.v_template), 3))
        joints = self._joint_template + ops.reshape(
            ops.matmul(values, self._joint_dirs), (-1, len(JOINTS), 3)
        )
        rotations = rotation_matrices(pose)
        if self._correctives is not None:
            bends = ops.reshape(rotations[:, 1:] - np.eye(3, dtype=np.float32), (-1, 9 * (len(JOINTS) - 1)))
            shaped = shaped + ops.reshape(ops.matmul(bends, self._correctives), (-1, len(head.v_template), 3))
        vertices = self._skin(shaped, joints, rotations)
        landmarks = head.landmarks
        corners = ops.take(vertices, head.f[landmarks.faces].ravel(), axis=1)
        corners = ops.reshape(corners, (-1, len(landmarks), 3, 3))
        return vertices, ops.sum(corners * landmarks.barycentrics[None, :, :, None], axis=2)

    def _skin(self, vertices, joints, rotations):
        turned, placed = [rotations[:, 0]], [joints[:, 0]]
        for joint in range(1, len(JOINTS)):
            parent = int(self.head.parents[joint])
            step = ops.expand_dims(joints[:, joint] - joints[:, parent], -1)
            turned.append(ops.matmul(turned[parent], rotations[:, joint]))
            placed.append(ops.squeeze(ops.matmul(turned[parent], step), -1) + placed[parent])
        moved = 0.0
        for joint, (rotation, place) in enumerate(zip(turned, placed, strict=True)):
            here = ops.matmul(vertices - joints[:, joint, None], ops.transpose(rotation, (0, 2, 1)))
            moved = moved + self._shares[joint] * (here + place[:, None])
        return moved

    def compute_output_shape(self, identity_shape, expression_shape=None, pose_shape=None):
        """Shapes of vertices and landmarks."""
        batch = identity_shape[0]
        return (batch, len(self.head.v_template), 3), (batch, len(self.head.landmarks), 3)

    def get_config(self) -> dict:
        """The layer with its head, so that a saved model needs no head file beside it."""
        return {**super().get_config(), "head": base64.b64encode(head_to_npz(self.head)).decode()}

    @classmethod
    def from_config(cls, config: dict) -> HeadLayer:
        """The layer that `get_config` told of."""
        config = {key: value for key, value in config.items() if key != "trainable"}
        content = base64.b64decode(config.pop("head"))
        return cls(head_from_npz(content, "head", "a layer's config"), **config)


def rotation_matrices(axis_angle):
    """Rodrigues' formula with gradients that are finite at 0 too.

    Args:
        axis_angle: float32 (..., 3) radians.

    Returns:
        float32 (..., 3, 3).
    """
    square = ops.sum(axis_angle * axis_angle, axis=-1)
    small = square < 1e-4
    # Both branches are computed, so the one not taken must be finite as well.
    safe = ops.where(small, ops.ones_like(square), square)
    angle = ops.sqrt(safe)
    sine = ops.where(small, 1.0 - square / 6.0 + square * square / 120.0, ops.sin(angle) / angle)
    versine = ops.where(
        small, 0.5 - square / 24.0 + square * square / 720.0, 2.0 * ops.square(ops.sin(angle / 2.0)) / safe
    )
    x, y, z = axis_angle[..., 0], axis_angle[..., 1], axis_angle[..., 2]
    zero = ops.zeros_like(x)
    cross = ops.stack(
        [
            ops.stack([zero, -z, y], axis=-1),
            ops.stack([z, zero, -x], axis=-1),
            ops.stack([-y, x, zero], axis=-1),
        ],
        axis=-2,
    )
    return (
        np.eye(3, dtype=np.float32)
        + sine[..., None, None] * cross
        + versine[..., None, None] * ops.matmul(cross, cross)
    )
