"""From everybody's points to coefficients of a head."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emopoi.head.landmark_solver import LandmarkSolver, SolvedFace
from emopoi.reconstruct.best_view import BestView
from emopoi.reconstruct.people import SeenPerson
from emopoi.types.face_coefficients import FaceCoefficients


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


@dataclass(frozen=True, slots=True, eq=False)
class SolvedPerson:
    """One person's heads over T frames.

    Attributes:
        id: of the track.
        frames: indices of the frames, ascending.
        times_ms: float64 (T,).
        coefficients: T of them, of one identity.
        errors: float64 (T,), see `SolvedFace.error`.
        skipped: frames in which the person was followed and not solved.
        view: the best picture of the person.
    """

    id: int
    frames: tuple[int, ...]
    times_ms: NDArray[np.float64]
    coefficients: tuple[FaceCoefficients, ...]
    errors: NDArray[np.float64]
    skipped: int
    view: BestView | None


def solve_people(
    people: Iterable[SeenPerson], new_solver: Callable[[], FaceTrackSolver]
) -> Iterator[SolvedPerson]:
    """Solve one person after another: the identity of all frames first, then each frame.

    Args:
        people: with points.
        new_solver: makes a solver for the next person.

    Raises:
        InputError: points that no head can be put to.
    """
    for person in people:
        solver = new_solver()
        for points in person.points:
            solver.observe(points)
        solved = [
            solver.solve(points, time_ms)
            for points, time_ms in zip(person.points, person.times_ms, strict=True)
        ]
        yield SolvedPerson(
            id=person.id,
            frames=tuple(person.frames),
            times_ms=np.array(person.times_ms, np.float64),
            coefficients=tuple(face.coefficients for face in solved),
            errors=np.array([face.error for face in solved], np.float64),
            skipped=person.skipped,
            view=person.view,
        )


def longest_seen(people: Iterable[SolvedPerson]) -> SolvedPerson | None:
    """Who is in the most frames; in photos, who is the largest. None where there is nobody."""
    return max(
        people,
        key=lambda person: (len(person.frames), max(float(one.camera[0]) for one in person.coefficients)),
        default=None,
    )
