"""Light on a surface, vertex by vertex: a warm key light, a cool fill and a rim, soft from above."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Towards the light (x right, y up, z to the viewer) and its linear RGB strength.
_LIGHTS = (
    ((-0.45, 0.55, 0.75), (0.78, 0.74, 0.68)),
    ((0.85, 0.10, 0.50), (0.20, 0.22, 0.26)),
    ((0.25, 0.60, -0.75), (0.30, 0.31, 0.34)),
)
_SKY, _GROUND = (0.24, 0.25, 0.27), (0.10, 0.09, 0.085)
_WRAP = 0.15  # light reaches a little round the edge, as it does on skin
_DIRECTIONS = np.array([np.array(light) / np.linalg.norm(light) for light, _ in _LIGHTS], np.float32)
_STRENGTHS = np.array([strength for _, strength in _LIGHTS], np.float32)
_HALFWAY = _DIRECTIONS[0] + (0.0, 0.0, 1.0)
_HALFWAY = (_HALFWAY / np.linalg.norm(_HALFWAY)).astype(np.float32)
_GAMMA = np.float32(1 / 2.2)


def shade(
    normals: NDArray[np.floating], colours: NDArray[np.floating], gloss: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Colours of lit points.

    Diffuse wrapped Lambert light under a sky, with Blinn's highlight (Blinn 1977, "Models of Light
    Reflection for Computer Synthesized Pictures") of the key light.

    Args:
        normals: float (N, 3), unit length, out of the surface; z to the viewer.
        colours: float (N, 3), linear RGB of the surface, 0..1.
        gloss: float (N,), strength of the highlight, 0..1.

    Returns:
        float32 (N, 3), RGB 0..1 as a screen shows it.
    """
    normals = np.asarray(normals, np.float32)
    facing = np.maximum((normals @ _DIRECTIONS.T + _WRAP) / (1.0 + _WRAP), 0.0)
    upward = 0.5 + 0.5 * normals[:, 1:2]
    sky, ground = np.array(_SKY, np.float32), np.array(_GROUND, np.float32)
    light = facing @ _STRENGTHS + ground + upward * (sky - ground)
    highlight = np.maximum(normals @ _HALFWAY, 0.0)
    highlight *= highlight  # to the 32nd power, by squaring
    for _ in range(4):
        highlight *= highlight
    lit = colours * light + (gloss * highlight)[:, None]
    return np.clip(lit, 0.0, 1.0).astype(np.float32) ** _GAMMA
