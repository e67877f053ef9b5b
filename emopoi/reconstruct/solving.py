"""From everybody's points to coefficients of a head."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.head.head_model import HeadModel
from emopoi.reconstruct.best_view import BestView
from emopoi.reconstruct.people import SeenPerson
from emopoi.types.face_coefficients import FaceCoefficients


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
        head: the person's own, with folds; None where it is everybody's.
    """

    id: int
    frames: tuple[int, ...]
    times_ms: NDArray[np.float64]
    coefficients: tuple[FaceCoefficients, ...]
    errors: NDArray[np.float64]
    skipped: int
    view: BestView | None
    head: HeadModel | None = None


def solve_people(
    people: Iterable[SeenPerson],
    new_solver: Callable[[], Any],
    own_head: Callable[[NDArray[np.float32]], HeadModel] | None = None,
) -> Iterator[SolvedPerson]:
    """Solve one person after another: the identity of all frames first, then each frame.

    Args:
        people: with points.
        new_solver: makes a solver for the next person: a `FaceTrackSolver`, or, where pixels were read, a
            `PixelTrackSolver`.
        own_head: makes a person's head of the mean code of their folds.

    Raises:
        InputError: points that no head can be put to.
    """
    for person in people:
        solver = new_solver()
        frames = person.pixels or person.points
        for frame in frames:
            solver.observe(frame)
        solved = [
            solver.solve(frame, time_ms) for frame, time_ms in zip(frames, person.times_ms, strict=True)
        ]
        yield SolvedPerson(
            id=person.id,
            frames=tuple(person.frames),
            times_ms=np.array(person.times_ms, np.float64),
            coefficients=tuple(face.coefficients for face in solved),
            errors=np.array([face.error for face in solved], np.float64),
            skipped=person.skipped,
            view=person.view,
            head=own_head(np.mean(person.codes, axis=0)) if own_head and person.codes else None,
        )


def longest_seen(people: Iterable[SolvedPerson]) -> SolvedPerson | None:
    """Who is in the most frames; in photos, who is the largest. None where there is nobody."""
    return max(
        people,
        key=lambda person: (len(person.frames), max(float(one.camera[0]) for one in person.coefficients)),
        default=None,
    )
