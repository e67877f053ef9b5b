"""A head's vertices and landmarks in outer-eye distances, before it is turned."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from emopoi.head.head_model import HeadModel
from emopoi.models.head_layer import HeadLayer
from emopoi.types.face_coefficients import JOINTS

_JAW = JOINTS.index("jaw")


class PosedHead(keras.layers.Layer):
    """Identity, expressions and, where the head needs it, the jaw's joint.

    Args:
        head: whose coefficients they are.
        unit: one outer-eye distance in units of the head.
        jaw: whether `call` is told the jaw's turn.
    """

    def __init__(self, head: HeadModel, unit: float, *, jaw: bool = False, **kwargs):
        # Half precision would cost a millimetre.
        super().__init__(trainable=False, dtype="float32", **kwargs)
        self._unit = unit
        # A head without its joints is linear, and needs less.
        self._layer = HeadLayer(head) if jaw else None
        if jaw:
            return
        count = len(head.v_template)
        fields = (head.shapedirs / self._unit).reshape(3 * count, -1).T
        self._template = (head.v_template / self._unit)[None].astype(np.float32)
        self._fields = ops.convert_to_tensor(np.ascontiguousarray(fields, np.float32))

    def build(self, *shapes):
        """Nothing is learned here."""
        self.built = True

    def call(self, identity, expression, jaw=None):
        """Shape the head.

        Args:
            identity: float32 (N, I).
            expression: float32 (N, E).
            jaw: float32 (N, 3), axis-angle radians, where the layer was made for it.

        Returns:
            `vertices` float32 (N, V, 3), outer-eye distances; with a jaw also `landmarks` float32 (N, L, 3),
            their offsets left out.
        """
        if self._layer is None:
            values = ops.concatenate([identity, expression], axis=-1)
            moved = ops.reshape(ops.matmul(values, self._fields), (-1, *self._template.shape[1:]))
            return {"vertices": self._template + moved}
        zero = ops.zeros_like(jaw)
        pose = ops.stack([jaw if joint == _JAW else zero for joint in range(len(JOINTS))], axis=1)
        vertices, landmarks = self._layer(identity, expression, pose)
        return {"vertices": vertices / self._unit, "landmarks": landmarks / self._unit}
