"""The light on faces of known albedo, and the albedo under known light."""

from __future__ import annotations

import numpy as np

from emopoi.models.sphere_light import TERMS, light_terms
from training.face3d.skin_colours import SkinColours
from training.face3d.trust import trust

_SHADOW = 0.35  # of the mean light: below, noise is divided by little
_RIDGE = 0.01  # pull of the light's terms to none, as a share of the skin's vertices


def fit_lights(
    faces: SkinColours, albedo: np.ndarray, rounds: int = 4, together: int = 250
) -> tuple[np.ndarray, np.ndarray]:
    """Least squares for the light of each face, vertices that it does not explain counting little.

    Args:
        faces: N of them.
        albedo: float32 (N, S, 3), what is believed of their albedo.
        rounds: of weighing vertices anew.
        together: faces in one go.

    Returns:
        Light float32 (N, 9, 3), as it is, and what falls on each vertex float32 (N, S, 3).
    """
    lights = np.empty((len(faces), TERMS, 3), np.float32)
    shades = np.empty_like(faces.colours)
    pull = np.full(TERMS, _RIDGE, np.float32)
    pull[0] = 1e-6
    for start in range(0, len(faces), together):
        rows = slice(start, start + together)
        terms = np.asarray(light_terms(faces.normals[rows]))
        believed = faces.weights[rows].copy()
        for _ in range(rounds):
            light = _one_light(terms, faces.colours[rows], albedo[rows], believed, pull)
            shade = terms @ light
            left = np.linalg.norm(faces.colours[rows] - shade * albedo[rows], axis=2)
            believed = faces.weights[rows] * trust(left, faces.weights[rows], axis=1)
        lights[rows], shades[rows] = light, shade
    return lights, shades


def _one_light(
    terms: np.ndarray, colours: np.ndarray, albedo: np.ndarray, weights: np.ndarray, pull: np.ndarray
) -> np.ndarray:
    light = np.empty((len(terms), TERMS, 3), np.float32)
    for channel in range(3):
        design = terms * albedo[:, :, channel, None]
        weighted = (design * weights[..., None]).transpose(0, 2, 1)
        gram = weighted @ design
        size = (weights * albedo[:, :, channel] ** 2).sum(axis=1)[:, None]
        gram[:, np.arange(TERMS), np.arange(TERMS)] += size * pull + 1e-9
        light[:, :, channel] = np.linalg.solve(gram, weighted @ colours[:, :, channel, None])[..., 0]
    return light


def divide_light(
    faces: SkinColours, lights: np.ndarray, shades: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Albedo of the faces, by the rule that light is 1 on the mean.

    Args:
        faces: N of them.
        lights: of `fit_lights`.
        shades: of `fit_lights`.

    Returns:
        Albedo float32 (N, S, 3), how far it is believed float32 (N, S), and the lights by that rule.
    """
    weights = faces.weights[..., None]
    mean = (weights * shades).sum(axis=1, keepdims=True) / np.maximum(
        weights.sum(axis=1, keepdims=True), 1e-6
    )
    mean = np.maximum(mean, 1e-3)
    shades, lights = shades / mean, lights / mean
    lowest = shades.min(axis=2)
    albedo = faces.colours / np.maximum(shades, _SHADOW)
    return albedo, faces.weights * (lowest > _SHADOW), lights


def shade_of(faces: SkinColours, lights: np.ndarray) -> np.ndarray:
    """float32 (N, S, 3), what falls on the skin."""
    return np.asarray(light_terms(faces.normals)) @ lights
