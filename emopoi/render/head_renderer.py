"""Draws heads with pyrender: one renderer, as many pictures as one likes."""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, MissingPartError
from emopoi.head.head_model import project
from emopoi.render.head_surface import HeadSurface
from emopoi.render.offscreen import open_offscreen
from emopoi.render.rendering import Rendering
from emopoi.render.shading import shade

_NEAR, _FAR = 1.0, 20_000.0  # pixels: deeper than any head


class HeadRenderer:
    """An OpenGL context without a screen and a camera that agrees with `emopoi.head.head_model.project`.

    Whole numbers are the middles of pixels, as in OpenCV. Light is worked out for each vertex here and
    not for each pixel by pyrender: without a graphics card that takes a tenth of the time.

    Make one and draw everything with it, in the thread that made it: closing one ends OpenGL for every
    other that is still open in the process.

    Args:
        width_px: width of the pictures.
        height_px: height of the pictures.

    Raises:
        InputError: a size below 1.
        MissingPartError: pyrender, trimesh or OpenGL is not installed; the message names the package.
    """

    def __init__(self, width_px: int, height_px: int) -> None:
        if width_px < 1 or height_px < 1:
            raise InputError(f"a picture of at least 1x1 pixels was expected, got {width_px}x{height_px}")
        self.width_px, self.height_px = width_px, height_px
        self._pyrender, self._renderer = open_offscreen(width_px, height_px)
        self._scene = self._pyrender.Scene(bg_color=(0.0, 0.0, 0.0, 0.0))
        camera = self._pyrender.OrthographicCamera(width_px / 2, height_px / 2, _NEAR, _FAR)
        place = np.eye(4)
        place[2, 3] = 2 * _NEAR
        self._scene.add(camera, pose=place)
        self._material = self._pyrender.MetallicRoughnessMaterial(baseColorFactor=(1.0, 1.0, 1.0, 1.0))
        flags = self._pyrender.RenderFlags
        self._flags = flags.RGBA | flags.FLAT
        self._node: Any = None

    def render(
        self, surface: HeadSurface, vertices: NDArray[np.floating], camera: NDArray[np.floating]
    ) -> Rendering:
        """Draw one head.

        Args:
            surface: of the head.
            vertices: float (V, 3), the posed head, as `HeadModel.vertices` gives it.
            camera: float (3,) scale, x, y of weak perspective, see `FaceCoefficients.camera`.

        Returns:
            The picture, of the renderer's size.

        Raises:
            InputError: vertices or camera of another shape, or not finite.
            MissingPartError: OpenGL fails, out of memory or closed.
        """
        if vertices.ndim != 2 or vertices.shape[1] != 3 or np.shape(camera) != (3,):
            raise InputError(
                f"vertices (V, 3) and camera (3,) were expected, got {vertices.shape}, {np.shape(camera)}"
            )
        if not (np.isfinite(vertices).all() and np.isfinite(camera).all()):
            raise InputError("vertices and a camera of finite numbers were expected")
        x, y, near = project(vertices, camera).T
        middle_x, middle_y = self.width_px / 2 - 0.5, self.height_px / 2 - 0.5
        placed, normals = surface.mesh(np.stack([x - middle_x, middle_y - y, near - near.max()], axis=1))
        colours = np.ones((len(placed), 4), np.float32)
        colours[:, :3] = shade(normals, surface.colours, surface.gloss)
        if self._node is not None:
            self._scene.remove_node(self._node)
        primitive = self._pyrender.Primitive(
            positions=placed, color_0=colours, indices=surface.f, material=self._material
        )
        self._node = self._scene.add(self._pyrender.Mesh([primitive]))
        try:
            picture, _ = self._renderer.render(self._scene, self._flags)
        except Exception as error:  # PyOpenGL's errors have no parent that is known before it is imported
            raise MissingPartError(f"OpenGL fails to draw ({type(error).__name__}: {error})") from error
        return Rendering(np.ascontiguousarray(picture[..., :3]), np.ascontiguousarray(picture[..., 3]))

    def close(self) -> None:
        """Let go of the context; may be called more than once."""
        renderer, self._renderer = self._renderer, None
        if renderer is not None:
            with suppress(Exception):  # another renderer may have ended OpenGL's connection meanwhile
                renderer.delete()

    def __enter__(self) -> HeadRenderer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
