"""One face over time: identity settled over many frames, expressions smooth but quick."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.bearing_smoothing import BearingSmoothing
from emopoi.head.landmark_solver import LandmarkSolver, SolvedFace

_USUAL_MS = 40.0


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """How a face is followed.

    Attributes:
        identity_frames: after so many observed frames identity is frozen.
        shared_frames: so many frames count as one for identity: what the network gets wrong about a face
            it gets wrong in all of them.
        smooth: whether expressions, pose and camera are smoothed over time.
        expression_change: by how much an expression usually changes in 40 ms. What the points tell clearly
            moves at once all the same; what they hardly tell apart stays still.
        blink_change: the same of eyeBlink: lids shut within two frames.
        pose_still_hz: cut-off of pose and camera while nothing moves.
        pose_per_speed: how much the cut-off rises with speed, hertz per radian (of pose) or face width (of
            place) a second.
        longest_gap_ms: after a longer absence the smoothing starts anew.

    Raises:
        InputError: a value is out of range.
    """

    identity_frames: int = 150
    shared_frames: float = 10.0
    smooth: bool = True
    expression_change: float = 0.12
    blink_change: float = 0.35
    pose_still_hz: float = 2.0
    pose_per_speed: float = 20.0
    longest_gap_ms: float = 500.0

    def __post_init__(self) -> None:
        if not (self.identity_frames >= 0 and self.shared_frames >= 1):
            raise InputError(f"track: frames of at least 0 and 1 were expected, got {self}")
        if not (
            min(self.expression_change, self.blink_change, self.pose_still_hz) > 0
            and self.pose_per_speed >= 0
        ):
            raise InputError(f"track: changes and cut-offs above 0 were expected, got {self}")


class TrackSolver:
    """Solves the frames of one track.

    A file is gone through twice: `observe` every frame, then `solve` every frame. A stream does both with
    each frame as it comes; identity then settles in the first seconds. Weak perspective has no lens to
    be estimated; its scale is the face's distance and goes on changing.

    Args:
        solver: of the head.
        settings: the defaults where None.
    """

    def __init__(self, solver: LandmarkSolver, settings: TrackSettings | None = None) -> None:
        self._solver = solver
        self._settings = settings or TrackSettings()
        count = solver.head.n_identity
        names = solver.head.expression_names
        self._changes = np.full(solver.head.n_expressions, self._settings.expression_change)
        self._changes[[i for i, name in enumerate(names) if name.startswith("eyeBlink")]] = (
            self._settings.blink_change
        )
        self._information = np.zeros((count, count))
        self._evidence = np.zeros(count)
        self._observed = 0
        self._identity: NDArray[np.float64] | None = None
        self._last_ms: float | None = None
        self._values: NDArray[np.float64] | None = None
        self._start_smoothing()

    @property
    def observed(self) -> int:
        """Frames that identity was settled on so far."""
        return self._observed

    @property
    def identity(self) -> NDArray[np.float32]:
        """float32 (I,), as settled so far."""
        if self._identity is None:
            matrix = self._information / self._settings.shared_frames
            pull = np.diag(self._solver.prior_of_identity())
            self._identity = np.linalg.solve(matrix + pull, self._evidence / self._settings.shared_frames)
        return self._identity.astype(np.float32)

    def observe(self, points: NDArray[np.floating]) -> None:
        """Take in one frame's evidence of identity; frames after `identity_frames` change nothing.

        Args:
            points: float (468, 3), as of `FaceMesh.points`.

        Raises:
            InputError: another shape, or values that are not finite.
        """
        if self._observed >= self._settings.identity_frames:
            return
        state = self._solver.start(points)
        self._solver.advance(state, points, self._solver.settings.steps, identity_known=False)
        information, evidence = self._solver.identity_information(state)
        self._information += information
        self._evidence += evidence
        self._observed += 1
        self._identity = None

    def solve(self, points: NDArray[np.floating], time_ms: float) -> SolvedFace:
        """Solve one frame with the identity of the track.

        Args:
            points: float (468, 3), as of `FaceMesh.points`.
            time_ms: of the frame, later than the one before.

        Raises:
            InputError: another shape, or values that are not finite.
        """
        settings = self._settings
        state = self._solver.start(points)
        steps = self._solver.settings.steps
        gap_ms = None if self._last_ms is None else time_ms - self._last_ms
        if gap_ms is None or not 0 < gap_ms <= settings.longest_gap_ms:
            self._start_smoothing()
            gap_ms = None
        elif self._values is not None:
            state.values = self._values.copy()
            steps = self._solver.settings.track_steps
        state.values[: self._solver.head.n_identity] = self.identity
        pull: float | NDArray[np.float64] = 0.0
        if gap_ms is not None and settings.smooth:
            pull = _USUAL_MS / gap_ms / self._changes**2
        residual = self._solver.advance(state, points, steps, identity_known=True, pull=pull)
        self._values, self._last_ms = state.values, time_ms
        solved = self._solver.told(state, residual)
        return self._smoothed(solved, gap_ms or 1.0) if settings.smooth else solved

    def _start_smoothing(self) -> None:
        settings = self._settings
        self._bearing = BearingSmoothing(self._solver.unit, settings.pose_still_hz, settings.pose_per_speed)

    def _smoothed(self, solved: SolvedFace, elapsed_ms: float) -> SolvedFace:
        return replace(solved, coefficients=self._bearing.update(solved.coefficients, elapsed_ms))
