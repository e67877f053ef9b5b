"""Reads a head's coefficients off face points with a network: the quick way for phones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, ModelFileError
from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_solver import SolvedFace
from emopoi.head.placement import HeadPlacement
from emopoi.head.point_alignment import PointAlignment
from emopoi.head.skinning import rotation_matrices
from emopoi.runtime.coefficient_track_reader import CoefficientTrackReader, TrackReaderSettings
from emopoi.runtime.fitted_head import check_head, check_task
from emopoi.runtime.frozen_model import FrozenModel

TASK = "face_coefficients"
_POSE = 7  # axis-angle, logarithm of scale, place: what alignment to the mean face missed


class FaceCoefficientsReader:
    """The frozen network.

    Args:
        head: that it was trained for.
        model: task "face_coefficients".

    Attributes:
        head: as given.
        unit: outer-eye distance of the mean face, units of the head.

    Raises:
        ModelFileError: another kind of model, or it was made for another head.
    """

    def __init__(self, head: HeadModel, model: FrozenModel) -> None:
        manifest = model.manifest
        outputs = {"identity": head.n_identity, "expression": head.n_expressions, "pose": _POSE}
        check_task(manifest, TASK, {"points": 3 * len(head.landmarks)}, outputs)
        names = manifest.outputs["expression"].labels
        if names and names != head.expression_names:
            raise ModelFileError(f"model {manifest.name}: its expressions are not those of {head.name}")
        check_head(manifest, head)
        self._model = model
        self._alignment = PointAlignment(head)
        self.head, self.unit = head, self._alignment.unit
        self._placement = HeadPlacement(head, self.unit)
        fields = head.landmarks.apply(head.shapedirs, head.f) / np.float32(self.unit)
        self._fields = np.ascontiguousarray(fields.reshape(-1, fields.shape[-1]))
        self._named = bool(head.expression_names)

    def read(self, points: NDArray[np.floating], identity: NDArray[np.floating] | None = None) -> SolvedFace:
        """Read one face by itself.

        Args:
            points: float (468, 3), as of `FaceMesh.points`: pixels, y down, depth away from the camera.
            identity: float (I,), takes the place of what the network says; None keeps that.

        Returns:
            As `LandmarkSolver.solve` gives it.

        Raises:
            InputError: another shape, values that are not finite, or all points in one place.
        """
        aligned = self._alignment.align(points)
        told = self._model.run_face(aligned.difference.ravel())
        expression = np.clip(told["expression"], 0.0, 1.0) if self._named else told["expression"]
        if identity is not None and np.shape(identity) != told["identity"].shape:
            raise InputError(f"identity: {told['identity'].shape} was expected, got {np.shape(identity)}")
        values = np.concatenate([told["identity"] if identity is None else identity, expression])
        pose = told["pose"].astype(np.float64)
        rotation = aligned.rotation @ rotation_matrices(pose[:3])
        scale = float(aligned.scale * np.exp(pose[3]))
        place = aligned.place + aligned.scale * aligned.rotation @ pose[4:]
        coefficients = self._placement.coefficients(values, rotation, scale, place)
        # Both in the frame that the points were aligned to, where the mean face is at rest.
        shape = self._alignment.template + (self._fields @ values.astype(np.float32)).reshape(-1, 3)
        seen = aligned.rotation @ (aligned.difference + self._alignment.template).T * aligned.scale
        missed = (seen + (aligned.place - place)[:, None]) / scale - rotation @ shape.T
        return SolvedFace(coefficients, float(np.hypot(missed[0], missed[1]).mean()))

    def track(self, settings: TrackReaderSettings | None = None) -> CoefficientTrackReader:
        """A reader of one followed face: its identity settled over frames, everything else smoothed.

        Args:
            settings: the defaults where None.
        """
        return CoefficientTrackReader(self.read, self.unit, settings)
