"""What every face detector offers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.types import Face

LARGEST_SIDE_PX = 32_766
"""OpenCV's warpAffine, with which every part of a picture is cut out, takes no longer sides."""


class FaceDetector(Protocol):
    """Finds faces in a picture."""

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """Find faces in a whole picture.

        Args:
            image: uint8 (H, W, 3) RGB.

        Returns:
            Faces with boxes in pixels of the picture, largest first; keypoints always filled.
        """
        ...


class VideoDetector(FaceDetector, Protocol):
    """A detector that can also look at parts of a picture, so that video costs little."""

    def glance(self, image: NDArray[np.uint8]) -> list[Face]:
        """The cheapest look at a whole picture; small faces may be missed."""
        ...

    def scan(self, image: NDArray[np.uint8], step: int) -> list[Face]:
        """Look for newcomers, small faces too, a part of the picture at a time.

        Args:
            image: uint8 (H, W, 3) RGB.
            step: 0, 1, 2, ...; once round all steps has covered the whole picture.
        """
        ...

    def detect_near(self, image: NDArray[np.uint8], face: Face, margin: float = 1.0) -> list[Face]:
        """Find faces where one was a moment ago.

        Args:
            image: uint8 (H, W, 3) RGB.
            face: where it was, or where it is expected.
            margin: how much larger than usual the searched square is.
        """
        ...

    def is_face(self, image: NDArray[np.uint8], face: Face) -> bool:
        """Look twice at something found, before a person is made of it.

        Args:
            image: uint8 (H, W, 3) RGB.
            face: what was found in this very picture.
        """
        ...


def check_picture(image: NDArray[np.uint8]) -> None:
    """Refuse anything but an RGB picture of at least one pixel and at most 32,766 a side.

    Raises:
        InputError: the message shows dtype and shape.
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        got = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise InputError(f"a picture is uint8 (H, W, 3) RGB, got {got}")
    if not image.size:
        raise InputError(f"the picture is empty: {image.shape}")
    if max(image.shape) > LARGEST_SIDE_PX:
        raise InputError(
            f"a picture of at most {LARGEST_SIDE_PX} pixels a side was expected, got {image.shape}"
        )


def largest_first(faces: list[Face]) -> list[Face]:
    """Sort by area, descending; ties by place so that the order is always the same."""
    return sorted(faces, key=lambda face: (-face.width_px * face.height_px, face.box))
