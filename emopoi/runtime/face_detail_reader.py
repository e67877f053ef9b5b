"""Reads the code of a person's folds off pixels, and makes displacement maps of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import ModelFileError
from emopoi.head.head_model import HeadModel
from emopoi.preprocess import crop_face, face_to_input
from emopoi.runtime.fitted_head import check_head, check_task
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types import Face

CODE, MAP = "face_detail", "face_detail_map"
"""Tasks, and names of the shipped networks."""


class FaceDetailReader:
    """The two frozen networks.

    Args:
        head: that they were trained for.
        code: task "face_detail", from pixels to a code.
        maps: task "face_detail_map", from code and expression to a map.

    Raises:
        ModelFileError: other kinds of models, or they were made for another head, or not for each other.
    """

    def __init__(self, head: HeadModel, code: FrozenModel, maps: FrozenModel) -> None:
        check_task(code.manifest, CODE, {}, {})
        length = {"code": code.manifest.outputs["code"].shape[-1]}
        check_task(maps.manifest, MAP, {"expression": head.n_expressions, **length}, {})
        for model in (code, maps):
            check_head(model.manifest, head)
        if code.manifest.input is None:
            raise ModelFileError(f"model {code.manifest.name} reads no faces")
        self._code, self._maps, self._spec = code, maps, code.manifest.input

    def read(self, image: NDArray[np.uint8], face: Face) -> NDArray[np.float32]:
        """The code of one face in one picture.

        Args:
            image: uint8 (H, W, 3) RGB.
            face: with keypoints in its pixels.

        Returns:
            float32 (C,), -1..1; the mean of several pictures of a person is a code, too.

        Raises:
            InputError: the picture is of another type or shape, or the keypoints are not finite.
        """
        crop = crop_face(image, face, self._spec.layout, self._spec.size)
        return self._code.run_face(face_to_input(crop, self._spec))["code"]

    def displacement(
        self, code: NDArray[np.floating], expression: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """What a code adds to the head at an expression.

        Args:
            code: float (C,).
            expression: float (E,), 0..1 where named.

        Returns:
            float32 (M, M), along the normals, outer-eye distances, in the head's layout of textures.
        """
        given = {"code": np.asarray(code, np.float32), "expression": np.asarray(expression, np.float32)}
        told = self._maps.run(**{name: value[None] for name, value in given.items()})
        return told["displacement"][0, ..., 0]
