import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.head.head_model import PARTS, project
from emopoi.head.skinning import rotation_matrices
from emopoi.render.head_renderer import HeadRenderer
from emopoi.render.head_surface import HeadSurface
from tests.render.made_head import ellipsoid, made_head

ROOT = Path(__file__).parents[2]
HEAD = made_head(*ellipsoid())
SURFACE = HeadSurface(HEAD, levels=0)


def filled(vertices, f, camera, width, height):
    """The silhouette by OpenCV, 16 times finer, as shares of each pixel."""
    fine = 16
    mask = np.zeros((height * fine, width * fine), np.uint8)
    places = (project(vertices, np.asarray(camera))[:, :2] + 0.5) * fine - 0.5
    for triangle in places[f]:
        cv2.fillConvexPoly(mask, np.rint(triangle).astype(np.int32), 1)
    return mask.reshape(height, fine, width, fine).mean(axis=(1, 3))


@settings(max_examples=15)
@given(
    scale=st.floats(8, 60),
    x=st.floats(20, 140),
    y=st.floats(20, 100),
    turn=st.tuples(*[st.floats(-1.5, 1.5)] * 3),
)
def test_the_silhouette_lies_where_project_says(renderer, scale, x, y, turn):
    vertices = HEAD.v_template @ rotation_matrices(np.array(turn)).T
    drawn = renderer.render(SURFACE, vertices, np.array([scale, x, y]))
    expected = filled(vertices, HEAD.f, (scale, x, y), 160, 120)
    assert expected.max() == 1.0
    # Four samples a pixel know the share of an edge to about a quarter.
    assert np.abs(drawn.mask / 255 - expected).max() <= 0.6
    assert np.abs(drawn.mask / 255 - expected).sum() <= 0.12 * max((expected % 1 > 0).sum(), 20)


def test_whole_numbers_are_the_middles_of_pixels(renderer):
    corners = np.array([[-0.5, 0.5, 0], [4.5, 0.5, 0], [4.5, -2.5, 0], [-0.5, -2.5, 0]])
    square = made_head(corners, [[0, 2, 1], [0, 3, 2]])
    drawn = renderer.render(HeadSurface(square, levels=0), corners, np.array([1.0, 10.0, 20.0]))
    expected = np.zeros((120, 160), np.uint8)
    expected[20:23, 10:15] = 255
    np.testing.assert_array_equal(drawn.mask, expected)
    assert drawn.image[expected == 255].min() > 20 and not drawn.image[expected == 0].any()


def test_the_back_of_a_surface_is_not_drawn(renderer):
    corners = np.array([[-1.0, 1, 0], [1, 1, 0], [1, -1, 0]])
    for f, seen in (([[0, 2, 1]], True), ([[0, 1, 2]], False)):
        surface = HeadSurface(made_head(corners, f), levels=0)
        assert renderer.render(surface, corners, np.array([20.0, 80, 60])).mask.any() == seen


def test_what_is_nearer_hides_what_is_behind(renderer):
    square = np.array([[-1.0, 1, 0], [1, 1, 0], [1, -1, 0], [-1, -1, 0]])
    f = np.array([[0, 2, 1], [0, 3, 2]])
    camera = np.array([20.0, 80, 60])
    for depth in (1.0, -1.0):
        vertices = np.concatenate([square, square + np.array([0, 0, depth])])
        parts = [0, 0, PARTS.index("mouth"), PARTS.index("mouth")]
        both = HeadSurface(made_head(vertices, np.concatenate([f, f + 4]), parts), levels=0)
        middle = renderer.render(both, vertices, camera).image[60, 80].astype(int)
        red = middle[0] > 1.5 * middle[1]
        assert red == (depth > 0)


def test_one_renderer_draws_many_heads_and_forgets_them(renderer):
    other = made_head(*ellipsoid((0.5, 0.5, 0.5), rows=6, columns=9))
    camera = np.array([30.0, 80, 60])
    first = renderer.render(SURFACE, HEAD.v_template, camera)
    small = renderer.render(HeadSurface(other, levels=0), other.v_template, camera)
    again = renderer.render(SURFACE, HEAD.v_template, camera)
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.mask, again.mask)
    assert 0 < (small.mask > 0).sum() < 0.5 * (first.mask > 0).sum()


def test_parts_have_their_colours(renderer):
    vertices, f = ellipsoid()
    front = vertices[f].mean(axis=1)[:, 2] > 0.7
    camera = np.array([40.0, 80, 60])
    shown = {}
    for part in ("skin", "eyes", "teeth", "mouth"):
        head = made_head(vertices, f, np.where(front, PARTS.index(part), 0))
        pixels = renderer.render(HeadSurface(head, levels=0), vertices, camera).image
        shown[part] = pixels[58, 90].astype(int)
    assert shown["mouth"].sum() < 0.75 * shown["skin"].sum()
    assert shown["teeth"].sum() > 1.05 * shown["skin"].sum()
    assert len({tuple(colour) for colour in shown.values()}) == 4


@pytest.mark.parametrize(
    ("vertices", "camera"),
    [
        (np.zeros((4, 2)), np.ones(3)),
        (np.full((242, 3), np.nan), np.ones(3)),
        (HEAD.v_template, np.ones(4)),
        (HEAD.v_template, np.array([1.0, np.inf, 0])),
    ],
)
def test_what_can_not_be_drawn_is_refused(renderer, vertices, camera):
    with pytest.raises(InputError, match="expected"):
        renderer.render(SURFACE, vertices, camera)


def test_a_picture_of_no_size_is_refused():
    with pytest.raises(InputError, match="0x10"):
        HeadRenderer(0, 10)


def outcome(code):
    lines = "import sys\nfrom emopoi.errors import MissingPartError\n" + code
    done = subprocess.run([sys.executable, "-c", lines], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


TRY = """
from emopoi.render.head_renderer import HeadRenderer
try:
    HeadRenderer(8, 8)
except MissingPartError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("sys.modules['pyrender'] = None", "pip install pyrender"),
        (
            "import ctypes; ctypes.CDLL = lambda name: open('/absent')",
            "apt install libegl1",
        ),
        ("import os; os.environ['PYOPENGL_PLATFORM'] = 'none'", "apt install"),
    ],
)
def test_what_is_missing_is_named(missing, words):
    environment = "import os; os.environ.pop('PYOPENGL_PLATFORM', None)\n"
    assert words in outcome(environment + missing + TRY)


def test_importing_loads_no_opengl():
    code = "import emopoi.render.head_renderer\nprint({'OpenGL', 'pyrender', 'trimesh'} & set(sys.modules))"
    assert outcome(code).strip() == "set()"


def test_pyrender_may_have_been_imported_before(renderer):
    code = "import os; os.environ.pop('PYOPENGL_PLATFORM', None)\nimport pyrender\n" + TRY + "print('done')"
    assert outcome(code).strip() == "done"


def test_closing_twice_and_drawing_after_it():
    code = """
import numpy as np
from emopoi.render.head_renderer import HeadRenderer
from emopoi.render.head_surface import HeadSurface
from tests.render.made_head import ellipsoid, made_head
try:
    renderer = HeadRenderer(8, 8)
except MissingPartError:
    print("MissingPartError")
    raise SystemExit
renderer.close()
renderer.close()
head = made_head(*ellipsoid())
try:
    renderer.render(HeadSurface(head), head.v_template, np.ones(3))
except MissingPartError as error:
    print("MissingPartError")
"""
    assert outcome(code).strip() == "MissingPartError"
