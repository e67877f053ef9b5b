import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.head.head_model import project
from emopoi.head.skinning import rotation_matrices
from emopoi.models.renderer import FaceRenderer
from tests.render.made_head import ellipsoid, made_head

SIZE = 40
BALL, BALL_F = ellipsoid()
FINE_BALL, FINE_BALL_F = ellipsoid((1, 1, 1), rows=40, columns=60)
SQUARE = np.array([[-1.0, 1, 0], [1, 1, 0], [1, -1, 0], [-1, -1, 0]])
SQUARE_F = np.array([[0, 2, 1], [0, 3, 2]])
TURN = np.array([0.3, -0.4, 0.1])


def even(count=1, strength=1.0):
    light = np.zeros((count, 9, 3), np.float32)
    light[:, 0] = strength
    return light


def draw(renderer, *given):
    told = renderer(*(np.asarray(part, np.float32) for part in given))
    return {name: keras.ops.convert_to_numpy(part) for name, part in told.items()}


def scene(count, seed=0):
    """Turned balls, cameras, colours and lights."""
    random = np.random.default_rng(seed)
    turns = rotation_matrices(random.normal(0, 0.6, (count, 3)))
    vertices = BALL @ turns.transpose(0, 2, 1) + random.normal(0, 0.02, (count, *BALL.shape))
    camera = np.stack(
        [random.uniform(9, 15, count), random.uniform(14, 25, count), random.uniform(14, 25, count)], 1
    )
    light = random.normal(0, 0.15, (count, 9, 3))
    light[:, 0] += 0.7
    albedo = random.uniform(0.1, 0.9, (count, *BALL.shape))
    return [part.astype(np.float32) for part in (vertices, camera, albedo, light)]


def test_whole_numbers_are_the_middles_of_pixels():
    corners = np.array([[-0.5, 0.5, 0], [4.5, 0.5, 0], [4.5, -2.5, 0], [-0.5, -2.5, 0]])
    drawn = draw(FaceRenderer(SQUARE_F, SIZE), corners[None], [[1, 10, 20]], np.ones((1, 4, 3)), even())
    expected = np.zeros((SIZE, SIZE))
    expected[20:23, 10:15] = 1
    np.testing.assert_array_equal(drawn["mask"][0, :, :, 0], expected)
    np.testing.assert_allclose(drawn["image"][0], np.repeat(expected[..., None], 3, 2), atol=1e-5)
    np.testing.assert_array_equal(drawn["triangles"][0] >= 0, expected > 0)


@settings(max_examples=20)
@given(
    scale=st.floats(4, 40), x=st.floats(-5, 45), y=st.floats(-5, 45), turn=st.tuples(*[st.floats(-1, 1)] * 3)
)
def test_a_plane_is_drawn_where_project_says(scale, x, y, turn):
    plane = SQUARE @ rotation_matrices(np.array(turn)).T
    camera = np.array([scale, x, y])
    # Colours tell where on the square one is.
    albedo = np.concatenate([SQUARE[:, :2], np.ones((4, 1))], axis=1)
    renderer = FaceRenderer(SQUARE_F, SIZE)
    drawn = draw(renderer, plane[None], camera[None], albedo[None], even())
    image, mask = drawn["image"][0], drawn["mask"][0, :, :, 0] > 0
    rows, columns = np.nonzero(mask)
    places = np.concatenate([image[mask][:, :2], np.zeros((len(rows), 1))], axis=1)
    assert np.abs(places).max(initial=0) < 1.01
    seen = project(places @ rotation_matrices(np.array(turn)).T, camera)
    np.testing.assert_allclose(seen[:, :2], np.stack([columns, rows], 1), atol=0.01)
    assert not image[~mask].any()
    normal = rotation_matrices(np.array(turn))[:, 2]
    np.testing.assert_allclose(drawn["normals"][0][mask], np.broadcast_to(normal, (len(rows), 3)), atol=1e-3)


@pytest.mark.parametrize("depth", [1.0, -1.0])
def test_what_is_nearer_hides_what_is_behind(depth):
    vertices = np.concatenate([SQUARE, 0.5 * SQUARE + (0, 0, depth)])
    albedo = np.zeros((8, 3))
    albedo[:4, 0] = albedo[4:, 1] = 1
    drawn = draw(
        FaceRenderer(np.concatenate([SQUARE_F, SQUARE_F + 4]), SIZE),
        vertices[None], [[16, 20, 20]], albedo[None], even(),
    )  # fmt: skip
    image = drawn["image"][0]
    np.testing.assert_allclose(image[20, 20], [0, 1, 0] if depth > 0 else [1, 0, 0], atol=1e-5)
    np.testing.assert_allclose(image[8, 20], [1, 0, 0], atol=1e-5)


def test_even_light_is_even_over_a_ball():
    drawn = draw(
        FaceRenderer(FINE_BALL_F, SIZE),
        FINE_BALL[None], [[16, 20, 20]], np.full((1, *FINE_BALL.shape), 0.5), even(1, 1.2),
    )  # fmt: skip
    mask = drawn["mask"][0, :, :, 0] > 0
    assert mask.sum() == pytest.approx(np.pi * 16**2, rel=0.03)
    np.testing.assert_allclose(drawn["image"][0][mask], 0.6, atol=1e-5)


def test_light_from_a_side_lights_that_side_and_normals_are_those_of_a_ball():
    light = np.zeros((3, 9, 3))
    light[np.arange(3), 1 + np.arange(3)] = 1
    given = np.repeat(FINE_BALL[None], 3, 0), [[16, 20, 20]] * 3, np.ones((3, *FINE_BALL.shape)), light
    drawn = draw(FaceRenderer(FINE_BALL_F, SIZE), *given)
    rows, columns = np.nonzero(drawn["mask"][0, :, :, 0])
    x, y = (columns - 20) / 16, (20 - rows) / 16
    inside = x**2 + y**2 < 0.9
    expected = np.stack([x, y, np.sqrt(np.maximum(1 - x**2 - y**2, 0))], 1)
    np.testing.assert_allclose(drawn["normals"][0][rows, columns][inside], expected[inside], atol=0.02)
    for axis in range(3):
        shown = drawn["image"][axis][rows, columns, 0]
        np.testing.assert_allclose(shown[inside], expected[inside, axis], atol=0.02)


def test_a_batch_is_its_pictures_one_by_one():
    renderer, given = FaceRenderer(BALL_F, SIZE), scene(3)
    together = draw(renderer, *given)
    assert together["image"].std(axis=0).mean() > 0.01 and 0.2 < together["mask"].mean() < 0.9
    for row in range(3):
        alone = draw(renderer, *(part[row : row + 1] for part in given))
        for name, part in alone.items():
            np.testing.assert_allclose(part[0], together[name][row], atol=1e-6)


def test_vertices_of_no_triangle_change_nothing():
    vertices, camera, albedo, light = scene(1)
    whole = draw(FaceRenderer(BALL_F, SIZE), vertices, camera, albedo, light)
    more = [np.concatenate([part, part[:, :5]], axis=1) for part in (vertices, albedo)]
    same = draw(FaceRenderer(BALL_F, SIZE), more[0], camera, more[1], light)
    np.testing.assert_array_equal(whole["image"], same["image"])


def test_a_texture_lies_where_its_layout_says():
    side, size = 8, 32
    random = np.random.default_rng(0)
    texture = random.uniform(size=(1, side, side, 3)).astype(np.float32)
    # A texel is four pixels wide: the middle of the first lies at 1.5.
    corners = np.array([[0, size, 0], [size, size, 0], [size, 0, 0], [0, 0, 0]]) - (0.5, size - 0.5, 0)
    renderer = FaceRenderer(SQUARE_F, size, uv=np.array([[0, 1], [1, 1], [1, 0], [0, 0.0]]), uv_f=SQUARE_F)
    image = draw(renderer, corners[None], [[1, 0, 0]], texture, even())["image"][0]
    assert image.min() > 0
    # Four pixels lie around the middle of a texel.
    for row, column in ((0, 0), (2, 3), (4, 6), (7, 1)):
        told = image[4 * row + 1 : 4 * row + 3, 4 * column + 1 : 4 * column + 3].mean(axis=(0, 1))
        np.testing.assert_allclose(told, _between(texture[0], row, column), atol=1e-4)


def _between(texture, row, column):
    """Mean of four places an eighth of a texel from a texel's middle."""
    side = len(texture)
    total = 0
    for away_y in (-1, 1):
        for away_x in (-1, 1):
            below, beside = np.clip([row + away_y, column + away_x], 0, side - 1)
            weights = np.outer([7 / 8, 1 / 8], [7 / 8, 1 / 8])
            corners = texture[[row, below]][:, [column, beside]]
            total = total + (corners * weights[..., None]).sum(axis=(0, 1)) / 4
    return total


def test_masks_agree_with_pyrender(opengl):
    from emopoi.render.head_renderer import HeadRenderer
    from emopoi.render.head_surface import HeadSurface

    head = made_head(BALL, BALL_F)
    size = 120
    vertices = BALL @ rotation_matrices(TURN).T
    camera = np.array([40.3, 57.2, 61.9])
    drawn = draw(
        FaceRenderer(BALL_F, size), vertices[None], camera[None], np.ones((1, *BALL.shape)), even()
    )  # fmt: skip
    with HeadRenderer(size, size) as opened:
        other = opened.render(HeadSurface(head, levels=0), vertices, camera).mask / 255
    mine = drawn["mask"][0, :, :, 0]
    assert 0.2 < mine.mean() < 0.6
    # Only where pyrender sees a part of a pixel may they differ, and there by where its middle lies.
    np.testing.assert_array_equal(mine[other == 1], 1)
    np.testing.assert_array_equal(mine[other == 0], 0)
    border = (other > 0) & (other < 1)
    assert border.sum() < 500 and abs(mine[border].mean() - other[border].mean()) < 0.1


def gradients(renderer, given, weights):
    import tensorflow

    tensors = [tensorflow.constant(part) for part in given]
    with tensorflow.GradientTape() as tape:
        tape.watch(tensors)
        told = renderer(*tensors)
        total = tensorflow.reduce_sum(told["image"] * weights[0])
        total += tensorflow.reduce_sum(told["normals"] * weights[1])
    return [tensorflow.convert_to_tensor(part).numpy() for part in tape.gradient(total, tensors)]


def textured(given, seed=0):
    """The same scene, colours from a texture laid out by latitude and longitude."""
    vertices, camera, _, light = given
    texture = np.random.default_rng(seed).uniform(0.2, 0.8, (len(camera), 12, 12, 3)).astype(np.float32)
    # Smooth, so that small steps stay between the same texels in effect.
    texture = (texture + np.roll(texture, 1, 1) + np.roll(texture, 1, 2)) / 3
    uv = np.stack([0.5 + 0.4 * BALL[:, 0], 0.5 + 0.3 * BALL[:, 1]], 1)
    return FaceRenderer(BALL_F, SIZE, uv=uv, uv_f=BALL_F), [vertices, camera, texture, light]


@pytest.mark.parametrize("with_texture", [False, True])
def test_gradients_are_finite_differences(with_texture):
    given = scene(2, 5)
    renderer = FaceRenderer(BALL_F, SIZE)
    if with_texture:
        renderer, given = textured(given)
    random = np.random.default_rng(1)
    ways = [random.normal(size=part.shape).astype(np.float32) for part in given]
    steps = [2e-3, 5e-3, 1e-2, 1e-2]
    moved = {}
    for part, (way, step) in enumerate(zip(ways, steps, strict=True)):
        for sign in (1, -1):
            changed = list(given)
            changed[part] = given[part] + sign * step * way
            moved[part, sign] = draw(renderer, *changed)
    base = draw(renderer, *given)
    # Where the same triangle is seen all along; which one it is has no gradient.
    still = np.logical_and.reduce([base["triangles"] == told["triangles"] for told in moved.values()])
    still &= base["triangles"] >= 0
    assert still.sum() > 300
    weights = [random.normal(size=(2, SIZE, SIZE, 3)) * still[..., None] for _ in range(2)]
    weights = [part.astype(np.float32) for part in weights]
    exact = gradients(renderer, given, weights)
    for part, step in enumerate(steps):
        totals = [
            sum(
                (moved[part, sign][name].astype(np.float64) * weight).sum()
                for name, weight in zip(("image", "normals"), weights, strict=True)
            )
            for sign in (1, -1)
        ]
        slope = (totals[0] - totals[1]) / (2 * step)
        assert np.isfinite(exact[part]).all()
        # One way in many dimensions: compare with the length of the gradient.
        size = np.linalg.norm(exact[part])
        assert size > 1
        assert (exact[part] * ways[part]).sum() == pytest.approx(slope, abs=0.02 * size)


def test_a_flat_triangle_gives_no_gradient_that_is_not_finite():
    vertices, camera, albedo, light = scene(1)
    vertices[:, BALL_F[0]] = vertices[:, BALL_F[0, :1]]
    told = gradients(FaceRenderer(BALL_F, SIZE), [vertices, camera, albedo, light], [1.0, 1.0])
    assert all(np.isfinite(part).all() and part.any() for part in told)


def test_camera_and_light_are_found_again_from_a_picture():
    import tensorflow

    renderer, (vertices, camera, albedo, light) = FaceRenderer(BALL_F, SIZE), scene(1, 3)
    target = draw(renderer, vertices, camera, albedo, light)["image"]
    found = [
        tensorflow.Variable(camera + np.float32([[0.6, 1.0, -1.0]])),
        tensorflow.Variable(light * np.float32(0.5)),
    ]
    optimizer = keras.optimizers.Adam(0.05)

    @tensorflow.function
    def step():
        with tensorflow.GradientTape() as tape:
            told = renderer(vertices, found[0], albedo, found[1])
            both = told["mask"] * tensorflow.cast(target.max(-1, keepdims=True) > 0, "float32")
            loss = tensorflow.reduce_mean(both * tensorflow.square(told["image"] - target))
        optimizer.apply(tape.gradient(loss, found), found)
        return loss

    losses = [float(step()) for _ in range(120)]
    assert losses[-1] < 0.02 * losses[0]
    assert np.abs(found[0].numpy() - camera).max() < 0.25


def test_a_model_with_the_layer_is_saved_and_comes_back(tmp_path):
    given = scene(2)
    inputs = [keras.Input(part.shape[1:]) for part in given]
    outputs = FaceRenderer(BALL_F, SIZE, name="renderer")(*inputs)
    assert tuple(outputs["image"].shape) == (None, SIZE, SIZE, 3)
    model = keras.Model(inputs, outputs)
    assert model.count_params() == 0
    model.save(tmp_path / "model.keras")
    back = keras.models.load_model(tmp_path / "model.keras")
    for name, part in model(given).items():
        np.testing.assert_array_equal(part, back(given)[name])


ON_JAX = """
import sys
import jax
import numpy as np
from emopoi.models.renderer import FaceRenderer
with np.load(sys.argv[1]) as stored:
    f, weights, given = stored["f"], stored["weights"], [stored[f"given{k}"] for k in range(4)]
renderer = FaceRenderer(f, weights.shape[1])
total = lambda *given: (renderer(*given)["image"] * weights).sum()
image = jax.jit(lambda *given: renderer(*given)["image"])(*given)
slopes = jax.jit(jax.grad(total, argnums=(0, 1, 2, 3)))(*given)
np.savez(sys.argv[2], np.asarray(image), *[np.asarray(part) for part in slopes])
"""


def test_jax_draws_the_same_with_the_same_gradients(tmp_path):
    given, renderer = scene(2), FaceRenderer(BALL_F, SIZE)
    weights = np.random.default_rng(0).normal(size=(2, SIZE, SIZE, 3)).astype(np.float32)
    kept = {f"given{place}": part for place, part in enumerate(given)}
    np.savez(tmp_path / "given.npz", f=BALL_F, weights=weights, **kept)
    words = [sys.executable, "-c", ON_JAX, str(tmp_path / "given.npz"), str(tmp_path / "told.npz")]
    done = subprocess.run(
        words, capture_output=True, text=True, cwd=Path(__file__).parents[2],
        env={**os.environ, "KERAS_BACKEND": "jax"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    expected = [draw(renderer, *given)["image"], *gradients(renderer, given, [weights, 0.0])]
    with np.load(tmp_path / "told.npz") as told:
        for place, part in enumerate(expected):
            np.testing.assert_allclose(told[f"arr_{place}"], part, atol=2e-5 * np.abs(part).max())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({0: np.zeros((1, 2, 3))}, "vertices"),
        ({2: np.zeros((1, 5, 3))}, "albedo"),
        ({2: np.zeros((1, 8, 8, 3))}, "no uv"),
        ({1: np.zeros((1, 4))}, "camera"),
        ({3: np.zeros((1, 4, 3))}, "light"),
    ],
)
def test_other_shapes_are_refused(change, words):
    given = [SQUARE[None], np.ones((1, 3)), np.ones((1, 4, 3)), even()]
    for place, part in change.items():
        given[place] = part
    with pytest.raises(InputError, match=words):
        draw(FaceRenderer(SQUARE_F, 8), *given)


def test_a_layout_that_does_not_fit_is_refused():
    with pytest.raises(InputError, match="both"):
        FaceRenderer(SQUARE_F, 8, uv=np.zeros((4, 2)))
    with pytest.raises(InputError, match="uv_f"):
        FaceRenderer(SQUARE_F, 8, uv=np.zeros((3, 2)), uv_f=SQUARE_F)
