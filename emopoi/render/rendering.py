"""A drawn head, to be laid over something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """A head on nothing.

    Attributes:
        image: uint8 (H, W, 3) RGB; black where nothing was drawn, and along edges darker by as much as
            they are covered less.
        mask: uint8 (H, W), 255 where it covers the pixel, 0 where there is nothing.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]

    def over(self, background: NDArray[np.uint8], opacity: float = 1.0) -> NDArray[np.uint8]:
        """Lay it over a picture.

        Args:
            background: uint8 (H, W, 3) RGB, of the same size.
            opacity: 0..1.

        Returns:
            uint8 (H, W, 3) RGB, a new picture.

        Raises:
            InputError: another size or type, or opacity out of range.
        """
        if background.dtype != np.uint8 or background.shape != self.image.shape:
            raise InputError(
                f"a background of uint8 {self.image.shape} was expected, "
                f"got {background.dtype} {background.shape}"
            )
        if not 0.0 <= opacity <= 1.0:
            raise InputError(f"opacity: 0 to 1 was expected, got {opacity}")
        strength = round(256 * opacity)
        # In whole numbers, 8 bits after the point: a third of the time of floats.
        left = 65_536 - strength * (self.mask.astype(np.uint32) + (self.mask >> 7))
        mixed = background * left[..., None] + self.image.astype(np.uint32) * (256 * strength)
        return ((mixed + 32_768) >> 16).astype(np.uint8)
