import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.alike_stills import alike, coarse_looks
from training.clip_damage import KINDS, Damage, bursts
from training.fer2013 import ExpressionFaces
from training.made_clips import ClipSettings, draw, make_clips, write_scripts

SIDE, SIZE = 48, 44
SETTINGS = ClipSettings(frames=30)


def stills(count=70):
    """Smooth patterns, all different, labels in turn."""
    random = np.random.default_rng(5)
    rough = random.integers(0, 256, (count, 6, 6)).astype(np.uint8)
    pictures = np.stack([cv2.resize(one, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for one in rough])
    labels = np.arange(count) % 7
    return ExpressionFaces(pictures[..., None], labels, np.zeros((count, 8), np.float32), np.arange(count))


FACES = stills()


def brightness(faces):
    """A frame network of a sort: what it says follows from the pixels."""
    mean = faces.mean((1, 2, 3))
    return np.stack([mean, faces.std((1, 2, 3))], 1), np.repeat(mean[:, None], 7, 1).astype(np.float32)


def test_alike_stills_are_nearest_first_and_never_the_same():
    looks = coarse_looks(FACES.pictures)
    anchors = np.array([3, 40, 69])
    found = alike(looks, anchors, 10)
    for anchor, row in zip(anchors, found, strict=True):
        likeness = looks[row] @ looks[anchor]
        assert anchor not in row and len(set(row)) == 10
        assert (np.diff(likeness) <= 1e-6).all()
        others = np.setdiff1d(np.arange(70), [*row, anchor])
        assert (looks[others] @ looks[anchor]).max() <= likeness.min() + 1e-6


def test_alike_passes_over_copies_and_what_is_not_allowed():
    pictures = np.concatenate([FACES.pictures, FACES.pictures[:1]])
    labels = np.append(FACES.fer7, 3)
    looks = coarse_looks(pictures)
    assert 70 not in alike(looks, np.array([0]), 60)
    found = alike(looks, np.array([0, 1]), 5, lambda rows: labels[rows][:, None] != labels[None])
    assert (labels[found] != labels[:2, None]).all()


@given(st.integers(0, 10_000), st.floats(0.05, 0.6))
def test_bursts_are_numbered_runs(seed, share):
    burst = bursts(60, share, np.random.default_rng(seed))
    shown = burst[burst > 0]
    assert ((np.diff(shown) >= 0).all() and set(shown) == set(range(1, len(set(shown)) + 1))) or not len(
        shown
    )


def test_bursts_hold_the_share_and_last():
    random = np.random.default_rng(1)
    drawn = np.stack([bursts(60, 0.3, random) > 0 for _ in range(800)])
    assert drawn.mean() == pytest.approx(0.3, abs=0.03)
    begun = (drawn[:, 1:] & ~drawn[:, :-1]).sum() + drawn[:, 0].sum()
    assert 3 < drawn.sum() / begun < 6


@pytest.mark.parametrize("kind", KINDS)
def test_every_damage_shows_and_leaves_the_picture_alone(kind):
    random = np.random.default_rng(2)
    picture = FACES.pictures[1, :SIZE, :SIZE, 0].copy()
    # Fine detail, so that blur has something to take.
    picture[::2, ::3] ^= 60
    kept = picture.copy()
    damage = Damage(random, SIZE, kind)
    for _ in range(12):
        worse = damage.apply(picture)
        assert worse.dtype == np.uint8 and worse.shape == picture.shape
        assert np.abs(worse.astype(int) - picture).mean() > 1
    assert np.array_equal(picture, kept)


def test_scripts_change_to_another_label_or_keep_it():
    scripts = write_scripts(FACES, 400, SETTINGS, np.random.default_rng(3))
    first = np.array([script.first for script in scripts])
    second = np.array([script.second for script in scripts])
    changes = FACES.fer7[first] != FACES.fer7[second]
    turns = ~changes & (first != second)
    assert changes.mean() == pytest.approx(SETTINGS.changing, abs=0.08)
    assert turns.mean() == pytest.approx(SETTINGS.turning, abs=0.06)
    assert all(0 <= s.fade.min() and s.fade.max() <= 1 for s in scripts)
    assert all(0 <= s.talk.min() and s.talk.max() <= 1 for s in scripts)
    returned = [s.fade[-1] < 0.5 for s, c in zip(scripts, changes, strict=True) if c]
    assert np.mean(returned) == pytest.approx(SETTINGS.returning, abs=0.1)


def test_without_damage_a_steady_clip_moves_smoothly():
    """Neighbouring frames differ far less than frames of two crops drawn apart."""
    calm = ClipSettings(frames=30, changing=0, turning=0, talking=0, damaged=0, flickering=0, missing=0)
    random = np.random.default_rng(4)
    scripts = write_scripts(FACES, 12, calm, random)
    steps, apart = [], []
    for script in scripts:
        crops, damaged, _ = draw(FACES.pictures, script, calm, SIZE, random)
        other = draw(FACES.pictures, script, calm, SIZE, random)[0]
        assert not damaged.any()
        steps.append(np.abs(np.diff(crops.astype(int), axis=0)).mean())
        apart.append(np.abs(crops.astype(int) - other).mean())
    assert np.mean(steps) < 0.5 * np.mean(apart)


def test_a_missing_frame_repeats_the_one_before_and_time_leaps():
    jumpy = ClipSettings(frames=30, damaged=0, missing=0.3, leaping=0.3)
    random = np.random.default_rng(6)
    script = write_scripts(FACES, 1, jumpy, random)[0]
    crops, damaged, moments = draw(FACES.pictures, script, jumpy, SIZE, random)
    assert damaged.any() and not damaged[0]
    for frame in np.flatnonzero(damaged):
        assert np.array_equal(crops[frame], crops[frame - 1])
    steps = np.diff(moments)
    assert set(steps) <= {1, 2, 3, 4} and steps.max() > 1


def test_clips_are_as_scripted_and_repeatable():
    clips = make_clips(brightness, FACES, 40, SIZE, SETTINGS, seed=7)
    assert clips.embedding.shape == (40, 30, 2) and clips.frame_logits.shape == (40, 30, 7)
    assert np.allclose(clips.targets.sum(-1), 1, atol=1e-5)
    steady = (clips.labels == clips.labels[:, :1]).all(1)
    assert 0.2 < steady.mean() < 0.9
    # Away from a fade the target names the label.
    sure = clips.targets.max(-1) > 0.9
    assert sure.mean() > 0.8 and (clips.targets.argmax(-1) == clips.labels)[sure].all()
    again = make_clips(brightness, FACES, 40, SIZE, SETTINGS, seed=7)
    other = make_clips(brightness, FACES, 40, SIZE, SETTINGS, seed=8)
    assert np.array_equal(clips.frame_logits, again.frame_logits)
    assert not np.array_equal(clips.frame_logits, other.frame_logits)
    assert clips.part(slice(3), slice(5)).damaged.shape == (3, 5)
