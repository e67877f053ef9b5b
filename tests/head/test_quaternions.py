import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emopoi.head.quaternions import unit_quaternions
from emopoi.head.skinning import rotation_matrices

TURNS = st.lists(st.lists(st.floats(-4, 4), min_size=3, max_size=3), min_size=1, max_size=6)


def _matrices(quaternions: np.ndarray) -> np.ndarray:
    """By the product q v q* written out, another way than the code's."""
    vector, scalar = quaternions[:, :3], quaternions[:, 3]
    columns = []
    for axis in np.eye(3):
        cross = np.cross(vector, axis)
        columns.append(axis + 2 * scalar[:, None] * cross + 2 * np.cross(vector, cross))
    return np.stack(columns, axis=2)


@given(TURNS)
def test_they_turn_as_the_matrices_do(turns: list[list[float]]) -> None:
    rotations = rotation_matrices(np.array(turns))
    quaternions = unit_quaternions(rotations)
    np.testing.assert_allclose(np.linalg.norm(quaternions, axis=1), 1.0)
    np.testing.assert_allclose(_matrices(quaternions), rotations, atol=1e-9)


def test_a_full_turn_in_small_steps_never_jumps() -> None:
    angles = np.linspace(0, 4 * np.pi, 100)
    quaternions = unit_quaternions(rotation_matrices(angles[:, None] * [0.6, 0.0, 0.8]))
    assert np.linalg.norm(np.diff(quaternions, axis=0), axis=1).max() < 0.07
    np.testing.assert_allclose(quaternions[0], (0, 0, 0, 1))
    assert unit_quaternions(np.zeros((0, 3, 3))).shape == (0, 4)
