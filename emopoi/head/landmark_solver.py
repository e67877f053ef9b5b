"""From MediaPipe's points to a head's coefficients: the most likely ones, in closed steps.

Gauss-Newton on pose, camera, identity and expressions together. Named expressions lie in 0..1 and few
of them are active at a time (an L1 prior), identity is Gaussian, depth counts less than what the camera
saw. A face alone takes a few milliseconds, a face of a track, with its identity known, about one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.box_least_squares import solve_in_box
from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_embedding import MEDIAPIPE_POINTS
from emopoi.head.placement import HeadPlacement
from emopoi.head.similarity import similarity
from emopoi.head.skinning import rotation_matrices
from emopoi.types.face_coefficients import FaceCoefficients

OUTER_EYES = (33, 263)
"""Outer corners of the right and the left eye in MediaPipe's mesh."""

_POSE = 7  # rotation, scale, translation


@dataclass(frozen=True, slots=True)
class SolverSettings:
    """How far points are believed against what faces are like.

    Attributes:
        noise: deviation of a point along one axis, over the distance of the outer eye corners.
        shared_noise: how many neighbouring points err together; so many points count as one.
        depth_weight: of depth against the picture's axes: the network guesses it.
        identity_prior: pull of identity to the mean, 1 for its own spread.
        sparsity: cost of a whole expression, in nats.
        expression_prior: quadratic pull of expressions to rest.
        steps: Gauss-Newton steps of a face that was not seen before.
        track_steps: of a face whose last frame was solved.

    Raises:
        InputError: a value is out of range.
    """

    noise: float = 0.012
    shared_noise: float = 6.0
    depth_weight: float = 0.3
    identity_prior: float = 2.0
    sparsity: float = 1.0
    expression_prior: float = 0.5
    steps: int = 5
    track_steps: int = 2

    def __post_init__(self) -> None:
        for name in ("noise", "shared_noise", "identity_prior", "expression_prior"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name}: above 0 was expected, got {getattr(self, name)}")
        if not (self.depth_weight >= 0 and self.sparsity >= 0 and self.steps > 0 and self.track_steps > 0):
            raise InputError(f"solver: weights of at least 0 and at least one step were expected, got {self}")


@dataclass(frozen=True, slots=True, eq=False)
class SolvedFace:
    """A face as a head's coefficients.

    Attributes:
        coefficients: pose[0] turns the head and the camera places it; the other joints rest.
        error: mean distance of the head's points from the given ones in the picture, over the distance of the
            outer eye corners of the head in space: the "NME" of the literature, not shortened by turning.
    """

    coefficients: FaceCoefficients
    error: float


@dataclass(slots=True, eq=False)
class _State:
    """Where the steps stand; units of the head, the picture's y turned up."""

    rotation: NDArray[np.float64]
    scale: float
    place: NDArray[np.float64]
    values: NDArray[np.float64]


class LandmarkSolver:
    """Finds the coefficients of one head.

    Args:
        head: with landmarks; at least ten.
        settings: weights; the defaults where None.

    Attributes:
        head: as given.
        settings: as given.
        unit: outer-eye distance of the mean face, units of the head; the solver's own unit of length.

    Raises:
        InputError: the head has too few landmarks.
    """

    def __init__(self, head: HeadModel, settings: SolverSettings | None = None) -> None:
        if len(head.landmarks) < 10:
            raise InputError(f"head {head.name}: no landmarks to solve by ({len(head.landmarks)} of them)")
        self.head = head
        self.settings = settings = settings or SolverSettings()
        template = head.landmarks.apply(head.v_template.astype(np.float64), head.f) + head.landmarks.offsets
        self._indices = head.landmarks.indices
        self.unit = outer_eye_distance(template, self._indices)
        self._placement = HeadPlacement(head, self.unit)
        # Everything below is in outer-eye distances, so that weights mean the same for every head.
        self._template = template / self.unit
        self._fields = head.landmarks.apply(head.shapedirs.astype(np.float64), head.f) / self.unit
        modes = self._fields.shape[-1]
        self._flat = np.ascontiguousarray(self._fields.reshape(-1, modes))
        axes = np.ascontiguousarray(self._fields.transpose(1, 2, 0))
        self._grams = np.array([(axes[a] @ axes[b].T).ravel() for a in range(3) for b in range(3)])
        self._weights = np.array([1.0, 1.0, settings.depth_weight**2])
        # One over the variance, as if each group of points that err together were one point.
        self._belief = 1.0 / (settings.noise**2 * settings.shared_noise)
        bounded = np.arange(modes) >= head.n_identity
        named = bool(head.expression_names)
        self._low = np.where(bounded & named, 0.0, -np.inf)
        self._high = np.where(bounded & named, 1.0, np.inf)
        self._cost = np.where(bounded & named, settings.sparsity, 0.0)
        expression_prior = settings.expression_prior if named else 1.0
        self._prior = np.where(bounded, expression_prior, settings.identity_prior)

    def solve(self, points: NDArray[np.floating], identity: NDArray[np.floating] | None = None) -> SolvedFace:
        """Solve one face by itself.

        Args:
            points: float (468, 3), as of `FaceMesh.points`: pixels, y down, depth away from the camera.
            identity: float (I,), kept as it is; None solves it too.

        Raises:
            InputError: another shape, values that are not finite, or all points in one place.
        """
        state = self.start(points)
        if identity is not None:
            state.values[: self.head.n_identity] = identity
        return self.told(state, self.advance(state, points, self.settings.steps, identity is not None))

    def start(self, points: NDArray[np.floating]) -> _State:
        """The mean face, turned and placed onto the points."""
        seen = self._upright(points)
        rotation, scale, place = similarity(self._template, seen)
        return _State(rotation, scale, place, np.zeros(self._flat.shape[1]))

    def advance(
        self,
        state: _State,
        points: NDArray[np.floating],
        steps: int,
        identity_known: bool,
        pull: float | NDArray[np.float64] = 0.0,
    ) -> NDArray[np.float64]:
        """Take Gauss-Newton steps; the state is changed.

        Args:
            state: where to start.
            points: float (468, 3), as of `FaceMesh.points`.
            steps: how many.
            identity_known: the state's identity stays as it is.
            pull: of the expressions to where the state has them, float (E,) or one for all: one over the
                variance of what they may have changed by since. Keeps those still that the points hardly
                tell apart.

        Returns:
            float64 (L, 3), what is left between points and head, in outer-eye distances.
        """
        seen = self._upright(points)
        before = state.values.copy()
        for _ in range(steps):
            self._step(state, seen, identity_known, before, pull)
        return self._residual(state, seen)[0]

    def identity_information(self, state: _State) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What a solved frame tells of identity, everything else being unknown.

        Returns:
            float64 (I, I) information, and (I,) information times estimate; priors left out.
        """
        count = self.head.n_identity
        matrix, _ = self._normal_equations(state, np.zeros((len(self._template), 3)))
        values = state.values
        inside = (values > self._low) & (values < self._high)
        nuisance = np.concatenate([np.arange(_POSE), _POSE + np.flatnonzero(inside[count:]) + count])
        kept = np.arange(_POSE, _POSE + count)
        held = matrix[np.ix_(nuisance, nuisance)]
        expressions = nuisance[_POSE:] - _POSE
        held[np.arange(_POSE, len(held)), np.arange(_POSE, len(held))] += self._prior[expressions]
        cross = matrix[np.ix_(kept, nuisance)]
        information = matrix[np.ix_(kept, kept)] - cross @ np.linalg.solve(held, cross.T)
        # The frame's own answer was pulled to the mean; what it says without the pull:
        return information, (information + np.diag(self._prior[:count])) @ values[:count]

    def prior_of_identity(self) -> NDArray[np.float64]:
        """float64 (I,), the pull of each identity coefficient to the mean."""
        return self._prior[: self.head.n_identity]

    def told(self, state: _State, residual: NDArray[np.float64]) -> SolvedFace:
        """What a state means in the head's and the picture's units."""
        told = self._placement.coefficients(state.values, state.rotation, state.scale, state.place)
        error = float(np.hypot(residual[:, 0], residual[:, 1]).mean())
        return SolvedFace(told, error)

    def _upright(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        points = np.asarray(points, np.float64)
        if points.shape != (MEDIAPIPE_POINTS, 3):
            raise InputError(f"points: float ({MEDIAPIPE_POINTS}, 3) was expected, got {points.shape}")
        if not np.isfinite(points).all():
            raise InputError("points: values that are not finite")
        return points[self._indices] * (1.0, -1.0, -1.0)

    def _residual(
        self, state: _State, seen: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        shape = self._template + (self._flat @ state.values).reshape(-1, 3)
        turned = shape @ state.rotation.T
        return (seen - state.place) / state.scale - turned, turned

    def _step(
        self,
        state: _State,
        seen: NDArray[np.float64],
        identity_known: bool,
        before: NDArray[np.float64],
        pull: float | NDArray[np.float64],
    ) -> None:
        residual, _ = self._residual(state, seen)
        matrix, right = self._normal_equations(state, residual)
        values = state.values
        free = np.arange(len(right))
        if identity_known:
            free = np.r_[:_POSE, _POSE + self.head.n_identity : len(right)]
        # Unknowns: a change of pose, and the values themselves.
        changed = right + matrix[:, _POSE:][:, free[_POSE:] - _POSE] @ values[free[_POSE:] - _POSE]
        inner = matrix[np.ix_(free, free)]
        modes = free[_POSE:] - _POSE
        pulled = np.zeros(len(modes))
        pulled[modes >= self.head.n_identity] = pull
        inner[np.arange(_POSE, len(free)), np.arange(_POSE, len(free))] += self._prior[modes] + pulled
        load = changed[free]
        load[_POSE:] += pulled * before[modes] - self._cost[modes]
        unbounded = np.full(_POSE, np.inf)
        low = np.concatenate([-unbounded, self._low[modes]])
        high = np.concatenate([unbounded, self._high[modes]])
        start = np.concatenate([np.zeros(_POSE), values[modes]])
        found = solve_in_box(inner, load, low, high, start)
        state.values = values.copy()
        state.values[modes] = found[_POSE:]
        state.rotation = rotation_matrices(found[:3]) @ state.rotation
        # The change is about the origin of the turned shape; places are added in its scale.
        state.place = state.place + state.scale * found[4:7]
        state.scale = state.scale * float(np.exp(np.clip(found[3], -0.5, 0.5)))

    def _normal_equations(
        self, state: _State, residual: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        shape = self._template + (self._flat @ state.values).reshape(-1, 3)
        turned = shape @ state.rotation.T
        count = len(turned)
        by_pose = np.zeros((count, 3, _POSE))
        x, y, z = turned.T
        by_pose[:, 1, 0], by_pose[:, 2, 0] = -z, y
        by_pose[:, 0, 1], by_pose[:, 2, 1] = z, -x
        by_pose[:, 0, 2], by_pose[:, 1, 2] = -y, x
        by_pose[:, :, 3] = turned
        by_pose[:, :, 4:] = np.eye(3)
        weighted = by_pose * self._weights[:, None]
        metric = state.rotation.T @ (self._weights[:, None] * state.rotation)
        modes = self._flat.shape[1]
        matrix = np.empty((_POSE + modes, _POSE + modes))
        flat_pose = by_pose.reshape(-1, _POSE)
        matrix[:_POSE, :_POSE] = weighted.reshape(-1, _POSE).T @ flat_pose
        matrix[_POSE:, _POSE:] = (metric.ravel() @ self._grams).reshape(modes, modes)
        turned_back = (state.rotation.T @ weighted).reshape(-1, _POSE)
        matrix[:_POSE, _POSE:] = turned_back.T @ self._flat
        matrix[_POSE:, :_POSE] = matrix[:_POSE, _POSE:].T
        pulled = residual * self._weights
        right = np.empty(_POSE + modes)
        right[:_POSE] = pulled.ravel() @ flat_pose
        right[_POSE:] = (pulled @ state.rotation).ravel() @ self._flat
        # Translation has no prior: a little keeps heads without enough points solvable.
        matrix[np.arange(_POSE), np.arange(_POSE)] += 1e-9
        return matrix * self._belief, right * self._belief


def outer_eye_distance(template: NDArray[np.float64], indices: NDArray[np.int32]) -> float:
    """Distance of the outer eye corners, the unit of errors and weights.

    Args:
        template: float64 (L, 3), landmarks of the mean face.
        indices: int (L,), their numbers in MediaPipe's mesh.

    Returns:
        In units of the template; its height where the corners are not among the landmarks.
    """
    places = [np.flatnonzero(indices == number) for number in OUTER_EYES]
    if all(len(place) for place in places):
        return float(np.linalg.norm(template[places[0][0]] - template[places[1][0]]))
    # FLAME's embedding without them spans brows to mouth: about as far.
    return float(np.ptp(template[:, 1]))
