import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.head.head_model import PARTS
from emopoi.render.head_surface import HeadSurface
from tests.render.made_head import ellipsoid, made_head


@pytest.mark.parametrize("levels", [0, 1, 2])
def test_normals_of_a_sphere_point_outwards(levels):
    vertices, f = ellipsoid((1, 1, 1), rows=16, columns=24)
    surface = HeadSurface(made_head(vertices, f), levels)
    assert len(surface.f) == len(f) * 4**levels
    places, normals = surface.mesh(vertices)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
    outwards = places / np.linalg.norm(places, axis=1, keepdims=True)
    assert np.einsum("ij,ij->i", normals, outwards).min() > 0.98


def test_as_fine_as_it_shows_and_no_finer():
    small, large = (HeadSurface(made_head(*ellipsoid(rows=rows, columns=2 * rows))) for rows in (10, 80))
    assert 10_000 < len(small.f) <= 30_000
    assert len(large.f) == len(ellipsoid(rows=80, columns=160)[1])
    few = HeadSurface(made_head(*ellipsoid(rows=10, columns=20)), most_triangles=2_000)
    assert 500 < len(few.f) <= 2_000


def test_parts_share_places_but_no_vertex():
    vertices, f = ellipsoid()
    parts = (vertices[f].mean(axis=1)[:, 0] > 0).astype(np.uint8) * PARTS.index("mouth")
    surface = HeadSurface(made_head(vertices, f, parts), levels=1)
    whole = HeadSurface(made_head(vertices, f), levels=1)
    part_of = np.repeat(parts, 4)
    assert not set(surface.f[part_of == 0].ravel()) & set(surface.f[part_of != 0].ravel())
    np.testing.assert_allclose(surface.mesh(vertices)[0][surface.f], whole.mesh(vertices)[0][whole.f])
    np.testing.assert_allclose(
        surface.mesh(vertices)[1][surface.f], whole.mesh(vertices)[1][whole.f], atol=1e-6
    )
    assert len(np.unique(surface.colours, axis=0)) == 2


def test_vertices_without_triangles_are_left_out():
    vertices, f = ellipsoid()
    surface = HeadSurface(made_head(np.concatenate([vertices, [[99, 99, 99]]]), f), levels=0)
    places, normals = surface.mesh(np.concatenate([vertices, [[99, 99, 99]]]))
    assert len(places) == len(surface.colours) == len(vertices) and np.isfinite(normals).all()
    assert places.max() < 2


def test_eyes_look_ahead():
    vertices, f = ellipsoid((1, 1, 1), rows=24, columns=48)
    head = made_head(vertices, f, np.full(len(f), PARTS.index("eyes")))
    surface = HeadSurface(head, levels=0)
    places, _ = surface.mesh(vertices)
    light = surface.colours.sum(axis=1)
    ahead = np.degrees(np.arccos(np.clip(places[:, 2], -1, 1)))
    assert light[ahead < 8].max() < light[(ahead > 12) & (ahead < 25)].max() < light[ahead > 35].min()


def test_levels_that_can_not_be_are_refused():
    with pytest.raises(InputError, match="levels"):
        HeadSurface(made_head(*ellipsoid()), levels=-1)
