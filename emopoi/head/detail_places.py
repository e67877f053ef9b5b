"""Where the vertices of a head lie in a map laid out like its texture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.head_model import PARTS, HeadModel


@dataclass(frozen=True, slots=True, eq=False)
class DetailPlaces:
    """Four texels for each vertex, and their shares.

    Attributes:
        texels: int64 (V, 4), row times side plus column, first row at v = 1.
        shares: float32 (V, 4), sum 1 on skin, all 0 elsewhere.
    """

    texels: NDArray[np.int64]
    shares: NDArray[np.float32]

    @classmethod
    def of_head(cls, head: HeadModel, side: int) -> DetailPlaces:
        """Find them.

        Args:
            head: with a layout of textures in 0..1.
            side: of the map, texels.

        Raises:
            InputError: the head has no such layout.
        """
        if not len(head.uv):
            raise InputError(f"head {head.name}: detail needs a layout of textures (uv), it has none")
        place = np.zeros((len(head.v_template), 2))
        place[head.f.ravel()] = head.uv[head.uv_f.ravel()]
        if place.min() < -1e-6 or place.max() > 1 + 1e-6:
            raise InputError(f"head {head.name}: a layout of textures in 0..1 was expected")
        column = np.clip(place[:, 0] * side - 0.5, 0, side - 1)
        row = np.clip((1 - place[:, 1]) * side - 0.5, 0, side - 1)
        left, above = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
        right, below = np.minimum(left + 1, side - 1), np.minimum(above + 1, side - 1)
        across, down = column - left, row - above
        texels = np.stack(
            [above * side + left, above * side + right, below * side + left, below * side + right], 1
        )
        shares = np.stack(
            [(1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across], axis=1
        )
        # Eyes, teeth and the rims that they share with the skin stay where they are.
        shares[~moved_by_detail(head)] = 0.0
        return cls(texels, shares.astype(np.float32))

    def apply(self, displacement: NDArray[np.floating]) -> NDArray[np.float32]:
        """Float (M, M) -> float32 (V,), 0 where nothing may move."""
        return (displacement.ravel()[self.texels] * self.shares).sum(axis=1).astype(np.float32)


def moved_by_detail(head: HeadModel) -> NDArray[np.bool_]:
    """Bool (V,): vertices of skin alone."""
    skin = np.zeros(len(head.v_template), bool)
    skin[head.f[head.face_parts == PARTS.index("skin")]] = True
    skin[head.f[head.face_parts != PARTS.index("skin")]] = False
    return skin
