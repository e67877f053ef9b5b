import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.head.subdivision import Subdivision
from emopoi.head.vertex_normals import vertex_normals
from tests.head.made_face import made_face

SPHERE = trimesh.creation.icosphere(1)
FACE = made_face()


def _rough(mesh: trimesh.Trimesh, seed: int) -> np.ndarray:
    return np.asarray(mesh.vertices) + np.random.default_rng(seed).normal(0, 0.2, mesh.vertices.shape)


def _sorted_rows(points: np.ndarray) -> np.ndarray:
    points = points.round(9)
    return points[np.lexsort(points.T)]


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_closed_and_open_meshes_are_those_of_trimesh(levels: int) -> None:
    opened = SPHERE.copy()
    opened.update_faces(np.arange(len(SPHERE.faces)) != 0)
    for mesh in (SPHERE, opened):
        vertices = _rough(mesh, 0)
        theirs, their_f = trimesh.remesh.subdivide_loop(vertices, mesh.faces, levels)
        division = Subdivision(mesh.faces, len(vertices), levels)
        mine = division.apply(vertices)
        assert len(division.f) == len(their_f)
        np.testing.assert_allclose(_sorted_rows(mine), _sorted_rows(theirs), atol=1e-8)
        volumes = [
            trimesh.Trimesh(*pair, process=False).volume for pair in ((mine, division.f), (theirs, their_f))
        ]
        assert volumes[0] == pytest.approx(volumes[1])


@given(levels=st.integers(0, 3), seed=st.integers(0, 99))
def test_it_keeps_ones_and_goes_with_affine_maps(levels: int, seed: int) -> None:
    division = Subdivision(FACE.f, len(FACE.v_template), levels)
    ones = division.apply(np.ones((len(FACE.v_template), 1)))
    np.testing.assert_allclose(ones, 1.0, atol=1e-12)
    rng = np.random.default_rng(seed)
    linear, moved = rng.normal(size=(3, 3)), rng.normal(size=3)
    vertices = FACE.v_template.astype(np.float64)
    np.testing.assert_allclose(
        division.apply(vertices @ linear + moved), division.apply(vertices) @ linear + moved, atol=1e-9
    )


@given(seed=st.integers(0, 99))
def test_a_plane_stays_a_plane_and_values_stay_between_the_extremes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    division = Subdivision(FACE.f, len(FACE.v_template), 2)
    vertices = FACE.v_template.astype(np.float64)
    slope = rng.normal(size=2)
    vertices[:, 2] = vertices[:, :2] @ slope
    finer = division.apply(vertices)
    np.testing.assert_allclose(finer[:, 2], finer[:, :2] @ slope, atol=1e-9)
    values = rng.normal(size=(len(vertices), 2))
    result = division.apply(values)
    assert (result.min(axis=0) >= values.min(axis=0)).all() and (
        result.max(axis=0) <= values.max(axis=0)
    ).all()


def test_a_border_follows_the_border_alone() -> None:
    count = len(FACE.v_template)
    division = Subdivision(FACE.f, count, 1)
    edges = np.sort(np.concatenate([FACE.f[:, [0, 1]], FACE.f[:, [1, 2]], FACE.f[:, [2, 0]]]), axis=1)
    distinct, counts = np.unique(edges, axis=0, return_counts=True)
    border = np.unique(distinct[counts == 1])
    inner = np.setdiff1d(np.arange(count), border)
    values = FACE.v_template.astype(np.float64)
    changed = values.copy()
    changed[inner] += 100.0
    moved = np.abs(division.apply(changed) - division.apply(values)).max(axis=1) > 0
    finer_edges = np.sort(
        np.concatenate([division.f[:, [0, 1]], division.f[:, [1, 2]], division.f[:, [2, 0]]]), axis=1
    )
    distinct, counts = np.unique(finer_edges, axis=0, return_counts=True)
    finer_border = np.unique(distinct[counts == 1])
    assert len(finer_border) == 2 * len(border)
    assert not moved[finer_border].any() and moved.any()


def test_a_corner_of_two_borders_stays() -> None:
    # Two triangles that share one vertex, number 0.
    division = Subdivision(np.array([[0, 1, 2], [0, 3, 4]]), 5)
    points = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(division.apply(points)[0], points[0])


def test_many_neighbours_and_three_triangles_on_an_edge_are_no_trouble() -> None:
    fan = np.array([[0, number, number + 1] for number in range(1, 400)] + [[0, 400, 1]])
    around = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    points = np.vstack([[0, 0, 1], np.stack([np.cos(around), np.sin(around), 0 * around], axis=1)])
    theirs = trimesh.remesh.subdivide_loop(points, fan, 1)[0]
    np.testing.assert_allclose(
        _sorted_rows(Subdivision(fan, 401).apply(points)), _sorted_rows(theirs), atol=1e-8
    )
    book = Subdivision(np.array([[0, 1, 2], [0, 1, 3], [1, 0, 4]]), 5)
    np.testing.assert_allclose(book.apply(np.eye(5)).sum(axis=1), 1.0)
    np.testing.assert_allclose(book.apply(np.eye(5))[:2], np.eye(5)[:2])


def test_triangles_keep_their_side_their_order_and_their_parts() -> None:
    division = Subdivision(FACE.f, len(FACE.v_template), 2, FACE.uv_f)
    finer = division.apply(FACE.v_template)
    assert finer.dtype == np.float32 and len(finer) == division.vertices_count
    middles = finer[division.f].mean(axis=1).reshape(len(FACE.f), 16, 3).mean(axis=1)
    # Sixteen children lie about their parent.
    misses = np.linalg.norm(middles - FACE.v_template[FACE.f].mean(axis=1), axis=1)
    assert misses.max() < 0.5
    assert (vertex_normals(finer, division.f)[:, 2] > 0).all()
    parts = division.carry(FACE.face_parts)
    assert len(parts) == len(division.f) and (parts.reshape(-1, 16) == FACE.face_parts[:, None]).all()


def test_the_layout_is_halved_and_nothing_moves() -> None:
    division = Subdivision(FACE.f, len(FACE.v_template), 2, FACE.uv_f)
    uv = division.apply_uv(FACE.uv)
    np.testing.assert_array_equal(uv[: len(FACE.uv)], FACE.uv)
    corners, finer = FACE.uv[FACE.uv_f], uv[division.uv_f]

    def areas(triangles: np.ndarray) -> np.ndarray:
        first, second = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
        return first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]

    np.testing.assert_allclose(areas(finer), np.repeat(areas(corners) / 16, 16), rtol=1e-2)
    # A corner of the mesh has one place in both: where the vertex of a triangle is, there its uv is too.
    np.testing.assert_array_equal(finer[0::16, 0], corners[:, 0])
    # Seams stay seams: 240 and 8 rows for 225 and 8 vertices.
    assert len(uv) > division.vertices_count


def test_blendshapes_pass_with_all_their_columns() -> None:
    division = Subdivision(FACE.f, len(FACE.v_template), 1)
    finer = division.apply(FACE.shapedirs)
    assert finer.shape == (division.vertices_count, *FACE.shapedirs.shape[1:])
    weights = np.float32([0.3, -1, 0.5, 0, 1, 0.2])
    np.testing.assert_allclose(finer @ weights, division.apply(FACE.shapedirs @ weights), atol=1e-5)


@pytest.mark.parametrize(
    ("f", "count", "levels", "words"),
    [
        (np.array([[0, 1, 3]]), 3, 1, "0 to 2"),
        (np.array([[0, 1, -1]]), 3, 1, "0 to 2"),
        (np.array([[0.0, 1, 2]]), 3, 1, "whole numbers"),
        (np.array([0, 1, 2]), 3, 1, r"\(F, 3\)"),
        (np.array([[0, 1, 2]]), 3, 5, "0 to 4"),
        (np.array([[0, 1, 2]]), 3, -1, "0 to 4"),
    ],
)
def test_what_is_no_mesh_is_refused(f: np.ndarray, count: int, levels: int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Subdivision(f, count, levels)


def test_values_that_do_not_fit_are_refused() -> None:
    division = Subdivision(np.array([[0, 1, 2]]), 3, uv_f=np.array([[0, 1, 2]]))
    with pytest.raises(InputError, match=r"\(3, ...\)"):
        division.apply(np.zeros((4, 3)))
    with pytest.raises(InputError, match="3, 2"):
        division.apply_uv(np.zeros((2, 2)))
    with pytest.raises(InputError, match="without uv_f"):
        Subdivision(np.array([[0, 1, 2]]), 3).apply_uv(np.zeros((3, 2)))
    with pytest.raises(InputError, match="uv_f"):
        Subdivision(np.array([[0, 1, 2]]), 3, uv_f=np.zeros((2, 3), int))
