import keras
import numpy as np
import pytest

from emopoi.models.linear_colour import from_display, to_display, to_linear


def test_there_and_back_is_the_same():
    picture = np.arange(256, dtype=np.uint8)
    linear = to_linear(picture)
    assert linear.dtype == np.float32 and linear[0] == 0 and linear[255] == 1
    assert (np.diff(linear) > 0).all()
    # Half of the light looks like 188 of 255.
    assert linear[187] < 0.5 < linear[188]
    back = keras.ops.convert_to_numpy(to_display(linear))
    np.testing.assert_array_equal(np.rint(255 * back), picture)
    np.testing.assert_allclose(from_display(back), linear, atol=1e-6)


def test_beyond_the_ends_is_the_end():
    ends = np.array([-1.0, 0.0, 1.0, 7.0], np.float32)
    for way in (to_display, from_display):
        np.testing.assert_allclose(keras.ops.convert_to_numpy(way(ends)), [0, 0, 1, 1], atol=1e-6)


@pytest.mark.parametrize("way", [to_display, from_display])
def test_gradients_are_finite_and_right(way):
    import tensorflow

    places = np.array([0.0, 1e-4, 0.02, 0.3, 0.9], np.float32)
    given = tensorflow.constant(places)
    with tensorflow.GradientTape() as tape:
        tape.watch(given)
        told = way(given)
    slope = tape.gradient(told, given).numpy()
    assert np.isfinite(slope).all()
    step = 1e-5
    around = [keras.ops.convert_to_numpy(way((places + s).astype(np.float64))) for s in (step, -step)]
    np.testing.assert_allclose(slope[1:], (around[0] - around[1])[1:] / (2 * step), rtol=2e-2)
