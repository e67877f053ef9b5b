"""One followed face, read by a network: one identity for all frames, and no trembling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.head.bearing_smoothing import BearingSmoothing
from emopoi.head.landmark_solver import SolvedFace
from emopoi.smoothing import OneEuro

ReadFrame = Callable[[Any, NDArray[np.floating] | None], SolvedFace]
"""From what one frame has of a face, and an identity that takes the place of the one read."""


@dataclass(frozen=True, slots=True)
class TrackReaderSettings:
    """How a face is followed; cut-offs as in `OneEuro`.

    Attributes:
        identity_frames: identity is the mean of so many frames, and then stays.
        expression_still_hz: cut-off of expressions while nothing moves.
        expression_per_speed: how much it rises with speed, hertz per whole expression a second.
        pose_still_hz: the same of pose and camera.
        pose_per_speed: hertz per radian (of the turn) or face width (of the place) a second.
        longest_gap_ms: after a longer absence the smoothing starts anew.

    Raises:
        InputError: a value is out of range.
    """

    identity_frames: int = 150
    expression_still_hz: float = 2.0
    expression_per_speed: float = 2.0
    pose_still_hz: float = 2.0
    pose_per_speed: float = 20.0
    longest_gap_ms: float = 500.0

    def __post_init__(self) -> None:
        if self.identity_frames < 1:
            raise InputError(f"identity_frames: at least 1 was expected, got {self.identity_frames}")
        if not (
            min(self.expression_still_hz, self.pose_still_hz) > 0
            and min(self.expression_per_speed, self.pose_per_speed, self.longest_gap_ms) >= 0
        ):
            raise InputError(f"track: cut-offs above 0 and nothing below were expected, got {self}")


class CoefficientTrackReader:
    """Reads the frames of one track.

    A file is gone through twice: `observe` every frame, then `solve` every frame. A stream does both with
    each frame as it comes. The same two methods as `TrackSolver` has.

    Args:
        read: `FaceCoefficientsReader.read`, of points; or whatever reads a frame in another way.
        unit: outer-eye distance, units of the head.
        settings: the defaults where None.
    """

    def __init__(self, read: ReadFrame, unit: float, settings: TrackReaderSettings | None = None) -> None:
        self._read, self._unit = read, unit
        self._settings = settings or TrackReaderSettings()
        self._sum: NDArray[np.float64] | None = None
        self._observed = 0
        self._last_ms: float | None = None
        self._start_smoothing()

    @property
    def identity(self) -> NDArray[np.float32] | None:
        """float32 (I,), as settled so far; None before the first frame."""
        return None if self._sum is None else (self._sum / self._observed).astype(np.float32)

    def observe(self, points: Any) -> None:
        """Take in one frame's identity; frames after `identity_frames` change nothing.

        Args:
            points: what `read` takes, such as float (468, 3) of `FaceMesh.points`.

        Raises:
            InputError: another shape, or values that are not finite.
        """
        if self._observed >= self._settings.identity_frames:
            return
        told = self._read(points, None).coefficients.identity.astype(np.float64)
        self._sum = told if self._sum is None else self._sum + told
        self._observed += 1

    def solve(self, points: Any, time_ms: float) -> SolvedFace:
        """Read one frame with the identity of the track.

        Args:
            points: what `read` takes, such as float (468, 3) of `FaceMesh.points`.
            time_ms: of the frame, later than the one before.

        Raises:
            InputError: another shape, or values that are not finite.
        """
        solved = self._read(points, self.identity)
        gap_ms = None if self._last_ms is None else time_ms - self._last_ms
        self._last_ms = time_ms
        if gap_ms is None or not 0 < gap_ms <= self._settings.longest_gap_ms:
            self._start_smoothing()
            gap_ms = 1.0
        smoothed = self._bearing.update(solved.coefficients, gap_ms)
        expression = self._expression.update(smoothed.expression.astype(np.float64), gap_ms)
        smoothed = replace(smoothed, expression=expression.astype(np.float32))
        return replace(solved, coefficients=smoothed)

    def _start_smoothing(self) -> None:
        settings = self._settings
        self._expression = OneEuro(settings.expression_still_hz, settings.expression_per_speed)
        self._bearing = BearingSmoothing(self._unit, settings.pose_still_hz, settings.pose_per_speed)
