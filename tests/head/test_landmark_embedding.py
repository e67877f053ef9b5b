import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.head.landmark_embedding import LandmarkEmbedding
from tests.head.made_heads import IBUG_PLACES, small_head


def embedding(faces=(0, 1), barycentrics=((1, 0, 0), (0.2, 0.3, 0.5)), indices=(3, 467), offsets=None):
    return LandmarkEmbedding(
        np.array(faces, np.int32),
        np.array(barycentrics, np.float32),
        np.array(indices, np.int32),
        np.zeros((len(faces), 3), np.float32) if offsets is None else offsets,
    )


def test_points_lie_on_their_triangles():
    head = small_head()
    points = head.landmark_points(head.v_template)
    # The made skull's triangles are up to 12 mm long and its brow is round.
    assert np.linalg.norm(points - IBUG_PLACES, axis=1).max() < 0.002


@given(st.integers(0, 2**32 - 1))
def test_any_field_is_read_as_vertices_are(seed):
    generator = np.random.default_rng(seed)
    f = np.array([[0, 1, 2], [2, 1, 3]])
    field = generator.normal(0, 1, (4, 3, 5))
    values = embedding().apply(field, f)
    assert values.shape == (2, 3, 5)
    np.testing.assert_allclose(values[0], field[0], atol=1e-6)
    np.testing.assert_allclose(values[1], 0.2 * field[2] + 0.3 * field[1] + 0.5 * field[3], atol=1e-6)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"indices": (3, 468)}, "numbers 0 to 467"),
        ({"indices": (-1, 4)}, "numbers 0 to 467"),
        ({"barycentrics": ((1, 0, 0), (1, 1, 1))}, "sum to 1"),
        ({"indices": (3,)}, "were expected for 2"),
        ({"offsets": np.zeros((2, 2), np.float32)}, "were expected for 2"),
        ({"offsets": np.full((2, 3), np.nan, np.float32)}, "not finite"),
    ],
)
def test_what_does_not_fit_is_told(changed, told):
    with pytest.raises(InputError, match=told):
        embedding(**changed)
