"""Windows cut inside a network are those that OpenCV cuts outside of it."""

import cv2
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.models.face_window import cut_windows, grey, layout_window
from emopoi.preprocess import CropLayout
from emopoi.preprocess.crop import recrop

WAS, WANTED = CropLayout(0.39, 0.71, 0.31), CropLayout(0.38, 0.81, 0.41)


def smooth_picture(seed=0, side=96):
    noise = np.random.default_rng(seed).integers(0, 256, (side, side, 3)).astype(np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 4)


@pytest.mark.parametrize("was, wanted", [(WAS, WANTED), (WANTED, CropLayout(0.38, 0.7, 0.5))])
def test_a_layout_is_cut_as_the_device_cuts_it(was, wanted):
    picture = smooth_picture()
    found = np.asarray(layout_window(picture[None].astype(np.float32), was, wanted, 44))[0]
    np.testing.assert_allclose(found, recrop(picture, was, wanted, 44), atol=1.5)


@settings(deadline=None, max_examples=25)
@given(x=st.floats(20, 75), y=st.floats(20, 75), side=st.floats(12, 60))
def test_windows_lie_where_they_were_asked(x, y, side):
    rows, columns = np.mgrid[0:96, 0:96].astype(np.float32)
    picture = np.stack([columns, rows, columns], axis=-1)[None]
    width, height = 20, 16
    found = np.asarray(cut_windows(picture, *(np.float32([v]) for v in (x, y, side)), width, height))[0]
    inside = x - side / 2 > 1 and x + side / 2 < 94 and y - side / 2 > 1 and y + side / 2 < 94
    if inside:
        np.testing.assert_allclose(found[..., 0].mean(), x, atol=1e-2)
        np.testing.assert_allclose(found[..., 1].mean(), y, atol=1e-2)
        np.testing.assert_allclose(np.diff(found[0, :, 0]), side / width, atol=1e-2)


def test_gradients_reach_the_picture():
    picture = tf.constant(smooth_picture()[None].astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(picture)
        value = tf.reduce_sum(layout_window(picture, WAS, WANTED, 44))
    gradient = np.asarray(tape.gradient(value, picture))
    assert gradient[0, 48, 48].min() > 0 and np.isfinite(gradient).all()


def test_grey_is_opencvs():
    picture = smooth_picture()
    found = np.asarray(grey(picture.astype(np.float32)))[..., 0]
    np.testing.assert_allclose(found, cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), atol=0.6)


def test_a_window_larger_than_the_picture_is_refused():
    one = np.ones(1, np.float32)
    with pytest.raises(InputError, match="at most 96"):
        cut_windows(smooth_picture()[None].astype(np.float32), one, one, one, 97)
