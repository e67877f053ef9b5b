from dataclasses import replace

import numpy as np

from emopoi.head.face_track_solver import StillSolver
from emopoi.head.head_model import project
from emopoi.head.landmark_solver import LandmarkSolver, SolvedFace
from emopoi.reconstruct.people import SeenPerson
from emopoi.reconstruct.person_files import at_rest
from emopoi.reconstruct.solving import longest_seen, solve_people
from emopoi.types.face_coefficients import FaceCoefficients
from tests.head.made_heads import small_head


class Recording:
    """Notes in which order it is asked."""

    def __init__(self):
        self.asked = []

    def observe(self, points):
        self.asked.append(("observe", points[0, 0]))

    def solve(self, points, time_ms):
        self.asked.append(("solve", points[0, 0], time_ms))
        return SolvedFace(FaceCoefficients(np.zeros(2), np.full(1, points[0, 0])), points[0, 0] / 10)


def seen(number, *values):
    points = [np.full((468, 3), value, np.float32) for value in values]
    frames = [10 * number + step for step in range(len(values))]
    return SeenPerson(number, frames, [40.0 * frame for frame in frames], points, skipped=number)


def test_identity_is_known_before_the_first_frame_is_solved():
    made = []

    def new():
        made.append(Recording())
        return made[-1]

    people = list(solve_people([seen(1, 1, 2, 3), seen(2, 5)], new))
    assert made[0].asked == [
        ("observe", 1), ("observe", 2), ("observe", 3), ("solve", 1, 400.0), ("solve", 2, 440.0),
        ("solve", 3, 480.0),
    ]  # fmt: skip
    assert len(made) == 2 and len(made[1].asked) == 2
    first = people[0]
    assert (first.id, first.frames, first.skipped) == (1, (10, 11, 12), 1)
    np.testing.assert_allclose(first.errors, [0.1, 0.2, 0.3])
    assert [float(one.expression[0]) for one in first.coefficients] == [1, 2, 3]
    assert longest_seen(people) is first and longest_seen([]) is None


def test_in_photos_the_largest_counts():
    people = list(solve_people([seen(1, 1), seen(2, 2)], Recording))
    large = replace(people[1].coefficients[0], camera=np.array([9, 0, 0], np.float32))
    people[1] = replace(people[1], coefficients=(large,))
    assert longest_seen(people) is people[1]


def test_a_photo_is_solved_at_once():
    head = small_head()
    solver = LandmarkSolver(head)
    points = np.zeros((468, 3))
    marked = project(head.landmark_points(head.v_template), np.array([900.0, 200, 150])) * (1, 1, -1)
    points[head.landmarks.indices] = marked
    still = StillSolver(solver)
    still.observe(points)
    solved = still.solve(points, 0.0)
    assert solved.error < 0.03
    np.testing.assert_allclose(solved.coefficients.camera[1:], (200, 150), atol=12)


def test_at_rest_takes_the_turn_alone():
    pose = np.arange(15, dtype=np.float32).reshape(5, 3)
    one = FaceCoefficients(np.ones(2), np.ones(3), pose)
    still = at_rest(one)
    assert not still.pose[0].any() and (still.pose[1:] == pose[1:]).all()
    assert one.pose[0].any() and still.identity is one.identity
