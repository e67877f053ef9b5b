"""Solutions are kept by what decided them, and describe the faces they came from."""

import numpy as np
import pytest

from emopoi.head.point_alignment import PointAlignment
from emopoi.head.skinning import rotation_matrices
from emopoi.runtime.frozen_head import load_head
from emopoi.types import FaceCoefficients
from tests.head.solved_points import points_of
from training.face3d import stored_faces
from training.face3d.stored_faces import mirrored, solve_all, stored_solutions
from training.face3d.train_face_coefficients import mixed_faces


@pytest.fixture(scope="module")
def head():
    return load_head()


def faces_of(head, count, seed=0):
    random = np.random.default_rng(seed)
    result = []
    for _ in range(count):
        pose = np.zeros((5, 3), np.float32)
        pose[0] = random.normal(0, 0.15, 3)
        expression = random.uniform(size=head.n_expressions) * (
            random.uniform(size=head.n_expressions) < 0.15
        )
        identity = random.normal(0, 0.6, head.n_identity).astype(np.float32)
        face = FaceCoefficients(
            identity, expression.astype(np.float32), pose, np.array([9, 80, 60], np.float32)
        )
        result.append(points_of(head, face))
    return np.array(result, np.float32)


def test_what_alignment_missed_leads_back_to_the_solution(head):
    points = faces_of(head, 6)
    solved, alignment = solve_all(head, points), PointAlignment(head)
    fields = head.landmarks.apply(head.shapedirs.astype(float), head.f) / alignment.unit
    for row in range(len(points)):
        values = np.concatenate([solved.identity[row], solved.expression[row]])
        shape = alignment.template + fields @ values
        turn, scale, place = (
            rotation_matrices(solved.pose[row, :3]),
            np.exp(solved.pose[row, 3]),
            solved.pose[row, 4:],
        )
        aligned = solved.points[row].reshape(-1, 3) + alignment.template
        assert np.abs(scale * shape @ turn.T + place - aligned).mean() < 0.01
    assert solved.error.max() < 0.01 and solved.expression.std() > 0.05


def test_an_empty_row_is_the_mean_face(head):
    solved = solve_all(head, np.zeros((1, 468, 3), np.float32))
    assert not solved.identity.any() and not solved.points.any()


def test_mixed_faces_say_what_they_are_made_of(head):
    solved = solve_all(head, faces_of(head, 8, 3))
    made = mixed_faces(head, solved, np.random.default_rng(0))
    assert len(made) == len(solved) and (made.expression <= 1).all() and (made.expression >= 0).all()
    alignment = PointAlignment(head)
    fields = head.landmarks.apply(head.shapedirs.astype(float), head.f) / alignment.unit
    shapes = alignment.template + np.einsum(
        "lak,nk->nla", fields, np.concatenate([made.identity, made.expression], axis=1)
    )
    turned = np.einsum("nla,nba->nlb", shapes, rotation_matrices(made.pose[:, :3].astype(float)))
    placed = np.exp(made.pose[:, 3])[:, None, None] * turned + made.pose[:, None, 4:]
    told = made.points.reshape(len(made), -1, 3) + alignment.template
    assert np.abs(placed - told).mean() < 0.01


def test_mirrored_twice_is_the_same():
    random = np.random.default_rng(0)
    points = random.normal(size=(3, 468, 3)).astype(np.float32)
    mirror = np.arange(468)[::-1].copy()
    np.testing.assert_array_equal(mirrored(mirrored(points, mirror), mirror), points)
    assert not np.array_equal(mirrored(points, mirror), points)


def test_solutions_are_worked_out_once_for_each_head(head, tmp_path, monkeypatch):
    calls = []
    points = faces_of(head, 2)
    monkeypatch.setattr(stored_faces, "meshes_of_file", lambda path: (points, np.ones(2, np.float32)))
    real = stored_faces.solve_all
    monkeypatch.setattr(stored_faces, "solve_all", lambda *all_: calls.append(1) or real(*all_))
    first = stored_solutions(head, tmp_path, tmp_path / "kept", "some/file.parquet")
    again = stored_solutions(head, tmp_path, tmp_path / "kept", "some/file.parquet")
    np.testing.assert_array_equal(first.expression, again.expression)
    assert len(calls) == 1
    stored_solutions(head, tmp_path, tmp_path / "kept", "some/file.parquet", mirror=np.arange(468))
    assert len(calls) == 2
