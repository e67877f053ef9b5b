import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.head.closest_points import closest_points
from tests.head.made_heads import small_head


def spots(vertices, faces, found, barycentrics):
    return np.einsum("nc,ncd->nd", barycentrics.astype(float), vertices[faces[found]])


def nearest_by_search(point, corners, steps=60):
    """Distance to one triangle over a fine grid of barycentrics."""
    a, b = np.meshgrid(np.linspace(0, 1, steps), np.linspace(0, 1, steps))
    a, b = a[a + b <= 1], b[a + b <= 1]
    places = np.stack([1 - a - b, a, b], axis=1) @ corners
    return np.linalg.norm(places - point, axis=1).min()


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 60))
def test_nothing_on_the_mesh_is_nearer(seed, count, asked):
    generator = np.random.default_rng(seed)
    vertices = generator.normal(0, 1, (count + 3, 3))
    faces = np.stack([generator.permutation(count + 3)[:3] for _ in range(count)])
    points = generator.normal(0, 2, (asked, 3))
    found, barycentrics = closest_points(points, vertices, faces)
    assert (barycentrics >= 0).all() and np.allclose(barycentrics.sum(axis=1), 1, atol=1e-6)
    mine = np.linalg.norm(spots(vertices, faces, found, barycentrics) - points, axis=1)
    for point, distance in list(zip(points, mine, strict=True))[:5]:
        searched = min(nearest_by_search(point, vertices[face]) for face in faces)
        assert distance <= searched + 1e-5
        assert searched - distance < 0.2  # the grid's own coarseness


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_points_of_the_surface_are_their_own_nearest(seed):
    generator = np.random.default_rng(seed)
    head = small_head()
    faces = generator.integers(0, len(head.f), 100)
    weights = generator.dirichlet(np.ones(3), 100)
    points = np.einsum("nc,ncd->nd", weights, head.v_template[head.f[faces]].astype(float))
    found, barycentrics = closest_points(points, head.v_template, head.f)
    np.testing.assert_allclose(spots(head.v_template, head.f, found, barycentrics), points, atol=1e-7)


def two_sheets():
    """Two squares one above the other: the lower looks up, the upper looks down."""
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]], float)
    vertices = np.concatenate([square, square + np.array([0, 0.01, 0])])
    up = np.array([[0, 2, 1], [0, 3, 2]])
    return vertices, np.concatenate([up, up[:, ::-1] + 4])


def test_normals_choose_between_two_lips():
    vertices, faces = two_sheets()
    points = np.array([[0.4, 0.009, 0.5], [0.6, 0.001, 0.4]])
    assert (closest_points(points, vertices, faces)[0] // 2).tolist() == [1, 0]
    looks = np.array([[0.0, 1, 0], [0, -1, 0]])
    assert (closest_points(points, vertices, faces, looks)[0] // 2).tolist() == [0, 1]
    # Where nothing looks that way, the nearest it is.
    found, weights = closest_points(points, vertices[:4], faces[:2], -np.abs(looks))
    np.testing.assert_allclose(spots(vertices, faces, found, weights), points * [1, 0, 1], atol=1e-6)


def test_normals_find_what_is_far_away_in_a_large_mesh():
    head = small_head()
    skin = head.f[head.face_parts == 0]
    point = np.array([[0.0, 0.0, 0.12]])
    front, back = (
        closest_points(point, head.v_template, skin, np.array([[0.0, 0, sign]]))[0] for sign in (1, -1)
    )
    assert head.v_template[skin[front[0]]][:, 2].mean() > 0.09
    # Nothing near looks back; what does lies round the rim.
    assert head.v_template[skin[back[0]]][:, 2].mean() < 0.05


def test_triangle_without_area_counts_as_its_edges():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0]], float)
    _, barycentrics = closest_points(np.array([[1.5, 1.0, 0]]), vertices, np.array([[0, 1, 2]]))
    np.testing.assert_allclose(barycentrics @ vertices, [[1.5, 0, 0]], atol=1e-6)


def test_wrong_shapes_are_refused():
    with pytest.raises(InputError, match="triangles"):
        closest_points(np.zeros((1, 3)), np.zeros((3, 3)), np.zeros((0, 3), int))
    with pytest.raises(InputError, match="points"):
        closest_points(np.zeros((1, 2)), np.zeros((3, 3)), np.zeros((1, 3), int))
