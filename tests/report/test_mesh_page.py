import base64
import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.report.mesh_page import mesh_page

SQUARE = np.array([[0.0, 0, 0], [2, 0, 0], [2, 1, 0], [0, 1, 0.5]])
TRIANGLES = np.array([[0, 1, 2], [0, 2, 3]])


def data_of(page):
    return json.loads(re.search(r"const data = (\{.*?\});", page).group(1))


def test_the_page_holds_the_mesh_and_asks_for_nothing():
    page = mesh_page(SQUARE, TRIANGLES, 'a <b> "mesh"')
    data = data_of(page)
    vertices = np.frombuffer(base64.b64decode(data["vertices"]), "<f4").reshape(-1, 3)
    np.testing.assert_allclose(vertices, SQUARE - [1, 0.5, 0.25], atol=1e-6)
    assert np.frombuffer(base64.b64decode(data["triangles"]), "<u2").tolist() == TRIANGLES.ravel().tolist()
    assert len(base64.b64decode(data["colours"])) == 12
    assert "a &lt;b&gt; &quot;mesh&quot;" in page and "<b>" not in page
    assert "4 vertices, 2 triangles" in page and "@" not in re.sub(r"@media", "", page)
    assert not re.search(r"(src|href)\s*=|https?:|import\s|fetch\(|XMLHttp", page)


@given(st.text(max_size=30))
@settings(max_examples=25)
def test_any_title_leaves_the_data_alone(title):
    assert data_of(mesh_page(SQUARE, TRIANGLES, title)) == data_of(mesh_page(SQUARE, TRIANGLES, "x"))


def test_colours_are_kept():
    colours = np.linspace(0, 1, 12).reshape(4, 3)
    kept = np.frombuffer(
        base64.b64decode(data_of(mesh_page(SQUARE, TRIANGLES, "x", colours))["colours"]), "u1"
    )
    np.testing.assert_allclose(kept / 255, colours.ravel(), atol=0.003)


def test_points_without_triangles_are_a_mesh_too():
    assert "0 triangles" in mesh_page(SQUARE, np.zeros((0, 3), int), "x")


def test_what_is_no_mesh_is_refused():
    for vertices, triangles, colours, message in (
        (SQUARE[:, :2], TRIANGLES, None, "vertices"),
        (np.zeros((0, 3)), TRIANGLES, None, "vertices"),
        (np.zeros((70000, 3)), TRIANGLES, None, "65536"),
        (np.where(SQUARE == 2, np.nan, SQUARE), TRIANGLES, None, "finite"),
        (SQUARE, TRIANGLES + 2, None, "numbers up to 3"),
        (SQUARE, TRIANGLES[:, :2], None, "triangles"),
        (SQUARE, TRIANGLES, SQUARE[:2], "colours"),
    ):
        with pytest.raises(InputError, match=message):
            mesh_page(vertices, triangles, "x", colours)
