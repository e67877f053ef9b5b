"""What solves the frames of one person, whichever way."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emopoi.head.landmark_solver import LandmarkSolver, SolvedFace


class FaceTrackSolver(Protocol):
    """Solves the frames of one person."""

    def observe(self, points: NDArray[np.floating]) -> None:
        """Evidence of one frame for the identity."""
        ...

    def solve(self, points: NDArray[np.floating], time_ms: float) -> SolvedFace:
        """One frame, with the identity of all that were observed."""
        ...


class StillSolver:
    """Solves photos: each face with an identity of its own.

    Args:
        solver: of the head.
    """

    def __init__(self, solver: LandmarkSolver) -> None:
        self._solver = solver

    def observe(self, points: NDArray[np.floating]) -> None:
        """Nothing: the one picture tells everything at once."""

    def solve(self, points: NDArray[np.floating], time_ms: float) -> SolvedFace:
        """Solve one face by itself; see `LandmarkSolver.solve`."""
        return self._solver.solve(points)
