"""The shipped head, ICT-FaceKit's and one of FLAME's layout: the same things hold for all three."""

import dataclasses

import keras
import numpy as np
import pytest
import trimesh

from emopoi.head.arkit_names import ARKIT_NAMES
from emopoi.head.gltf_file import write_glb
from emopoi.head.head_file import read_head_npz, write_head_npz
from emopoi.head.head_model import HeadModel
from emopoi.head.ict_facekit import convert_ict
from emopoi.head.landmark_solver import LandmarkSolver, SolverSettings
from emopoi.head.retarget import retarget_expressions
from emopoi.head.track_solver import TrackSolver
from emopoi.models.head_layer import HeadLayer
from emopoi.runtime.frozen_head import load_head
from emopoi.types import FaceCoefficients
from tests.head.flame_files import write_landmarks, write_new
from tests.head.made_ict_folder import read_arrays, write_folder
from tests.head.solved_points import points_of
from tests.head.test_head_model import plain_vertices

WATCHED = ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthPucker", "eyeBlinkLeft", "eyeBlinkRight")


@pytest.fixture(scope="module", params=["shipped", "ict", "flame"])
def head(request, tmp_path_factory):
    shipped = load_head()
    if request.param == "shipped":
        return shipped
    folder = tmp_path_factory.mktemp("heads")
    if request.param == "ict":
        arrays = read_arrays(request.getfixturevalue("data_dir"))
        return convert_ict(write_folder(folder / "FaceXModel", arrays, 4), shipped.v_template[:468])
    write_landmarks(folder, 105)
    flame = HeadModel.load(write_new(folder / "flame2023_Open.pkl"))
    # A user gives FLAME's unnamed components the names of the shipped head.
    return retarget_expressions(shipped, flame)


def shown(head, seed, turn_deg=12.0):
    random = np.random.default_rng(seed)
    expression = np.zeros(head.n_expressions, np.float32)
    expression[head.expression_indices(WATCHED)] = random.uniform(0, 0.8, len(WATCHED))
    pose = np.zeros((5, 3), np.float32)
    pose[0] = np.radians(random.uniform(-turn_deg, turn_deg, 3))
    camera = np.array([0.15 / head.unit_m, 320, 240], np.float32) / [10, 1, 1]
    return FaceCoefficients(
        np.zeros(head.n_identity, np.float32), expression, pose, camera.astype(np.float32)
    )


def test_it_has_names_joints_and_landmarks(head):
    assert head.expression_names == ARKIT_NAMES
    assert len(head.landmarks) >= 105 and head.parents.tolist() == [-1, 0, 1, 1, 1]
    joints = head.J_regressor @ head.v_template
    assert joints[3, 0] > joints[4, 0]  # the left eye is on the person's left


def test_numpy_keras_and_the_plain_way_agree(head):
    face = dataclasses.replace(
        shown(head, 0), pose=np.random.default_rng(1).normal(0, 0.3, (5, 3)).astype(np.float32)
    )
    expected = plain_vertices(head, face)
    size = np.ptp(head.v_template)
    np.testing.assert_allclose(head.vertices(face), expected, atol=1e-5 * size)
    given = (face.identity[None], face.expression[None], face.pose[None])
    vertices, _ = HeadLayer(head)(*given)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(vertices)[0], expected, atol=1e-5 * size)


def test_a_file_of_it_comes_back(head, tmp_path):
    write_head_npz(head, tmp_path / "head.npz")
    again = read_head_npz(tmp_path / "head.npz")
    np.testing.assert_array_equal(again.shapedirs, head.shapedirs)
    assert again.expression_names == head.expression_names and again.unit_m == head.unit_m


def test_jaw_and_smile_move_as_they_are_called(head):
    # On the points of iBUG's 68 every embedding here has mouth corners and lips.
    places = {int(number): place for place, number in enumerate(head.landmarks.indices)}

    def at(name, number):
        expression = np.zeros(head.n_expressions, np.float32)
        if name:
            expression[head.expression_indices([name])] = 1
        face = FaceCoefficients(np.zeros(head.n_identity, np.float32), expression)
        return head.landmark_points(head.vertices(face))[places[number]] * head.unit_m

    assert at("jawOpen", 17)[1] < at("", 17)[1] - 0.008
    smile, other = (at("mouthSmileLeft", corner) - at("", corner) for corner in (291, 61))
    assert smile[0] > 0 and smile[1] > 0 and np.linalg.norm(smile) > 0.003
    assert np.linalg.norm(other) < 0.4 * np.linalg.norm(smile)


def test_coefficients_come_back_from_its_points(head):
    solver = LandmarkSolver(head, SolverSettings(noise=0.002, sparsity=0.1))
    made, found = [], []
    random = np.random.default_rng(5)
    for seed in range(25):
        face = shown(head, seed)
        points = points_of(head, face)
        width = np.ptp(points[head.landmarks.indices, 0])
        points[:, :2] += random.normal(0, 0.002 * width, (468, 2))
        solved = solver.solve(points)
        assert solved.error < 0.02
        chosen = head.expression_indices(WATCHED)
        made.append(face.expression[chosen])
        found.append(solved.coefficients.expression[chosen])
    made, found = np.array(made), np.array(found)
    correlations = [np.corrcoef(a, b)[0, 1] for a, b in zip(made.T, found.T, strict=True)]
    assert np.median(correlations) >= 0.85, dict(zip(WATCHED, correlations, strict=True))


def test_a_track_of_it_is_one_person(head):
    track = TrackSolver(LandmarkSolver(head))
    frames = [points_of(head, shown(head, 3, turn_deg=3 + index / 5)) for index in range(6)]
    for points in frames:
        track.observe(points)
    told = [track.solve(points, 40.0 * index) for index, points in enumerate(frames)]
    assert all(np.array_equal(t.coefficients.identity, told[0].coefficients.identity) for t in told)
    assert max(t.error for t in told) < 0.03


def test_its_glb_has_the_names_and_the_right_size(head, tmp_path):
    write_glb(tmp_path / "head.glb", head, np.zeros(head.n_identity, np.float32))
    scene = trimesh.load(tmp_path / "head.glb")
    meshes = list(scene.geometry.values())
    assert sum(len(mesh.vertices) for mesh in meshes) >= len(head.v_template)
    names = [name for mesh in meshes for name in mesh.metadata.get("targetNames", ())]
    assert set(ARKIT_NAMES) <= set(names)
    expected = np.ptp(head.v_template, axis=0) * head.unit_m
    np.testing.assert_allclose(scene.extents, expected, rtol=0.02)
