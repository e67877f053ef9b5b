"""Which triangles one texture can colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.head.head_model import PARTS, HeadModel
from emopoi.head.triangle_map import TriangleMap

_RASTER_PX = 1024
_OUTSIDE = 1e-3  # of the square: rounding
_MOST_SHARED = 0.25  # of a part's triangles


def textured_faces(head: HeadModel) -> NDArray[np.bool_]:
    """Triangles that lie in the square of the texture and share their place with no part before theirs.

    Some heads were made with several pictures: their layout goes on beyond the square, or has the eyes on
    the place of a cheek. Those triangles get a plain colour.

    Args:
        head: the head.

    Returns:
        bool (F,); none where the head has no uv.
    """
    if not len(head.uv):
        return np.zeros(len(head.f), bool)
    corners = head.uv[head.uv_f]
    textured = ((corners > -_OUTSIDE) & (corners < 1.0 + _OUTSIDE)).all(axis=(1, 2))
    middles = np.clip(corners.mean(axis=1) * _RASTER_PX, 0, _RASTER_PX - 1).astype(int)
    taken = np.zeros((_RASTER_PX, _RASTER_PX), bool)
    for part in range(len(PARTS)):
        chosen = np.flatnonzero(textured & (head.face_parts == part))
        if not len(chosen):
            continue
        if taken[middles[chosen, 1], middles[chosen, 0]].mean() > _MOST_SHARED:
            textured[chosen] = False
        else:
            places = head.uv * _RASTER_PX - 0.5
            taken |= TriangleMap(places, head.uv_f[chosen], _RASTER_PX, _RASTER_PX).triangles >= 0
    return textured
