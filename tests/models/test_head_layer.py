import dataclasses

import keras
import numpy as np
import pytest

from emopoi.head import skinning
from emopoi.head.head_model import HeadModel
from emopoi.models.head_layer import HeadLayer, rotation_matrices
from emopoi.types.face_coefficients import FaceCoefficients
from tests.head.made_heads import small_head
from tests.head.test_head_model import plain_vertices

BATCH = 4


@pytest.fixture(scope="module")
def head():
    return small_head()


@pytest.fixture(scope="module")
def layer(head):
    return HeadLayer(head)


def batch(head: HeadModel, seed=0, count=BATCH):
    generator = np.random.default_rng(seed)
    return (
        generator.normal(0, 1, (count, head.n_identity)).astype(np.float32),
        generator.uniform(0, 1, (count, head.n_expressions)).astype(np.float32),
        generator.normal(0, 0.5, (count, 5, 3)).astype(np.float32),
    )


def test_keras_numpy_and_the_plain_way_agree(head, layer):
    given = batch(head)
    vertices, landmarks = (keras.ops.convert_to_numpy(part) for part in layer(*given))
    assert vertices.shape == (BATCH, 1001, 3) and landmarks.shape == (BATCH, 68, 3)
    assert vertices.dtype == landmarks.dtype == np.float32
    # Faces that hardly differ would agree by themselves.
    assert vertices.std(axis=0).mean() > 0.005
    bound = 1e-5 * np.ptp(head.v_template)
    for at in range(BATCH):
        coefficients = FaceCoefficients(*(part[at] for part in given))
        plain = plain_vertices(head, coefficients)
        of_numpy = head.vertices(coefficients)
        np.testing.assert_allclose(vertices[at], plain, rtol=0, atol=bound)
        np.testing.assert_allclose(vertices[at], of_numpy, rtol=0, atol=bound)
        corners = plain[head.f[head.landmarks.faces]]
        expected = (corners * head.landmarks.barycentrics[:, :, None]).sum(axis=1)
        np.testing.assert_allclose(landmarks[at], expected, rtol=0, atol=bound)


def test_at_rest_the_template_comes_out(head, layer):
    rest = (np.zeros((1, 6), np.float32), np.zeros((1, 6), np.float32), np.zeros((1, 5, 3), np.float32))
    vertices, _ = layer(*rest)
    np.testing.assert_allclose(vertices[0], head.v_template, atol=1e-7)


def gradients(layer, given, weights):
    import tensorflow

    tensors = [tensorflow.constant(part) for part in given]
    with tensorflow.GradientTape() as tape:
        for tensor in tensors:
            tape.watch(tensor)
        vertices, landmarks = layer(*tensors)
        total = tensorflow.reduce_sum(vertices * weights[0]) + tensorflow.reduce_sum(landmarks * weights[1])
    return [part.numpy() for part in tape.gradient(total, tensors)]


@pytest.mark.parametrize("rest", [False, True])
def test_gradients_are_finite_differences(head, layer, rest):
    given = batch(head, 1, 1)
    if rest:
        # Where the length of the axis is 0 and its own gradient is not finite.
        given = tuple(np.zeros_like(part) for part in given)
    generator = np.random.default_rng(2)
    weights = (
        generator.normal(0, 1, (1001, 3)).astype(np.float32),
        generator.normal(0, 5, (68, 3)).astype(np.float32),
    )

    def total(parts):
        plain = plain_vertices(head, FaceCoefficients(*(part[0] for part in parts)))
        marks = (plain[head.f[head.landmarks.faces]] * head.landmarks.barycentrics[:, :, None]).sum(axis=1)
        return (plain * weights[0]).sum() + (marks * weights[1]).sum()

    exact = gradients(layer, given, weights)
    checked = {0: (0, 3), 1: (0, 5), 2: (0, 1, 5, 6, 7, 10, 14)}
    for part, places in checked.items():
        scale = np.abs(exact[part]).max()
        assert np.isfinite(exact[part]).all() and scale > 1e-3
        for place in places:
            step = 1e-4
            totals = []
            for sign in (1, -1):
                moved = [values.astype(np.float64) for values in given]
                moved[part].reshape(-1)[place] += sign * step
                totals.append(total(moved))
            slope = (totals[0] - totals[1]) / (2 * step)
            assert exact[part].reshape(-1)[place] == pytest.approx(slope, abs=2e-3 * scale)


def test_rotations_are_smooth_where_the_formula_changes():
    sizes = np.array([0.0, 1e-9, 1e-4, 0.00999, 0.01001, 0.1, 3.0])
    axes = (sizes[:, None] * [0.6, 0.0, 0.8]).astype(np.float32)
    found = keras.ops.convert_to_numpy(rotation_matrices(axes))
    np.testing.assert_allclose(found, skinning.rotation_matrices(axes.astype(np.float64)), atol=1e-6)


def test_a_model_with_the_layer_is_saved_and_comes_back(head, tmp_path):
    identity, expression = keras.Input((6,)), keras.Input((6,))
    pose = keras.Input((5, 3))
    model = keras.Model(
        [identity, expression, pose], HeadLayer(head, name="head")(identity, expression, pose)
    )
    assert [tuple(output.shape) for output in model.outputs] == [(None, 1001, 3), (None, 68, 3)]
    assert model.count_params() == 0
    model.save(tmp_path / "model.keras")
    back = keras.models.load_model(tmp_path / "model.keras")
    given = batch(head, 3)
    for mine, again in zip(model(list(given)), back(list(given)), strict=True):
        np.testing.assert_array_equal(mine, again)


def test_without_pose_correctives_nothing_is_added(head):
    bare = dataclasses.replace(head, posedirs=np.zeros_like(head.posedirs))
    given = batch(bare, 4, 1)
    vertices, _ = HeadLayer(bare)(*given)
    expected = plain_vertices(bare, FaceCoefficients(*(part[0] for part in given)))
    np.testing.assert_allclose(vertices[0], expected, atol=1e-5 * np.ptp(head.v_template))
