"""Light from all around on a matt surface, by spherical harmonics of second order.

Ramamoorthi and Hanrahan 2001, "An efficient representation for irradiance environment maps": nine numbers
for each colour tell all but a few per cent of what any distant light does to a surface without gloss.
"""

from __future__ import annotations

from keras import ops

TERMS = 9
"""1, x, y, z, xy, xz, yz, x² - y², 3z² - 1 of the normal, without factors: the first alone is even light of
that strength. x points to the picture's right, y up, z to the camera."""


def light_terms(normals):
    """The nine terms of unit normals.

    Args:
        normals: float32 (..., 3).

    Returns:
        float32 (..., 9), in the order of `TERMS`.
    """
    x, y, z = normals[..., 0], normals[..., 1], normals[..., 2]
    terms = [ops.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3.0 * z * z - 1.0]
    return ops.stack(terms, axis=-1)


def shade(normals, light):
    """How much light falls on each normal.

    Args:
        normals: float32 (..., K, 3), unit vectors.
        light: float32 (..., 9, 3), a column for each of red, green and blue.

    Returns:
        float32 (..., K, 3), what albedo is multiplied with; may be below 0 for light that can not be.
    """
    return ops.matmul(light_terms(normals), light)
