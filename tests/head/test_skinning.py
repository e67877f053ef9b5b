import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.head.skinning import axis_angle, rotation_matrices, skin

TURNS = st.tuples(*[st.floats(-3, 3)] * 3).map(np.array)
TREE = np.array([-1, 0, 1, 1, 1])


def reference(vertices, joints, rotations, parents, weights):
    """Plainly: 4 x 4 matrices down the tree, vertex by vertex, joint by joint."""
    world = []
    for joint, parent in enumerate(parents):
        local = np.eye(4)
        local[:3, :3] = rotations[joint]
        local[:3, 3] = joints[joint] - (joints[parent] if parent >= 0 else 0)
        world.append(local if parent < 0 else world[parent] @ local)
    moved = np.zeros_like(vertices)
    for at, vertex in enumerate(vertices):
        for joint, matrix in enumerate(world):
            rest = np.append(vertex - joints[joint], 1.0)
            moved[at] += weights[at, joint] * (matrix @ rest)[:3]
    return moved


@given(TURNS)
def test_rotations_are_opencvs(turn):
    np.testing.assert_allclose(rotation_matrices(turn), cv2.Rodrigues(turn)[0], atol=1e-12)


@settings(max_examples=40)
@given(
    st.floats(0, 3.1),
    st.tuples(*[st.floats(-1, 1)] * 3).map(np.array).filter(lambda a: np.linalg.norm(a) > 0.1),
)
def test_axis_angle_is_the_way_back(angle, axis):
    turn = angle * axis / np.linalg.norm(axis)
    np.testing.assert_allclose(axis_angle(rotation_matrices(turn)), turn, atol=2e-5)


def test_tiny_turns_are_exact():
    turn = np.array([1e-9, -2e-9, 3e-9])
    x, y, z = turn
    np.testing.assert_allclose(
        rotation_matrices(turn), [[1, -z, y], [z, 1, -x], [-y, x, 1]], rtol=0, atol=1e-16
    )


@given(st.integers(0, 2**32 - 1))
def test_skin_agrees_with_the_plain_way(seed):
    generator = np.random.default_rng(seed)
    vertices, joints = generator.normal(0, 1, (12, 3)), generator.normal(0, 1, (5, 3))
    rotations = rotation_matrices(generator.normal(0, 1, (5, 3)))
    weights = generator.dirichlet(np.ones(5), 12)
    moved = skin(vertices, joints, rotations, TREE, weights)
    np.testing.assert_allclose(moved, reference(vertices, joints, rotations, TREE, weights), atol=1e-12)


@given(TURNS, st.integers(0, 2**32 - 1))
def test_the_root_turns_all_as_one(turn, seed):
    generator = np.random.default_rng(seed)
    vertices, joints = generator.normal(0, 1, (12, 3)), generator.normal(0, 1, (5, 3))
    rotations = np.tile(np.eye(3), (5, 1, 1))
    rotations[0] = rotation_matrices(turn)
    moved = skin(vertices, joints, rotations, TREE, generator.dirichlet(np.ones(5), 12))
    np.testing.assert_allclose(moved, (vertices - joints[0]) @ rotations[0].T + joints[0], atol=1e-12)
