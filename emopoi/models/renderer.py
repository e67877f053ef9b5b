"""A differentiable renderer of heads in Keras: vertices, camera, colours and light in, pictures out.

Which triangle a pixel shows is chosen by `Rasterizer` and has no gradient. Everything after it is worked out
again from the projected vertices: where in its triangle the pixel lies, its normal, its colour and its light.
So gradients flow through all that is seen, and not through outlines: losses on landmarks cover those.
Deferred shading with chosen triangles as in Genova et al. 2018, "Unsupervised training for 3D morphable
model regression".
"""

from __future__ import annotations

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.head_model import HeadModel
from emopoi.models.rasterizer import Rasterizer
from emopoi.models.sphere_light import TERMS, shade

BACKENDS = ("tensorflow", "jax")
_FLAT_PX = 1e-6  # twice the area: such triangles are never seen, but their gradient must not be 1/0
_SHORT = 1e-12  # squared length of a normal that has no direction


@keras.saving.register_keras_serializable("emopoi")
class FaceRenderer(keras.layers.Layer):
    """Draw a batch of meshes with the same triangles; nothing in it is trained.

    Called with
        vertices: float32 (N, V, 3), posed, in units of the head.
        camera: float32 (N, 3) scale, x, y of weak perspective in pixels of the picture drawn, see
            `FaceCoefficients.camera`; whole numbers are the middles of pixels.
        albedo: float32 (N, V, 3), linear colours of the vertices; or a texture float32 (N, T, T, 3) where
            there is uv, first row at v = 1.
        light: float32 (N, 9, 3), see `sphere_light.TERMS`.

    Gives a dict, S the size:
        image: float32 (N, S, S, 3), linear, 0..1 where albedo times light is; 0 where nothing is drawn.
        mask: float32 (N, S, S, 1), 1 where something is drawn.
        normals: float32 (N, S, S, 3), unit vectors, x to the picture's right, y up, z to the camera; 0 where
            nothing is drawn.
        triangles: int32 (N, S, S), which one is seen, -1 for none.

    Args:
        f: int (F, 3), counter-clockwise from outside; a part of a head's triangles draws that part.
        size_px: S.
        uv: float (U, 2) in 0..1, origin at the lower left; for textures.
        uv_f: int (F, 3) into uv.
        **options: of `keras.layers.Layer`.

    Raises:
        InputError: arrays of other shapes, or a backend of Keras other than `BACKENDS`.
    """

    def __init__(
        self,
        f: NDArray[np.integer] | list,
        size_px: int,
        uv: NDArray[np.floating] | list | None = None,
        uv_f: NDArray[np.integer] | list | None = None,
        **options,
    ) -> None:
        # Half precision would move vertices by a tenth of a pixel.
        options.setdefault("dtype", "float32")
        super().__init__(trainable=False, **options)
        if keras.backend.backend() not in BACKENDS:
            raise InputError(
                f"the renderer runs with {' or '.join(BACKENDS)}, Keras uses {keras.backend.backend()}"
            )
        self.f = np.asarray(f, np.int32)
        self.size_px = int(size_px)
        self._rasterizer = Rasterizer(self.f, self.size_px)
        self.uv = None if uv is None else np.asarray(uv, np.float32)
        self.uv_f = None if uv_f is None else np.asarray(uv_f, np.int32)
        if (self.uv is None) != (self.uv_f is None):
            raise InputError("uv and uv_f: both or neither were expected")
        if self.uv is not None and (self.uv_f.shape != self.f.shape or self.uv_f.max() >= len(self.uv)):
            raise InputError(f"uv_f: {self.f.shape} into {len(self.uv)} places was expected")
        self._vertices_count = int(self.f.max()) + 1
        order = np.argsort(self.f.T.ravel(), kind="stable")
        self._by_vertex, self._of_vertex = order.astype(np.int32), self.f.T.ravel()[order]
        # A Python callback can not be compiled by XLA in TensorFlow.
        self.supports_jit = keras.backend.backend() != "tensorflow"

    @classmethod
    def of_head(cls, head: HeadModel, size_px: int, **options) -> FaceRenderer:
        """A renderer of all triangles of a head, with its layout of textures."""
        layout = {"uv": head.uv, "uv_f": head.uv_f} if len(head.uv) else {}
        return cls(head.f, size_px, **layout, **options)

    def call(self, vertices, camera, albedo, light):
        """Pictures; see the class."""
        textured = len(albedo.shape) == 4
        self._check(vertices, camera, albedo, light, textured)
        # Vertices first: one row of memory then holds a vertex of all heads, and is taken at once.
        vertices = ops.transpose(vertices[:, : self._vertices_count], (1, 0, 2))
        scale, x, y = camera[:, 0], camera[:, 1], camera[:, 2]
        places = ops.stack(
            [x + scale * vertices[..., 0], y - scale * vertices[..., 1], scale * vertices[..., 2]], axis=-1
        )
        triangles = self._seen(ops.transpose(ops.stop_gradient(places), (1, 0, 2)))
        rows, image, covered = self._rows(triangles)
        normals = self._vertex_normals(vertices)
        # Light changes slowly, so that vertices tell it; for each pixel it would take half of the time.
        lit = ops.transpose(shade(ops.transpose(normals, (1, 0, 2)), light), (1, 0, 2))
        corners = self._at_corners(places[..., :2])
        if textured:
            seen = [self._at_corners(lit), self._layout_at_corners(camera)]
            shown = self._at_pixels(self._planes(corners, seen), triangles, rows, image)
            colour = shown[:, :3] * _sample(albedo, shown[:, 3:], image)
        else:
            lit = lit * ops.transpose(albedo[:, : self._vertices_count], (1, 0, 2))
            colour = self._at_pixels(self._planes(corners, [self._at_corners(lit)]), triangles, rows, image)
        # By themselves: who does not use them does not pay for them, in a compiled graph.
        normal = self._planes(corners, [self._at_corners(normals)])
        normal = _unit(self._at_pixels(normal, triangles, rows, image))

        def picture(values):
            size = self.size_px
            total = ops.shape(triangles)[0] * size * size
            drawn = ops.scatter(rows[:, None], values * covered[:, None], (total, 3))
            return ops.reshape(drawn, (-1, size, size, 3))

        return {
            "image": picture(colour),
            "mask": ops.cast(triangles >= 0, "float32")[..., None],
            "normals": picture(normal),
            "triangles": triangles,
        }

    def vertex_normals(self, vertices):
        """Unit normals of meshes.

        Args:
            vertices: float32 (N, V, 3).

        Returns:
            float32 (N, V', 3), V' one more than the largest number in the triangles.
        """
        vertices = ops.transpose(vertices[:, : self._vertices_count], (1, 0, 2))
        return ops.transpose(self._vertex_normals(vertices), (1, 0, 2))

    def _check(self, vertices, camera, albedo, light, textured: bool) -> None:
        if textured and self.uv is None:
            raise InputError("albedo: colours of vertices (N, V, 3) were expected, this renderer has no uv")
        if vertices.shape[-1] != 3 or (vertices.shape[1] or self._vertices_count) < self._vertices_count:
            raise InputError(
                f"vertices: (N, {self._vertices_count} or more, 3) was expected, got {tuple(vertices.shape)}"
            )
        if not textured and tuple(albedo.shape[1:]) != tuple(vertices.shape[1:]):
            raise InputError(
                f"albedo: (N, V, 3) like vertices {tuple(vertices.shape)} was expected, "
                f"got {tuple(albedo.shape)}"
            )
        if tuple(camera.shape[1:]) != (3,) or tuple(light.shape[1:]) != (TERMS, 3):
            raise InputError(
                f"camera (N, 3) and light (N, {TERMS}, 3) were expected, got {tuple(camera.shape)} and "
                f"{tuple(light.shape)}"
            )

    def _seen(self, places):
        """Numbers of triangles, int32 (N, S, S)."""
        size = self.size_px
        if keras.backend.backend() == "tensorflow":
            import tensorflow

            seen = tensorflow.numpy_function(
                self._rasterizer.draw, [places], tensorflow.int32, stateful=False
            )
            seen.set_shape((places.shape[0], size, size))
            return seen
        import jax

        shape = jax.ShapeDtypeStruct((places.shape[0], size, size), np.int32)
        return jax.pure_callback(lambda given: self._rasterizer.draw(np.asarray(given)), shape, places)

    def _rows(self, triangles):
        """Pixels that are worked on, counted through all pictures; their picture; 1 where one is drawn."""
        flat = ops.reshape(triangles, (-1,))
        if keras.backend.backend() == "tensorflow":
            rows = ops.cast(ops.nonzero(flat >= 0)[0], "int32")
            covered = ops.ones_like(rows, dtype="float32")
        else:
            # XLA wants to know how many there are.
            rows = ops.arange(flat.shape[0], dtype="int32")
            covered = ops.cast(flat >= 0, "float32")
        return rows, rows // (self.size_px * self.size_px), covered

    def _at_corners(self, values):
        """Values of vertices (V, N, C) as (3, F, N, C)."""
        corners = ops.take(values, self.f.T.ravel(), axis=0)
        return ops.reshape(corners, (3, len(self.f), -1, values.shape[-1]))

    def _layout_at_corners(self, camera):
        """Places in the texture, (3, F, N, 2)."""
        layout = ops.convert_to_tensor(self.uv[self.uv_f.T][:, :, None])
        return layout + ops.zeros_like(camera[:, :1])

    def _vertex_normals(self, vertices):
        """Normals (V, N, 3), weighted by the triangles' areas, as of `emopoi.head.vertex_normals`."""
        first, second, third = ops.unstack(self._at_corners(vertices), axis=0)
        (ax, ay, az), (bx, by, bz) = (ops.unstack(side, axis=-1) for side in (second - first, third - first))
        faces = ops.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)
        around = ops.take(faces, self._by_vertex % len(self.f), axis=0)
        return _unit(ops.segment_sum(around, self._of_vertex, num_segments=self._vertices_count))

    def _planes(self, places, values):
        """For each triangle its first corner, values there, and how they rise along x and y of the picture.

        Args:
            places: (3, F, N, 2).
            values: list of (3, F, N, C).

        Returns:
            (F N, 2 + 3 C).
        """
        first, second, third = ops.unstack(places, axis=0)
        (ax, ay), (bx, by) = (ops.unstack(side, axis=-1) for side in (second - first, third - first))
        area = ax * by - ay * bx
        factor = 1.0 / ops.where(ops.abs(area) > _FLAT_PX, area, ops.ones_like(area))
        ax, ay, bx, by = ((side * factor)[..., None] for side in (ax, ay, bx, by))
        at_first, at_second, at_third = ops.unstack(ops.concatenate(values, axis=-1), axis=0)
        along, across = at_second - at_first, at_third - at_first
        table = [first, at_first, along * by - across * ay, across * ax - along * bx]
        return ops.reshape(
            ops.concatenate(table, axis=-1), (-1, 2 + 3 * sum(part.shape[-1] for part in values))
        )

    def _at_pixels(self, table, triangles, rows, image):
        """Values (K, C) at pixels."""
        size = self.size_px
        triangle = ops.maximum(ops.take(ops.reshape(triangles, (-1,)), rows), 0)
        plane = ops.take(table, triangle * ops.shape(triangles)[0] + image, axis=0)
        count = (table.shape[-1] - 2) // 3
        dx = ops.cast(rows % size, "float32")[:, None] - plane[:, :1]
        dy = ops.cast((rows // size) % size, "float32")[:, None] - plane[:, 1:2]
        start, along_x, along_y = (plane[:, 2 + k * count : 2 + (k + 1) * count] for k in range(3))
        return start + dx * along_x + dy * along_y

    def get_config(self) -> dict:
        """What makes the same layer again."""
        layout = {}
        if self.uv is not None:
            layout = {"uv": self.uv.tolist(), "uv_f": self.uv_f.tolist()}
        return {**super().get_config(), "f": self.f.tolist(), "size_px": self.size_px, **layout}

    @classmethod
    def from_config(cls, config: dict) -> FaceRenderer:
        """The layer that `get_config` told of."""
        return cls(**{key: value for key, value in config.items() if key != "trainable"})


def _unit(normals):
    """Unit vectors; short ones stay short, so that their gradient is finite."""
    return normals * ops.rsqrt(ops.sum(normals * normals, axis=-1, keepdims=True) + _SHORT)


def _sample(texture, places, image):
    """Colours (K, 3) of a texture (N, T, T, 3) at places (K, 2) of its layout, between four texels."""
    side = texture.shape[1]
    flat = ops.reshape(texture, (-1, 3))
    column = ops.clip(places[:, 0] * side - 0.5, 0.0, side - 1.0)
    row = ops.clip((1.0 - places[:, 1]) * side - 0.5, 0.0, side - 1.0)
    left, above = ops.floor(column), ops.floor(row)
    right_share, lower_share = (column - left)[:, None], (row - above)[:, None]
    left, above = ops.cast(left, "int32"), ops.cast(above, "int32")
    right, below = ops.minimum(left + 1, side - 1), ops.minimum(above + 1, side - 1)

    def texel(rows, columns):
        return ops.take(flat, (image * side + rows) * side + columns, axis=0)

    upper = (1.0 - right_share) * texel(above, left) + right_share * texel(above, right)
    lower = (1.0 - right_share) * texel(below, left) + right_share * texel(below, right)
    return (1.0 - lower_share) * upper + lower_share * lower
