import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.types import FER7
from emopoi.vision.drawing import COLOURS, Annotation, colour_of, draw

SHARES = dict(zip(FER7, (0.02, 0.03, 0.05, 0.7, 0.05, 0.05, 0.1), strict=True))


def grey(width=640, height=480):
    return np.full((height, width, 3), 128, np.uint8)


def test_the_frame_is_left_alone_and_the_box_has_its_colour():
    frame = grey()
    drawn = draw(frame, [Annotation(2, (200, 150, 400, 350), "happy", 0.8, SHARES, (20, 40))])
    assert (frame == 128).all()
    assert drawn.shape == frame.shape and drawn.dtype == np.uint8
    assert np.abs(drawn[150, 200:400].astype(int) - colour_of(2)).sum(axis=1).min() == 0
    assert (drawn[200:300, 250:350] == 128).all()  # the face itself stays free


def test_confidence_and_shares_show():
    low = draw(grey(), [Annotation(1, (200, 150, 400, 350), "happy", 0.1)])
    high = draw(grey(), [Annotation(1, (200, 150, 400, 350), "happy", 0.9)])
    assert (low != high).any()
    sad = draw(grey(), [Annotation(1, (200, 150, 400, 350), "happy", 0.9, {"sad": 1.0})])
    assert (sad[:, 400:] != high[:, 400:]).sum() > 1000


def test_text_grows_with_the_picture():
    def inked(width):
        box = tuple(width * share for share in (0.4, 0.3, 0.6, 0.6))
        drawn = draw(grey(width, width * 3 // 4), [Annotation(1, box, "happy", 0.9)])
        rows = np.nonzero((drawn != 128).any(axis=(1, 2)))[0]
        return width * 0.3 - rows[0]  # height of the label

    assert 10 < inked(320) < 30 < inked(1920) < 130


@settings(deadline=None, max_examples=30)
@given(
    st.integers(1, 800),
    st.integers(1, 600),
    st.lists(st.tuples(*[st.floats(-300, 1000)] * 4, st.integers(1, 50)), max_size=4),
)
def test_any_box_in_any_picture(width, height, boxes):
    annotations = [
        Annotation(i, (min(a, c), min(b, d), max(a, c), max(b, d)), "surprise", 0.5, SHARES, (1, 99))
        for a, b, c, d, i in boxes
    ]
    assert draw(grey(width, height), annotations).shape == (height, width, 3)


def test_labels_do_not_hide_other_faces():
    boxes = [(100, 200, 180, 280), (190, 190, 270, 270), (280, 210, 360, 290)]
    drawn = draw(grey(), [Annotation(i + 1, box, "happy", 0.9) for i, box in enumerate(boxes)])
    for x0, y0, x1, y1 in boxes:
        assert (drawn[y0 + 8 : y1 - 8, x0 + 8 : x1 - 8] == 128).mean() > 0.9


def test_colours_differ_and_come_round():
    assert len(set(COLOURS)) == len(COLOURS)
    assert colour_of(1) == colour_of(1 + len(COLOURS))


def test_no_picture_is_refused():
    with pytest.raises(InputError, match="float64"):
        draw(np.zeros((10, 10, 3)), [])
