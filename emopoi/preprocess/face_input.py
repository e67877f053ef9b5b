"""From one aligned crop to what a network reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.preprocess.crop import CropLayout, crop_face
from emopoi.types import Face


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What a face model wants to be fed, from its manifest.

    Attributes:
        size: side of the square, pixels.
        channels: 1 grey (ITU-R BT.601 luma) or 3 RGB.
        mean: subtracted, grey levels.
        std: divided by, grey levels.
        layout: where the crop has eyes and mouth.
    """

    size: int
    channels: int
    mean: float
    std: float
    layout: CropLayout

    def __post_init__(self) -> None:
        if self.size < 8 or self.channels not in (1, 3) or self.std <= 0:
            raise InputError(f"input: size >= 8, channels 1 or 3 and std > 0 were expected, got {self}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> InputSpec:
        """Read a manifest's `input` object.

        Raises:
            InputError: a field is missing or out of range.
        """
        try:
            colour = {"grey": 1, "rgb": 3}[data["colour"]]
            return cls(
                int(data["size"]),
                colour,
                float(data["mean"]),
                float(data["std"]),
                CropLayout.from_dict(data["layout"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"input: size, colour (grey or rgb), mean, std, layout expected ({error!r})"
            ) from error

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` reads."""
        return {
            "size": self.size,
            "colour": "grey" if self.channels == 1 else "rgb",
            "mean": self.mean,
            "std": self.std,
            "layout": self.layout.to_dict(),
        }


def face_to_input(crop: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.float32]:
    """Normalise one aligned face.

    Args:
        crop: uint8 (S, S, C), cut by `crop_face`; S and C as in `spec`.
        spec: from the model's manifest.

    Returns:
        float32 (S, S, C), `(crop - mean) / std`.

    Raises:
        InputError: dtype or shape differ; the message shows both.
    """
    expected = (spec.size, spec.size, spec.channels)
    if crop.dtype != np.uint8 or crop.shape != expected:
        raise InputError(f"crop: uint8 {expected} was expected, got {crop.dtype} {crop.shape}")
    result = crop.astype(np.float32)
    result -= np.float32(spec.mean)
    result *= np.float32(1.0 / spec.std)
    return result


def face_input(image: NDArray[np.uint8], face: Face, spec: InputSpec) -> NDArray[np.float32]:
    """`crop_face` and `face_to_input` in one step: float32 (S, S, C)."""
    crop = crop_face(image, face, spec.layout, spec.size, grey=spec.channels == 1)
    return face_to_input(crop, spec)
