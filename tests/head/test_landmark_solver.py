"""Coefficients come back from the points of a head."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.head.landmark_embedding import LandmarkEmbedding
from emopoi.head.landmark_solver import LandmarkSolver, SolverSettings
from emopoi.types import FaceCoefficients
from tests.head.made_heads import small_head
from tests.head.solved_points import points_of

TRUSTING = SolverSettings(
    noise=1e-3, shared_noise=1.0, sparsity=0.0, identity_prior=1e-3, expression_prior=1e-3, depth_weight=1.0
)


def made_face(head, seed, turn_deg=25.0):
    random = np.random.default_rng(seed)
    pose = np.zeros((5, 3), np.float32)
    pose[0] = np.radians(random.uniform(-turn_deg, turn_deg, 3))
    return FaceCoefficients(
        random.normal(0, 0.7, head.n_identity).astype(np.float32),
        (random.uniform(size=head.n_expressions) * (random.uniform(size=head.n_expressions) < 0.6)).astype(
            np.float32
        ),
        pose,
        np.array([random.uniform(500, 3000), random.uniform(0, 600), random.uniform(0, 400)], np.float32),
    )


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_clean_points_give_back_everything(seed):
    head = small_head()
    made = made_face(head, seed)
    solved = LandmarkSolver(head, TRUSTING).solve(points_of(head, made))
    assert solved.error < 2e-3
    found = solved.coefficients
    np.testing.assert_allclose(found.expression, made.expression, atol=0.06)
    np.testing.assert_allclose(found.pose[0], made.pose[0], atol=0.02)
    np.testing.assert_allclose(found.camera[0], made.camera[0], rtol=0.02)
    # What was told lies where the points are: pose about the root joint and camera agree.
    again, given_points = points_of(head, found), points_of(head, made)
    assert np.abs(again - given_points)[head.landmarks.indices, :2].max() < 0.01 * made.camera[0] * 0.15


def test_expressions_stay_in_their_bounds_whatever_the_points():
    head = small_head()
    points = np.random.default_rng(1).normal(size=(468, 3)) * 100
    found = LandmarkSolver(head).solve(points).coefficients
    assert (found.expression >= 0).all() and (found.expression <= 1).all()
    assert np.isfinite(found.identity).all() and np.isfinite(found.camera).all()


def test_expressions_without_names_have_no_bounds():
    head = small_head(named=False)
    made = dataclasses.replace(made_face(head, 3), expression=np.full(head.n_expressions, -0.5, np.float32))
    found = LandmarkSolver(head, TRUSTING).solve(points_of(head, made)).coefficients
    assert found.expression[0] < -0.3


def test_a_known_identity_is_kept():
    head = small_head()
    made = made_face(head, 5)
    solved = LandmarkSolver(head).solve(points_of(head, made), identity=made.identity)
    np.testing.assert_array_equal(solved.coefficients.identity, made.identity)


def test_sparsity_turns_off_what_noise_turns_on():
    head = small_head()
    points = points_of(head, made_face(head, 6))
    points[:, :2] += np.random.default_rng(0).normal(0, 2, (468, 2))
    active = [
        (
            LandmarkSolver(head, SolverSettings(sparsity=cost)).solve(points).coefficients.expression > 0.01
        ).sum()
        for cost in (0.0, 50.0)
    ]
    assert active[1] < active[0]


@pytest.mark.parametrize(
    "points",
    [np.full((468, 3), np.nan), np.zeros((468, 3)), np.zeros((478, 3)), np.full((468, 3), np.inf)],
)
def test_bad_points(points):
    with pytest.raises(InputError, match="points"):
        LandmarkSolver(small_head()).solve(points)


def test_a_head_without_landmarks():
    head = small_head()
    none = LandmarkEmbedding(
        np.zeros(0, np.int32),
        np.zeros((0, 3), np.float32),
        np.zeros(0, np.int32),
        np.zeros((0, 3), np.float32),
    )
    with pytest.raises(InputError, match="no landmarks"):
        LandmarkSolver(dataclasses.replace(head, landmarks=none))


@pytest.mark.parametrize(
    "wrong", [{"noise": 0}, {"sparsity": -1}, {"steps": 0}, {"depth_weight": float("nan")}]
)
def test_bad_settings(wrong):
    with pytest.raises(InputError):
        SolverSettings(**wrong)
