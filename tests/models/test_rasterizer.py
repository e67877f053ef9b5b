import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.models.rasterizer import Rasterizer
from tests.render.made_head import ellipsoid

SIZE = 24


def in_turn(places, f, size):
    """The same picture by asking each pixel about each triangle, and how near what it shows is."""
    rows, columns = np.mgrid[:size, :size]
    seen = np.full((size, size), -1)
    nearest = np.full((size, size), -np.inf)
    for number, (a, b, c) in enumerate(places[f].astype(float)):
        area = (c[0] - a[0]) * (b[1] - a[1]) - (c[1] - a[1]) * (b[0] - a[0])
        if area <= 1e-3:
            continue

        def share(p, q):
            return ((q[0] - columns) * (p[1] - rows) - (q[1] - rows) * (p[0] - columns)) / area  # noqa: B023

        shares = share(b, c), share(c, a), share(a, b)
        near = sum(part * corner[2] for part, corner in zip(shares, (a, b, c), strict=True))
        taken = (np.minimum.reduce(shares) > 0) & (near > nearest)
        seen[taken], nearest[taken] = number, near[taken]
    return seen, nearest


def near_at(places, f, seen):
    """Nearness of the seen triangles, -inf where there is none."""
    rows, columns = np.mgrid[: len(seen), : len(seen)]
    a, b, c = np.moveaxis(places[f[np.maximum(seen, 0)]].astype(float), 2, 0)
    along, across = b - a, c - a
    area = along[..., 0] * across[..., 1] - along[..., 1] * across[..., 0]
    x, y = columns - a[..., 0], rows - a[..., 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        second = (x * across[..., 1] - y * across[..., 0]) / area
        third = (y * along[..., 0] - x * along[..., 1]) / area
    return np.where(seen < 0, -np.inf, a[..., 2] + second * along[..., 2] + third * across[..., 2])


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31), count=st.integers(1, 30), spread=st.floats(0.5, 40), grid=st.booleans())
def test_any_triangles_are_drawn_as_each_pixel_would_say(seed, count, spread, grid):
    random = np.random.default_rng(seed)
    places = random.uniform(-6, SIZE + 6, (3 * count, 3))
    places[:, :2] = np.repeat(places[::3, :2], 3, axis=0) + random.uniform(-spread, spread, (3 * count, 2))
    if grid:
        # Corners and borders that go through the middles of pixels.
        places[:, :2] = np.round(places[:, :2])
    places = places.astype(np.float32)
    f = np.arange(3 * count).reshape(-1, 3)
    seen = Rasterizer(f, SIZE).draw(places[None])[0]
    expected, nearest = in_turn(places, f, SIZE)
    # Where there is an inner point of a triangle something is drawn, and nothing lies before it.
    assert (seen[expected >= 0] >= 0).all()
    assert (near_at(places, f, seen)[expected >= 0] >= nearest[expected >= 0] - 1e-4).all()
    if not grid:
        np.testing.assert_array_equal(seen < 0, expected < 0)


@settings(max_examples=30)
@given(seed=st.integers(0, 2**31), whole=st.booleans())
def test_a_mesh_has_no_holes(seed, whole):
    random = np.random.default_rng(seed)
    side = 9
    rows, columns = np.mgrid[:side, :side].astype(float) * 4
    jitter = random.uniform(-1.5, 1.5, (2, side, side))
    jitter[:, [0, -1]] = 0
    jitter[:, :, [0, -1]] = 0
    places = np.stack([columns + jitter[0], rows + jitter[1], random.normal(size=rows.shape)], axis=-1)
    places = places.reshape(-1, 3)
    if whole:
        places = np.round(places)
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    a, b, c, d = corner, corner + 1, corner + side, corner + side + 1
    f = np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])
    seen = Rasterizer(f, 33).draw(places[None].astype(np.float32))[0]
    assert (seen >= 0).all()


def test_a_batch_is_its_pictures_one_by_one():
    vertices, f = ellipsoid()
    random = np.random.default_rng(0)
    places = (vertices * (1, -1, 1) + random.normal(0, 0.05, (9, *vertices.shape))) * 14 + (20, 20, 0)
    rasterizer = Rasterizer(f, 40)
    together = rasterizer.draw(places)
    assert together.dtype == np.int32 and together.shape == (9, 40, 40)
    assert 0.3 < (together >= 0).mean() < 0.9
    for one, picture in zip(places, together, strict=True):
        np.testing.assert_array_equal(rasterizer.draw(one[None])[0], picture)


def test_what_is_seen_from_behind_or_not_finite_or_beside_is_not_drawn():
    places = np.array([[2.0, 2, 0], [2, 20, 0], [20, 2, 0]], np.float32)
    assert (Rasterizer(np.array([[0, 1, 2]]), SIZE).draw(places[None]) == 0).sum() > 100
    assert (Rasterizer(np.array([[0, 2, 1]]), SIZE).draw(places[None]) == -1).all()
    drawn = Rasterizer(np.array([[0, 1, 2]]), SIZE)
    for bad in (np.nan, np.inf, -np.inf):
        broken = places.copy()
        broken[1, 1] = bad
        assert (drawn.draw(broken[None]) == -1).all()
    assert (drawn.draw(places[None] + (100, 0, 0)) == -1).all()
    assert (drawn.draw(places[None] - (0, 1e9, 0)) == -1).all()


@pytest.mark.parametrize(
    ("f", "size"), [(np.zeros((2, 4), int), 8), (np.zeros((2, 3)), 8), (np.array([[0, 1, 2]]), 0)]
)
def test_no_triangles_and_no_size_are_refused(f, size):
    with pytest.raises(InputError, match="expected"):
        Rasterizer(f, size)


def test_fewer_vertices_than_triangles_ask_for_are_refused():
    with pytest.raises(InputError, match="at least 3"):
        Rasterizer(np.array([[0, 1, 2]]), 8).draw(np.zeros((1, 2, 3)))
