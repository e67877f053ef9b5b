"""A head: mean shape, how people and expressions differ from it, and the joints it turns on.

Li et al. 2017, "Learning a model of facial shape and expression from 4D scans" (FLAME). The arrays
have the names of FLAME's own file. x points to the person's left, y up, z out of the face.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.landmark_embedding import LandmarkEmbedding
from emopoi.head.skinning import rotation_matrices, skin
from emopoi.types.face_coefficients import JOINTS, FaceCoefficients

PARTS = ("skin", "eyes", "teeth", "mouth", "iris")
"""What a triangle belongs to, by the numbers of `HeadModel.face_parts`."""


@dataclass(frozen=True, eq=False)
class HeadModel:
    """Arrays of one head, all checked.

    Attributes:
        name: for people to read.
        v_template: float32 (V, 3), the mean face.
        f: int32 (F, 3), triangles, counter-clockwise from outside.
        shapedirs: float32 (V, 3, I + E), identity first, then expressions.
        n_identity: I.
        posedirs: float32 (V, 3, 9 (J - 1)), correctives by entries of the joints' rotations less the
            identity; the root has none.
        J_regressor: float32 (J, V), joints as sums of vertices.
        parents: int32 (J,), -1 for the root.
        weights: float32 (V, J), rows sum to 1.
        expression_names: E names, or none at all where the file tells none (FLAME's components).
        landmarks: points of MediaPipe's mesh on it; empty where the file has none.
        unit_m: metres in one unit.
        uv: float32 (U, 2) in 0..1, origin at the lower left; empty where there are none.
        uv_f: int32 (F, 3) into uv; empty where there are none.
        face_parts: uint8 (F,), numbers into `PARTS`.
        licence: of the geometry.

    Raises:
        InputError: shapes do not fit together, or a value is not finite.
    """

    name: str
    v_template: NDArray[np.float32]
    f: NDArray[np.int32]
    shapedirs: NDArray[np.float32]
    n_identity: int
    posedirs: NDArray[np.float32]
    J_regressor: NDArray[np.float32]
    parents: NDArray[np.int32]
    weights: NDArray[np.float32]
    expression_names: tuple[str, ...]
    landmarks: LandmarkEmbedding
    unit_m: float = 1.0
    uv: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    uv_f: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 3), np.int32))
    face_parts: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    licence: str = ""

    def __post_init__(self) -> None:
        count, joints, modes = len(self.v_template), len(self.parents), self.shapedirs.shape[-1]
        if not len(self.face_parts):
            object.__setattr__(self, "face_parts", np.zeros(len(self.f), np.uint8))
        expected = {
            "v_template": (count, 3),
            "f": (len(self.f), 3),
            "shapedirs": (count, 3, modes),
            "posedirs": (count, 3, 9 * (joints - 1)),
            "J_regressor": (joints, count),
            "parents": (joints,),
            "weights": (count, joints),
            "uv": (len(self.uv), 2),
            "uv_f": (len(self.f) if len(self.uv) else 0, 3),
            "face_parts": (len(self.f),),
        }
        for name, shape in expected.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise InputError(f"head {self.name}: {name} of shape {shape} was expected, got {array.shape}")
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise InputError(f"head {self.name}: {name} has numbers that are not finite")
        for name, top in (("f", count), ("uv_f", len(self.uv)), ("face_parts", len(PARTS))):
            array = getattr(self, name)
            if array.size and not (array.min() >= 0 and array.max() < top):
                raise InputError(f"head {self.name}: {name} in 0..{top - 1} was expected")
        if len(self.landmarks) and not (
            self.landmarks.faces.min() >= 0 and self.landmarks.faces.max() < len(self.f)
        ):
            raise InputError(f"head {self.name}: landmarks lie on triangles that it does not have")
        if joints != len(JOINTS) or self.parents[0] != -1 or (self.parents[1:] >= np.arange(1, joints)).any():
            raise InputError(f"head {self.name}: the five joints of FLAME were expected, {JOINTS}")
        if not 0 <= self.n_identity <= modes:
            raise InputError(
                f"head {self.name}: n_identity in 0..{modes} was expected, got {self.n_identity}"
            )
        if self.expression_names and len(self.expression_names) != self.n_expressions:
            raise InputError(
                f"head {self.name}: {self.n_expressions} names of expressions were expected, "
                f"got {len(self.expression_names)}"
            )
        if not np.allclose(self.weights.sum(axis=1), 1.0, atol=1e-3):
            raise InputError(f"head {self.name}: skinning weights that sum to 1 were expected")
        if not self.unit_m > 0:
            raise InputError(f"head {self.name}: unit_m above 0 was expected, got {self.unit_m}")

    @classmethod
    def load(cls, path: str | Path, landmarks: str | Path | None = None) -> HeadModel:
        """Read a head file: an npz of ours, or FLAME's own pickle, of which nothing is run.

        Args:
            path: known by its content, not by its name.
            landmarks: a landmark file of FLAME; None takes what the head has or what lies beside the pickle.

        Raises:
            ModelFileError: no such file, neither of the two, or damaged.
        """
        from emopoi.head.any_head_file import read_head

        return read_head(Path(path), None if landmarks is None else Path(landmarks))

    def expression_indices(self, names: Sequence[str]) -> NDArray[np.int64]:
        """Where named expressions stand among the coefficients.

        Args:
            names: such as ARKit's "jawOpen".

        Returns:
            int64 (len(names),), into `FaceCoefficients.expression`.

        Raises:
            InputError: its expressions have no names, or not these.
        """
        if names and not self.expression_names:
            raise InputError(
                f"head {self.name}: its expressions have no names; `emopoi head retarget` gives it those of "
                "another head"
            )
        missing = [name for name in names if name not in self.expression_names]
        if missing:
            raise InputError(f"head {self.name}: no expression {', '.join(missing)}")
        return np.array([self.expression_names.index(name) for name in names], np.int64)

    @property
    def n_expressions(self) -> int:
        """How many expressions it has."""
        return int(self.shapedirs.shape[-1]) - self.n_identity

    @property
    def identity_dirs(self) -> NDArray[np.float32]:
        """float32 (V, 3, I), a view."""
        return self.shapedirs[..., : self.n_identity]

    @property
    def expression_dirs(self) -> NDArray[np.float32]:
        """float32 (V, 3, E), a view."""
        return self.shapedirs[..., self.n_identity :]

    def neutral(self) -> FaceCoefficients:
        """The mean face at rest."""
        return FaceCoefficients(
            np.zeros(self.n_identity, np.float32), np.zeros(self.n_expressions, np.float32)
        )

    def shaped(
        self, identity: NDArray[np.floating], expression: NDArray[np.floating]
    ) -> NDArray[np.floating]:
        """Vertices before any joint turns.

        Args:
            identity: float (I,); fewer stand for the first ones.
            expression: float (E,); fewer stand for the first ones.

        Returns:
            float (V, 3).

        Raises:
            InputError: more coefficients than the head has, or not finite ones.
        """
        vertices = self.v_template
        parts = (("identity", identity, self.identity_dirs), ("expression", expression, self.expression_dirs))
        for name, values, directions in parts:
            if values.ndim != 1 or len(values) > directions.shape[-1]:
                raise InputError(
                    f"{name}: up to {directions.shape[-1]} coefficients were expected, got {values.shape}"
                )
            if not np.isfinite(values).all():
                raise InputError(f"{name}: coefficients that are not finite")
            vertices = vertices + directions[..., : len(values)] @ values
        return vertices

    def vertices(self, coefficients: FaceCoefficients) -> NDArray[np.floating]:
        """The posed head.

        Args:
            coefficients: of this head; their camera is not used.

        Returns:
            float (V, 3), units of the head.

        Raises:
            InputError: sizes differ, or values are not finite.
        """
        pose = coefficients.pose
        if pose.shape != (len(JOINTS), 3) or not np.isfinite(pose).all():
            raise InputError(f"pose: finite {(len(JOINTS), 3)} was expected, got {pose.shape}")
        shaped = self.shaped(coefficients.identity, coefficients.expression)
        if not pose.any():
            return shaped
        joints = self.J_regressor @ shaped
        rotations = rotation_matrices(pose)
        if pose[1:].any():
            shaped = shaped + self.posedirs @ (rotations[1:] - np.eye(3, dtype=rotations.dtype)).ravel()
        return skin(shaped, joints, rotations, self.parents, self.weights)

    def landmark_points(self, vertices: NDArray[np.floating]) -> NDArray[np.floating]:
        """Points of MediaPipe's mesh on a posed head; offsets are not added.

        Args:
            vertices: float (V, 3), of `vertices` or `shaped`.

        Returns:
            float (L, 3), in the order of `landmarks.indices`.
        """
        return self.landmarks.apply(vertices, self.f)


def project(points: NDArray[np.floating], camera: NDArray[np.floating]) -> NDArray[np.floating]:
    """Weak perspective, see `FaceCoefficients.camera`.

    Args:
        points: float (N, 3), units of the head.
        camera: float (3,) scale, x, y.

    Returns:
        float (N, 3): x and y pixels (y down) and, in the same unit, nearness to the camera.
    """
    scale, x, y = camera
    return np.stack([x + scale * points[:, 0], y - scale * points[:, 1], scale * points[:, 2]], axis=1)
