import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.evaluation.faces_of_table import inputs_of
from emopoi.evaluation.shake import Shake, shaken_inputs
from emopoi.preprocess import CropLayout, InputSpec

LAYOUT = CropLayout(0.4, 0.75, 0.38)


def picture(side, seed=0):
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 6, 3)).astype(np.uint8)
    return cv2.imencode(".png", cv2.resize(blocks, (side, side)))[1].tobytes()


@given(st.integers(30, 90), st.integers(16, 48), st.sampled_from([1, 3]), st.integers(0, 3))
def test_no_error_is_the_plain_input(side, size, channels, seed):
    spec = InputSpec(size, channels, 127.5, 64.0, LAYOUT.of_centre(7, 8))
    images = [picture(side, seed), b"no picture"]
    plain, damaged = inputs_of(images, spec, LAYOUT, None)
    shaken, nothing = shaken_inputs(images, spec, LAYOUT, Shake(0.0, 0.0, seed))
    assert damaged is None and nothing is None
    assert np.abs(plain - shaken).max() <= 2 / 64  # a rounding of the level, in units of the input


def test_the_error_is_as_large_as_was_asked_for():
    """A bright square of known place in a large picture: where does it come to lie?"""
    canvas = np.zeros((400, 400), np.uint8)
    canvas[180:220, 180:220] = 255
    image = cv2.imencode(".png", canvas)[1].tobytes()
    spec = InputSpec(100, 1, 0.0, 1.0, LAYOUT)
    places, sides = [], []
    for face in shaken_inputs([image] * 300, spec, LAYOUT, Shake(0.15, 0.1, 3)):
        weight = face[..., 0] / face.sum()
        sides.append(np.sqrt(face.sum() / 255))
        centre = [(weight.sum(axis) * np.arange(100)).sum() - 49.5 for axis in (1, 0)]
        places.append(centre)
    moved = np.abs(np.array(places)).max(0)
    assert (moved > 9).all() and (moved < 13).all()  # 10 of 100 pixels over 0.87 to 1.15, and off the middle
    assert 8.6 < min(sides) < 8.9 and 11.3 < max(sides) < 11.6  # 10 pixels, 15 % either way


def test_draws_repeat_and_do_not_depend_on_damaged_pictures():
    spec = InputSpec(20, 1, 127.5, 64.0, LAYOUT)
    first = list(shaken_inputs([picture(48), picture(48, 1)], spec, LAYOUT, Shake(0.2, 0.1)))
    again = list(shaken_inputs([b"", picture(48, 1)], spec, LAYOUT, Shake(0.2, 0.1)))
    assert again[0] is None and np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], first[1])


@pytest.mark.parametrize(("scale", "position"), [(-0.1, 0), (1.0, 0), (0, 1.5), (float("nan"), 0)])
def test_impossible_errors_are_refused(scale, position):
    with pytest.raises(InputError, match="shake"):
        Shake(scale, position)
