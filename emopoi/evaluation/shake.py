"""Tight crops cut anew with a wrong scale and place: what a worse detector does to a model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.evaluation.faces_of_table import decode_picture
from emopoi.preprocess import CropLayout, InputSpec, crop_face, face_to_input
from emopoi.types import Face

_RIGHT_EYE, _LEFT_EYE, _MOUTH = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Shake:
    """How far off the crops are, at most; drawn evenly.

    Attributes:
        scale: 0.15 cuts squares whose side is off by up to 15 % either way.
        position: 0.1 moves them by up to 10 % of their side, across and down alike.
        seed: for repeatable draws.
    """

    scale: float
    position: float
    seed: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.scale < 1 and 0 <= self.position < 1):
            raise InputError(
                "shake: scale and position from 0 to below 1 were expected, "
                f"got {self.scale:g} and {self.position:g}"
            )


def shaken_inputs(
    images: Sequence[bytes | None], spec: InputSpec, layout: CropLayout, shake: Shake
) -> Iterator[NDArray[np.float32] | None]:
    """One input a picture, cut with an error; None where it is damaged.

    Where the wrong square reaches beyond the picture its edge is repeated, as at the edge of a frame.
    A tight crop has little room, so this is harder than the same error inside of a large picture.

    Args:
        images: JPEG or PNG bytes of tight crops.
        spec: the model's input.
        layout: where the pictures have eyes and mouth.
        shake: how far off.
    """
    random = np.random.default_rng(shake.seed)
    for data in images:
        # Drawn for damaged pictures too, so that one more or less leaves the others as they were.
        scale = math.exp(random.uniform(-1, 1) * math.log1p(shake.scale))
        across, down = random.uniform(-shake.position, shake.position, 2)
        picture = decode_picture(data)
        yield None if picture is None else _input(picture, spec, layout, scale, across, down)


def _input(
    picture: NDArray[np.uint8], spec: InputSpec, layout: CropLayout, scale: float, across: float, down: float
) -> NDArray[np.float32]:
    side = min(picture.shape[:2])
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    square = picture[top : top + side, left : left + side]
    half = layout.eye_distance / 2
    points = np.zeros((6, 2))
    points[_RIGHT_EYE] = 0.5 - half, layout.eyes_y
    points[_LEFT_EYE] = 0.5 + half, layout.eyes_y
    points[_MOUTH] = 0.5, layout.mouth_y
    middle = np.array([0.5, (layout.eyes_y + layout.mouth_y) / 2])
    # The error is one of the square that is cut, whose side is not that of the picture.
    cut = layout.eye_distance / spec.layout.eye_distance
    points = middle + (points - middle) * scale + np.array([across, down]) * cut
    face = Face((0, 0, side, side), 1.0, (points * side - 0.5).astype(np.float32))
    grey = spec.channels == 1
    source = cv2.cvtColor(square, cv2.COLOR_RGB2GRAY) if grey else square
    return face_to_input(crop_face(source, face, spec.layout, spec.size, grey=grey), spec)
