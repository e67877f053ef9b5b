"""A track that was read off pixels has one identity, tells its error and does not tremble."""

import numpy as np
import pytest

from emopoi.reconstruct.people import SeenPerson
from emopoi.reconstruct.pixel_solving import PixelTrackSolver, ReadPixels
from emopoi.reconstruct.solving import solve_people
from emopoi.types import FaceCoefficients
from tests.head.made_heads import small_head
from tests.head.solved_points import points_of

CAMERA = np.array([1500, 300, 200], np.float32)


def read(head, identity, expression, off_px=0.0):
    told = FaceCoefficients(
        np.full(head.n_identity, identity, np.float32),
        np.full(head.n_expressions, expression, np.float32),
        camera=CAMERA,
    )
    points = points_of(head, told).astype(np.float32)
    points[:, 0] += off_px
    return ReadPixels(told, points)


def test_identity_is_the_mean_and_the_error_that_of_the_points():
    head = small_head()
    frames = [read(head, identity, 0.2) for identity in (0.1, 0.3)]
    solver = PixelTrackSolver(head)
    for frame in frames:
        solver.observe(frame)
    solved = solver.solve(frames[0], 0.0)
    np.testing.assert_allclose(solved.coefficients.identity, 0.2, atol=1e-6)
    off = read(head, 0.2, 0.2, off_px=5.0)
    eyes = np.linalg.norm(off.points[33] - off.points[263])
    assert solver.solve(off, 5000.0).error == pytest.approx(5.0 / eyes, rel=1e-3)


def test_solving_people_takes_pixels_where_they_were_read():
    head = small_head()
    random = np.random.default_rng(0)
    frames = [read(head, 0.0, 0.4 + 0.05 * random.normal()) for _ in range(40)]
    person = SeenPerson(
        1, list(range(40)), [40.0 * n for n in range(40)], [frame.points for frame in frames], frames
    )
    (solved,) = solve_people([person], lambda: PixelTrackSolver(head))
    told = np.stack([one.expression for one in solved.coefficients])
    raw = np.stack([frame.coefficients.expression for frame in frames])
    jitter = [np.sqrt(np.mean(np.diff(values, 2, axis=0) ** 2)) for values in (told, raw)]
    assert jitter[1] > 0.01 and jitter[0] <= 0.5 * jitter[1]
