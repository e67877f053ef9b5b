"""Faces get worse step by step, and not at all at 0."""

from itertools import pairwise

import numpy as np
import pytest

from training.clip_damage import KINDS, Damage
from training.worse_pictures import CHANGES, LEVELS, UNITS, as_jpeg, out_of_focus, told_amount


@pytest.mark.parametrize("kind", CHANGES)
def test_more_is_worse(kind):
    small = np.random.default_rng(0).integers(0, 256, (6, 5, 3)).astype(np.uint8)
    picture = np.kron(small, np.ones((10, 10, 1), np.uint8))
    worse = [CHANGES[kind](picture, amount, np.random.default_rng(1)) for amount in LEVELS]
    np.testing.assert_array_equal(worse[0], picture)
    away = [np.abs(made.astype(float) - picture).mean() for made in worse]
    assert all(one < other for one, other in pairwise(away))
    assert all(made.shape == picture.shape and made.dtype == np.uint8 for made in worse)


def test_a_cover_hides_half_of_the_face_at_most():
    picture = np.full((40, 40, 3), 7, np.uint8)
    for seed in range(8):
        made = CHANGES["covered"](picture, 1.0, np.random.default_rng(seed))
        assert (made == 7).all(axis=2).mean() == pytest.approx(0.5, abs=0.02)


def test_amounts_are_told_in_units_that_people_know():
    assert set(UNITS) == set(CHANGES)
    assert {told_amount(kind, 0.0) for kind in CHANGES} == {"as it is"}
    assert [told_amount(kind, 1.0) for kind in CHANGES] == ["1/30", "6 %", "50 %", "45°", "quality 1"]


@pytest.mark.parametrize("grey", [True, False])
def test_colours_stay_in_their_order(grey):
    picture = np.zeros((32, 32) if grey else (32, 32, 3), np.uint8)
    picture[..., -1] = 200
    for made in (as_jpeg(picture, 95), out_of_focus(picture, 0.5)):
        assert made.shape == picture.shape and made.dtype == np.uint8
        assert np.abs(made[..., -1].astype(int) - 200).mean() < 60
        if not grey:
            assert made[..., 0].mean() < 20


def test_damaged_frames_of_clips_are_made_worse_by_the_same_code(monkeypatch):
    picture = np.random.default_rng(0).integers(0, 256, (44, 44)).astype(np.uint8)
    assert set(KINDS) >= {"blur", "compression"}
    for kind, name in (("blur", "out_of_focus"), ("compression", "as_jpeg")):
        monkeypatch.setattr(f"training.clip_damage.{name}", lambda given, much: np.full_like(given, 9))
        assert (Damage(np.random.default_rng(1), 44, kind).apply(picture) == 9).all()
