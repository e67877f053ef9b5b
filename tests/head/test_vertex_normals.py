import numpy as np
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from emopoi.head.skinning import rotation_matrices
from emopoi.head.vertex_normals import vertex_normals

SPHERE = trimesh.creation.icosphere(2)


def test_on_a_sphere_they_point_away_from_its_middle() -> None:
    normals = vertex_normals(SPHERE.vertices, SPHERE.faces)
    assert ((normals * SPHERE.vertices).sum(axis=1) > 0.999).all()


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=3), st.floats(0.01, 100))
def test_they_turn_with_the_mesh_and_mind_no_size(turn: list[float], size: float) -> None:
    rotation = rotation_matrices(np.array(turn))
    rough = SPHERE.vertices * (1, 2, 0.5)
    np.testing.assert_allclose(
        vertex_normals(size * rough @ rotation.T, SPHERE.faces),
        vertex_normals(rough, SPHERE.faces) @ rotation.T,
        atol=1e-9,
    )


def test_a_vertex_of_flat_triangles_or_none_has_a_normal_too() -> None:
    normals = vertex_normals(np.float32([[0, 0, 0], [1, 0, 0], [2, 0, 0], [5, 5, 5]]), np.array([[0, 1, 2]]))
    np.testing.assert_array_equal(normals, np.tile([0, 0, 1], (4, 1)))
