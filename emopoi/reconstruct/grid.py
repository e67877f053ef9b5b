"""Where the parts of the grid video lie: input, overlay, head and the course of the expression."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.vision.letterbox import letterboxed

_HIGHEST_PX = 720
_CELL_HEIGHT_PX = (240, 360)
_UPRIGHT_CELL_PX = 480
_WIDEST_CELL_PX = 640
_NARROWEST_CELL_PX = 120


@dataclass(frozen=True, slots=True)
class Grid:
    """Sizes of the parts; the whole is at most 720 pixels high.

    Wide pictures are laid out two by two; upright ones side by side, with the course below them.

    Attributes:
        cell_px: width and height of input, overlay and head.
        panel_px: width and height of the course of the expression.
        upright: the second layout.
    """

    cell_px: tuple[int, int]
    panel_px: tuple[int, int]
    upright: bool

    @classmethod
    def of(cls, width_px: int, height_px: int) -> Grid:
        """The grid for pictures of this size.

        Raises:
            InputError: no size.
        """
        if width_px < 1 or height_px < 1:
            raise InputError(f"a picture of at least 1x1 pixels was expected, got {width_px}x{height_px}")
        if height_px > width_px:
            height = _UPRIGHT_CELL_PX
            width = max(_even(height * width_px / height_px), _NARROWEST_CELL_PX)
            return cls((width, height), (3 * width, _HIGHEST_PX - height), True)
        height = _even(min(max(height_px, _CELL_HEIGHT_PX[0]), _CELL_HEIGHT_PX[1]))
        width = min(_even(height * width_px / height_px), _WIDEST_CELL_PX)
        return cls((width, height), (width, height), False)

    def composed(
        self,
        picture: NDArray[np.uint8],
        overlay: NDArray[np.uint8],
        head: NDArray[np.uint8],
        panel: NDArray[np.uint8],
    ) -> NDArray[np.uint8]:
        """One frame of the grid.

        Args:
            picture: uint8 (H, W, 3) RGB of the cell's size, or fitted into it.
            overlay: likewise.
            head: uint8 (S, S, 3) RGB; its border goes on where the cell is larger.
            panel: uint8 RGB of `panel_px`.

        Returns:
            uint8 (H, W, 3) RGB, both sizes even.
        """
        cells = [letterboxed(picture, *self.cell_px), letterboxed(overlay, *self.cell_px), self._stood(head)]
        if self.upright:
            return np.vstack([np.hstack(cells), panel])
        return np.vstack([np.hstack(cells[:2]), np.hstack([cells[2], panel])])

    def _stood(self, head: NDArray[np.uint8]) -> NDArray[np.uint8]:
        width, height = self.cell_px
        side = min(width, height)
        fitted = cv2.resize(head, (side, side), interpolation=cv2.INTER_AREA)
        left, top = (width - side) // 2, (height - side) // 2
        return cv2.copyMakeBorder(
            fitted, top, height - side - top, left, width - side - left, cv2.BORDER_REPLICATE
        ).astype(np.uint8, copy=False)


def _even(size: float) -> int:
    return max(2, 2 * round(size / 2))
