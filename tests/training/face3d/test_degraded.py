"""Faces get worse step by step, and not at all at 0."""

from itertools import pairwise

import numpy as np
import pytest

from training.face3d.degraded import KINDS, LEVELS


@pytest.mark.parametrize("kind", KINDS)
def test_more_is_worse(kind):
    picture = np.random.default_rng(0).integers(0, 256, (60, 50, 3)).astype(np.uint8)
    worse = [KINDS[kind](picture, amount, np.random.default_rng(1)) for amount in LEVELS]
    np.testing.assert_array_equal(worse[0], picture)
    away = [np.abs(made.astype(float) - picture).mean() for made in worse]
    assert all(one < other for one, other in pairwise(away))
    assert all(made.shape == picture.shape and made.dtype == np.uint8 for made in worse)


def test_a_cover_hides_half_of_the_face_at_most():
    picture = np.full((40, 40, 3), 7, np.uint8)
    for seed in range(8):
        made = KINDS["covered"](picture, 1.0, np.random.default_rng(seed))
        assert (made == 7).all(axis=2).mean() == pytest.approx(0.5, abs=0.02)
