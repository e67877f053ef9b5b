"""A face drawn as a network's outputs have it, into the crop that the network saw."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from emopoi.head.head_model import HeadModel
from emopoi.models.head_in_crop import crop_camera
from emopoi.models.head_layer import rotation_matrices
from emopoi.models.linear_colour import from_display, to_display
from emopoi.models.posed_head import PosedHead
from emopoi.models.renderer import FaceRenderer
from emopoi.models.sphere_light import TERMS


class DrawnFace(keras.layers.Layer):
    """Draws heads with the colours and the light that a network tells of; nothing in it is trained.

    Args:
        head: drawn; with more triangles than the one that points were fitted with it looks better.
        unit: one outer-eye distance in units of the head.
        mean: float32 (V, 3), sRGB 0..1, colours of the mean face.
        modes: float32 (V, 3, A), a standard deviation each.
        light: mean and deviation of lights, float32 (9, 3) each, in terms of `sphere_light`.
        crop_px: side of the crop that the network saw.
        size_px: side of the picture drawn, of the same square.
        jaw: whether `call` is told the jaw's turn.
    """

    def __init__(
        self,
        head: HeadModel,
        unit: float,
        mean: np.ndarray,
        modes: np.ndarray,
        light: tuple[np.ndarray, np.ndarray],
        *,
        crop_px: int,
        size_px: int,
        jaw: bool = False,
        **kwargs,
    ):
        super().__init__(trainable=False, dtype="float32", **kwargs)
        self.crop_px, self.size_px = crop_px, size_px
        self._posed = PosedHead(head, unit, jaw=jaw)
        self._renderer = FaceRenderer(head.f, size_px)
        self._mean = np.asarray(mean, np.float32)[None]
        self._modes = ops.convert_to_tensor(np.asarray(modes, np.float32).reshape(-1, modes.shape[-1]).T)
        self._light = tuple(np.asarray(part, np.float32)[None] for part in light)
        # One more for pixels that show nothing.
        self._parts = np.append(head.face_parts.astype(np.int32), -1)

    def call(self, identity, expression, turn, camera, albedo, light, jaw=None, along_normals=None):
        """Draw.

        Args:
            identity: float32 (N, I).
            expression: float32 (N, E), 0..1 where named.
            turn: float32 (N, 3), axis-angle radians.
            camera: float32 (N, 3), see `models.head_in_crop`.
            albedo: float32 (N, A), standard deviations.
            light: float32 (N, 27), standard deviations, of (9, 3).
            jaw: float32 (N, 3), axis-angle radians, where the layer was made for it.
            along_normals: float32 (N, V), outer-eye distances by which vertices are moved outwards.

        Returns:
            `image` float32 (N, S, S, 3), sRGB 0..1; `part` int32 (N, S, S), numbers into `PARTS` of what is
            seen, -1 for nothing; `eye_distance_px` float32 (N,), of the outer eye corners, pixels of the
            crop.
        """
        vertices = self._posed(identity, expression, jaw)["vertices"]
        if along_normals is not None:
            vertices = vertices + along_normals[..., None] * self._renderer.vertex_normals(vertices)
        turned = ops.matmul(vertices, ops.transpose(rotation_matrices(turn), (0, 2, 1)))
        ratio = self.size_px / self.crop_px
        scale, x, y = crop_camera(camera, self.crop_px)
        # Middles of pixels are whole numbers in both.
        seen = ops.stack([scale * ratio, (x + 0.5) * ratio - 0.5, (y + 0.5) * ratio - 0.5], axis=-1)
        shown = self._mean + ops.reshape(ops.matmul(albedo, self._modes), (-1, *self._mean.shape[1:]))
        falls = self._light[0] + self._light[1] * ops.reshape(light, (-1, TERMS, 3))
        drawn = self._renderer(turned, seen, from_display(shown), falls)
        count = len(self._parts) - 1
        number = ops.where(drawn["triangles"] < 0, count, drawn["triangles"])
        return {
            "image": to_display(drawn["image"]),
            "part": ops.take(self._parts, number),
            "eye_distance_px": scale,
        }
