"""Heads that a network reads off pixels, in the place of those that are fitted to points."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emopoi.head.head_model import HeadModel, project
from emopoi.head.landmark_solver import OUTER_EYES, SolvedFace
from emopoi.head.point_alignment import PointAlignment
from emopoi.runtime.coefficient_track_reader import CoefficientTrackReader
from emopoi.types import FaceCoefficients


@dataclass(frozen=True, slots=True, eq=False)
class ReadPixels:
    """One face in one frame.

    Attributes:
        coefficients: as the network read them.
        points: float32 (468, 3), what the landmark network sees: to tell how far off the other one is.
    """

    coefficients: FaceCoefficients
    points: NDArray[np.float32]


class PixelTrackSolver:
    """One identity for a track, and no trembling; `observe` and `solve` as `TrackSolver` has them.

    Args:
        head: that was read.
    """

    def __init__(self, head: HeadModel) -> None:
        self._head = head
        self._track = CoefficientTrackReader(self._told, PointAlignment(head).unit)

    def observe(self, read: ReadPixels) -> None:
        """Evidence of one frame for the identity."""
        self._track.observe(read)

    def solve(self, read: ReadPixels, time_ms: float) -> SolvedFace:
        """One frame, with the identity of all that were observed."""
        return self._track.solve(read, time_ms)

    def _told(self, read: ReadPixels, identity: NDArray[np.floating] | None) -> SolvedFace:
        told = read.coefficients
        if identity is not None:
            told = replace(told, identity=np.asarray(identity, np.float32))
        seen = project(self._head.landmark_points(self._head.vertices(told)), told.camera)
        points = read.points[self._head.landmarks.indices]
        right, left = read.points[list(OUTER_EYES)]
        apart = np.linalg.norm(seen[:, :2] - points[:, :2], axis=1).mean()
        return SolvedFace(told, float(apart / max(float(np.linalg.norm(right - left)), 1e-6)))
