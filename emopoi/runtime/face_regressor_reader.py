"""Reads a head's coefficients off the pixels of one face."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import ModelFileError
from emopoi.head.crop_camera import crop_camera, out_of_crop
from emopoi.head.head_model import HeadModel
from emopoi.head.placement import HeadPlacement
from emopoi.head.point_alignment import PointAlignment
from emopoi.head.skinning import rotation_matrices
from emopoi.preprocess import crop_face, face_to_input
from emopoi.preprocess.crop import crop_matrix
from emopoi.runtime.fitted_head import check_head, check_task
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types import Face, FaceCoefficients
from emopoi.types.face_coefficients import JOINTS

TASK = SHIPPED = "face_regressor"
_JAW = JOINTS.index("jaw")


class FaceRegressorReader:
    """The frozen network.

    Args:
        head: that it was trained for.
        model: task "face_regressor".

    Raises:
        ModelFileError: another kind of model, or it was made for another head.
    """

    def __init__(self, head: HeadModel, model: FrozenModel) -> None:
        manifest = model.manifest
        outputs = {"identity": head.n_identity, "expression": head.n_expressions, "turn": 3, "camera": 3}
        # Heads whose expressions have no names open the mouth by a joint.
        if "jaw" in manifest.outputs:
            outputs["jaw"] = 3
        check_task(manifest, TASK, {}, outputs)
        check_head(manifest, head)
        if manifest.input is None:
            raise ModelFileError(f"model {manifest.name} reads no faces")
        self._model, self._spec = model, manifest.input
        self._placement = HeadPlacement(head, PointAlignment(head).unit)
        self._named = bool(head.expression_names)
        self.head = head

    def read(self, image: NDArray[np.uint8], face: Face) -> FaceCoefficients:
        """Read one face by itself.

        Args:
            image: uint8 (H, W, 3) RGB.
            face: with keypoints in its pixels.

        Raises:
            InputError: the picture is of another type or shape, or the keypoints are not finite.
        """
        spec = self._spec
        crop = crop_face(image, face, spec.layout, spec.size)
        told = self._model.run_face(face_to_input(crop, spec))
        expression = np.clip(told["expression"], 0.0, 1.0) if self._named else told["expression"]
        values = np.concatenate([told["identity"], expression])
        rotation = rotation_matrices(told["turn"].astype(np.float64))
        seen = crop_camera(told["camera"], spec.size)
        matrix = crop_matrix(face, spec.layout, spec.size)
        coefficients = self._placement.coefficients(values, *out_of_crop(rotation, *seen, matrix))
        if "jaw" in told:
            coefficients.pose[_JAW] = told["jaw"]
        return coefficients
