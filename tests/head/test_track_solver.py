"""A face over time: one identity, little jitter, no lag where something happens."""

import dataclasses

import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.head.landmark_solver import LandmarkSolver
from emopoi.head.track_solver import TrackSettings, TrackSolver
from emopoi.types import FaceCoefficients
from tests.head.made_heads import small_head
from tests.head.solved_points import points_of

HEAD = small_head()
NOISE_PX = 1.0
CAMERA = np.array([1500, 300, 200], np.float32)
"""About 130 pixels between the eyes' outer corners."""


def noisy_track(expressions, seed=0, identity=None):
    random = np.random.default_rng(seed)
    identity = np.zeros(HEAD.n_identity, np.float32) if identity is None else identity
    for expression in expressions:
        face = FaceCoefficients(identity, expression.astype(np.float32), camera=CAMERA)
        points = points_of(HEAD, face)
        yield points + random.normal(0, NOISE_PX, points.shape)


def solved(points, settings=None):
    track = TrackSolver(LandmarkSolver(HEAD), settings)
    for frame in points:
        track.observe(frame)
    return [track.solve(frame, 40.0 * index).coefficients for index, frame in enumerate(points)]


def test_identity_is_one_and_better_than_that_of_a_frame():
    identity = np.random.default_rng(2).normal(0, 1, HEAD.n_identity).astype(np.float32)
    random = np.random.default_rng(3)
    expressions = random.uniform(0, 0.6, (60, HEAD.n_expressions))
    points = list(noisy_track(expressions, identity=identity))
    told = solved(points)
    assert all(np.array_equal(one.identity, told[0].identity) for one in told)
    alone = [LandmarkSolver(HEAD).solve(frame).coefficients.identity for frame in points]
    wrong_alone = np.mean([np.linalg.norm(one - identity) for one in alone])
    assert np.linalg.norm(told[0].identity - identity) < wrong_alone


def test_a_still_face_jitters_at_most_half_as_much():
    points = list(noisy_track(np.tile(np.linspace(0.2, 0.5, HEAD.n_expressions), (80, 1))))
    shake = {}
    for smooth in (True, False):
        told = np.stack([one.expression for one in solved(points, TrackSettings(smooth=smooth))])
        shake[smooth] = np.sqrt(np.mean(np.diff(told, 2, axis=0) ** 2))
    assert shake[False] > 1e-4
    assert shake[True] <= 0.5 * shake[False]


def test_a_jaw_that_drops_is_seen_at_once():
    jaw = HEAD.expression_names.index("jawOpen")
    expressions = np.zeros((40, HEAD.n_expressions))
    expressions[20:, jaw] = 0.8
    told = [one.expression[jaw] for one in solved(list(noisy_track(expressions)))]
    assert max(told[:20]) < 0.2
    assert told[21] > 0.6


def test_identity_freezes_after_enough_frames():
    track = TrackSolver(LandmarkSolver(HEAD), TrackSettings(identity_frames=5))
    for points in noisy_track(np.zeros((5, HEAD.n_expressions))):
        track.observe(points)
    before = track.identity
    for points in noisy_track(np.zeros((5, HEAD.n_expressions)), 1, np.full(HEAD.n_identity, 2, np.float32)):
        track.observe(points)
    assert track.observed == 5
    np.testing.assert_array_equal(track.identity, before)


def test_a_face_that_was_not_observed_is_of_average_shape():
    track = TrackSolver(LandmarkSolver(HEAD))
    (points,) = noisy_track(np.zeros((1, HEAD.n_expressions)))
    assert not track.solve(points, 0.0).coefficients.identity.any()


def test_after_a_long_gap_it_starts_anew():
    (here,) = noisy_track(np.zeros((1, HEAD.n_expressions)))
    moved = here + np.array([200.0, 0.0, 0.0])
    track = TrackSolver(LandmarkSolver(HEAD))
    track.solve(here, 0.0)
    after = track.solve(moved, 5000.0).coefficients.camera
    fresh = TrackSolver(LandmarkSolver(HEAD)).solve(moved, 0.0).coefficients.camera
    np.testing.assert_allclose(after, fresh, rtol=1e-5)


def test_time_that_stands_still_does_no_harm():
    (points,) = noisy_track(np.zeros((1, HEAD.n_expressions)))
    track = TrackSolver(LandmarkSolver(HEAD))
    for _ in range(3):
        told = track.solve(points, 10.0).coefficients
    assert np.isfinite(told.camera).all() and np.isfinite(told.expression).all()


@pytest.mark.parametrize(
    "wrong", [{"shared_frames": 0.5}, {"expression_change": 0}, {"pose_still_hz": 0}, {"identity_frames": -1}]
)
def test_bad_settings(wrong):
    with pytest.raises(InputError):
        dataclasses.replace(TrackSettings(), **wrong)
