import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emopoi.head.head_model import project
from emopoi.head.placement import HeadPlacement
from emopoi.head.skinning import rotation_matrices
from tests.head.made_heads import small_head

HEAD = small_head()


@given(st.integers(0, 10_000), st.floats(0.02, 0.2), st.floats(20, 400))
def test_the_head_is_seen_where_the_fit_has_it(seed, unit, scale):
    random = np.random.default_rng(seed)
    values = random.uniform(0, 1, HEAD.n_identity + HEAD.n_expressions)
    rotation = rotation_matrices(random.normal(0, 0.6, 3))
    place = random.uniform(-500, 500, 3)
    told = HeadPlacement(HEAD, unit).coefficients(values, rotation, scale, place)
    shape = HEAD.shaped(told.identity, told.expression)
    fitted = scale * (shape / unit) @ rotation.T + place
    seen = project(HEAD.vertices(told), told.camera)[:, :2]
    np.testing.assert_allclose(seen, fitted[:, :2] * (1, -1), atol=0.05)
    assert told.camera.dtype == told.pose.dtype == told.identity.dtype == np.float32
    assert not told.pose[1:].any()
