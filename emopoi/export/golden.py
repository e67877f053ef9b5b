"""Golden bytes: a made-up face all the way through, for ports to other languages.

The picture is a formula, so it can be made anywhere; it looks like nothing. golden.npz holds
the picture, the keypoints, the crop, the normalised input and each variant's outputs.
"""

from __future__ import annotations

import numpy as np

from emopoi.preprocess import InputSpec, crop_face, face_to_input
from emopoi.types import Face


def golden_picture() -> np.ndarray:
    """uint8 (240, 320, 3) RGB: waves with a dark-eyed blob, from integer-friendly formulas."""
    y, x = np.mgrid[0:240, 0:320].astype(np.float64)
    base = 120 + 60 * np.sin(x / 23) * np.cos(y / 31)
    for centre_x, centre_y, radius, depth in ((140, 100, 9, 90), (182, 94, 9, 90), (166, 150, 16, 70)):
        base -= depth * np.exp(-((x - centre_x) ** 2 + (y - centre_y) ** 2) / (2 * radius**2))
    colours = np.stack([base + 20, base, base - 15 + 10 * np.sin(y / 7)], axis=-1)
    return np.clip(np.rint(colours), 0, 255).astype(np.uint8)


def golden_face() -> Face:
    """The blob's face: slightly rotated."""
    points = np.array([[140, 100], [182, 94], [163, 122], [166, 150], [112, 112], [214, 98]], np.float32)
    return Face((104.0, 58.0, 222.0, 176.0), 1.0, points)


def golden_inputs(spec: InputSpec) -> dict[str, np.ndarray]:
    """picture, keypoints, crop and face (normalised, with the batch axis)."""
    picture, face = golden_picture(), golden_face()
    crop = crop_face(picture, face, spec.layout, spec.size, grey=spec.channels == 1)
    return {
        "picture": picture,
        "keypoints": face.keypoints,
        "crop": crop,
        "face": face_to_input(crop, spec)[None],
    }


def golden_state(shapes: dict[str, tuple[int, ...]]) -> dict[str, np.ndarray]:
    """Made-up inputs for models that read no pixels: waves of different length by name."""
    result = {}
    for place, (name, shape) in enumerate(sorted(shapes.items())):
        count = int(np.prod(shape))
        wave = np.sin(np.arange(count) * (0.37 + 0.11 * place)) * (0.5 if name in "hc" else 1.0)
        result[name] = wave.reshape(shape).astype(np.float32)
    return result
