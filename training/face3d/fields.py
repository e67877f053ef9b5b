"""Shape and expression fields on MediaPipe's points, learned from pictures under a semantic teacher.

A teacher head (ICT-FaceKit) is fitted to the points of many faces. What it says of each face, its
identity and its named expressions, explains where the points lie: mean face and fields are what does so
best. PCA of the points can not do this: single photos do not tell identity from expression.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emopoi.errors import InputError
from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_embedding import MEDIAPIPE_POINTS, LandmarkEmbedding
from emopoi.head.landmark_solver import LandmarkSolver, SolverSettings
from emopoi.progress import progress


@dataclass(frozen=True, eq=False)
class PointFields:
    """Mean and fields on the 468 points, units of the teacher.

    Attributes:
        template: float64 (468, 3).
        identity: float64 (I, 468, 3), a standard deviation each.
        expression: float64 (E, 468, 3), the whole expression each.
        names: of the expressions.
    """

    template: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def of_head(cls, head: HeadModel, n_identity: int) -> PointFields:
        """A head's fields where its landmarks are, the first identity modes alone.

        Raises:
            InputError: it does not have all 468 landmarks.
        """
        if not np.array_equal(head.landmarks.indices, np.arange(MEDIAPIPE_POINTS)):
            raise InputError(f"head {head.name}: all 468 landmarks in order were expected")
        at_points = head.landmarks.apply(head.shapedirs.astype(np.float64), head.f)
        fields = np.moveaxis(at_points, -1, 0)
        template = head.landmarks.apply(head.v_template.astype(np.float64), head.f) + head.landmarks.offsets
        start = head.n_identity
        return cls(template, fields[:n_identity], fields[start:], head.expression_names)

    def head(self, unit_m: float) -> HeadModel:
        """A head of the points alone, without triangles worth the name: for the solver."""
        count = MEDIAPIPE_POINTS
        f = np.stack([np.arange(count), np.roll(np.arange(count), 1), np.roll(np.arange(count), 2)], axis=1)
        barycentrics = np.zeros((count, 3), np.float32)
        barycentrics[:, 0] = 1
        numbers = np.arange(count, dtype=np.int32)
        weights = np.zeros((count, 5), np.float32)
        weights[:, 1] = 1
        regressor = np.full((5, count), 1 / count, np.float32)
        fields = np.concatenate([self.identity, self.expression])
        return HeadModel(
            name="points",
            v_template=self.template.astype(np.float32),
            f=f.astype(np.int32),
            shapedirs=np.moveaxis(fields, 0, -1).astype(np.float32),
            n_identity=len(self.identity),
            posedirs=np.zeros((count, 3, 36), np.float32),
            J_regressor=regressor,
            parents=np.array([-1, 0, 1, 1, 1], np.int32),
            weights=weights,
            expression_names=self.names,
            landmarks=LandmarkEmbedding(numbers, barycentrics, numbers, np.zeros((count, 3), np.float32)),
            unit_m=unit_m,
        )


def fit_faces(
    fields: PointFields, points: np.ndarray, unit_m: float, settings: SolverSettings | None = None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Fit all faces.

    Args:
        fields: what is fitted.
        points: float (N, 468, 3), as of `FaceMesh.points`.
        unit_m: of the fields.
        settings: of the solver; the defaults where None.

    Returns:
        Coefficients float64 (N, I + E), what is left in the head's own frame float64 (N, 468, 3) in
        units of the fields, and the mean error over the outer-eye distance.
    """
    solver = LandmarkSolver(fields.head(unit_m), settings)
    values = np.empty((len(points), len(fields.identity) + len(fields.expression)))
    left = np.empty((len(points), MEDIAPIPE_POINTS, 3))
    error = 0.0
    for row, face in enumerate(progress(points, len(points), "fitting faces")):
        state = solver.start(face)
        residual = solver.advance(state, face, solver.settings.steps, identity_known=False)
        values[row] = state.values
        left[row] = residual @ state.rotation * solver.unit
        error += solver.told(state, residual).error / len(points)
    return values, left, error


def improve(
    fields: PointFields, values: np.ndarray, left: np.ndarray, mirror: np.ndarray, caution: float | None
) -> PointFields:
    """Move mean and fields to where they explain what was left.

    Ridge regression of the rest on the coefficients. Fields keep their share of the old field: the
    priors make coefficients small, and fields would grow without end to make up for it. The mean and
    the expressions are made symmetric.

    Args:
        fields: the old ones.
        values: float (N, I + E), of `fit_faces`.
        left: float (N, 468, 3), of `fit_faces`.
        mirror: int (468,), the number of each point's mirror image.
        caution: how many faces with a whole expression outweigh the old field; None moves the mean alone.
    """
    if caution is None:
        return replace(fields, template=_symmetric(fields.template + left.mean(axis=0), mirror))
    count, modes = values.shape
    design = np.column_stack([np.ones(count), values])
    gram = design.T @ design
    gram[np.arange(1, modes + 1), np.arange(1, modes + 1)] += caution
    change = np.linalg.solve(gram, design.T @ left.reshape(count, -1)).reshape(modes + 1, -1, 3)
    split = 1 + len(fields.identity)
    identity = _same_share(fields.identity, fields.identity + change[1:split])
    expression = _same_share(fields.expression, fields.expression + change[split:])
    return PointFields(
        _symmetric(fields.template + change[0], mirror),
        identity,
        _symmetric_expressions(expression, fields.names, mirror),
        fields.names,
    )


def _same_share(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Scale each new field until its projection on the old one is the old one."""
    axes = (1, 2)
    return new * ((old * old).sum(axes) / (old * new).sum(axes))[:, None, None]


def _symmetric(field: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    return (field + field[mirror] * (-1, 1, 1)) / 2


def _symmetric_expressions(fields: np.ndarray, names: tuple[str, ...], mirror: np.ndarray) -> np.ndarray:
    partner = [names.index(_other_side(name)) for name in names]
    return (fields + fields[partner][:, mirror] * (-1, 1, 1)) / 2


def _other_side(name: str) -> str:
    if name.endswith("Left"):
        return name[:-4] + "Right"
    return name[:-5] + "Left" if name.endswith("Right") else name
