"""Faces drawn as a network tells them, with the colours that were learned for a head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emopoi.head.detailed_head import LEVELS
from emopoi.head.finer_head import finer_head
from emopoi.head.head_model import HeadModel
from emopoi.head.point_alignment import PointAlignment
from emopoi.models.drawn_face import DrawnFace
from training.face3d.albedo import AlbedoBasis

_TOLD = ("identity", "expression", "turn", "camera", "albedo", "light")


class FaceDrawing:
    """Draws a head with as many triangles as its colours were learned on.

    Args:
        head: whose coefficients are told.
        basis: its colours, of `training.face3d.albedo` with the usual levels.
        crop_px: side of the crop that the network saw.
        size_px: side of the picture drawn, of the same square.
        jaw: whether the network tells the jaw's turn.

    Attributes:
        head: the one that is drawn.
    """

    def __init__(
        self, head: HeadModel, basis: AlbedoBasis, *, crop_px: int, size_px: int, jaw: bool = False
    ) -> None:
        self.head = finer_head(head, LEVELS)
        self._layer = DrawnFace(
            self.head, PointAlignment(head).unit, basis.mean, basis.modes,
            (basis.light_mean, basis.light_deviation), crop_px=crop_px, size_px=size_px, jaw=jaw,
            name="drawn",
        )  # fmt: skip

    def __call__(self, told: Mapping[str, Any], along_normals: Any = None) -> dict[str, Any]:
        """Draw; see `DrawnFace.call`.

        Args:
            told: outputs of the face regressor by name.
            along_normals: float32 (N, V), outer-eye distances by which vertices are moved outwards.
        """
        return self._layer(*(told[name] for name in _TOLD), told.get("jaw"), along_normals)
