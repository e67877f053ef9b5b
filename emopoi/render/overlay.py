"""A head drawn where it was seen, on the picture in which it was seen."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.head_model import project
from emopoi.render.head_renderer import HeadRenderer
from emopoi.render.head_surface import HeadSurface
from emopoi.render.rendering import Rendering

_RIM_PX = 2


def scaled_camera(camera: NDArray[np.floating], share: float) -> NDArray[np.float64]:
    """The camera of the same picture scaled.

    Args:
        camera: float (3,) scale, x, y; whole numbers are the middles of pixels.
        share: size of the scaled picture over the size of the first one.

    Returns:
        float64 (3,).
    """
    scale, x, y = np.asarray(camera, np.float64)
    return np.array([scale * share, (x + 0.5) * share - 0.5, (y + 0.5) * share - 0.5])


def draw_over(
    picture: NDArray[np.uint8],
    renderer: HeadRenderer,
    surface: HeadSurface,
    vertices: NDArray[np.floating],
    camera: NDArray[np.floating],
    opacity: float = 0.9,
) -> None:
    """Draw a head over a picture, in place.

    Only the part of the picture in which the head lies is drawn, so the renderer may be smaller than the
    picture; a head that is larger than the renderer is drawn smaller and scaled up.

    Args:
        picture: uint8 (H, W, 3) RGB, changed.
        renderer: of any size.
        surface: of the head.
        vertices: float (V, 3), the posed head.
        camera: float (3,), of the picture.
        opacity: 0..1.

    Raises:
        InputError: not a picture, or vertices and camera do not fit or are not finite.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise InputError(f"a picture is uint8 (H, W, 3) RGB, got {picture.dtype} {picture.shape}")
    seen = project(vertices, camera)[:, :2]
    if not np.isfinite(seen).all():
        raise InputError("vertices and a camera of finite numbers were expected")
    height, width = picture.shape[:2]
    left, top = (int(max(edge, 0)) for edge in np.floor(seen.min(axis=0)) - _RIM_PX)
    right, bottom = np.minimum(np.ceil(seen.max(axis=0)) + _RIM_PX + 1, (width, height)).astype(int)
    if right <= left or bottom <= top:
        return
    part = picture[top:bottom, left:right]
    share = min(1.0, renderer.width_px / part.shape[1], renderer.height_px / part.shape[0])
    moved = np.array([camera[0], camera[1] - left, camera[2] - top], np.float64)
    drawn = renderer.render(surface, vertices, scaled_camera(moved, share))
    rows, columns = (max(1, round(size * share)) for size in part.shape[:2])
    image, mask = drawn.image[:rows, :columns], drawn.mask[:rows, :columns]
    if share < 1.0:
        size = (part.shape[1], part.shape[0])
        image = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
        mask = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
    picture[top:bottom, left:right] = Rendering(image, mask).over(part, opacity)
