from dataclasses import replace

import numpy as np
import pytest

from tests.training.voice.made_voices import made_clips
from training.voice.probes import (
    PROBES,
    ProbeData,
    bootstrapped,
    frames_probe,
    pooled,
    probe,
    probe_in_folds,
    timing,
    with_interval,
)


def made(count: int = 120, apart: float = 4.0, seed: int = 0):
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    return random.normal(size=(count, 5)) + apart * np.eye(5)[labels], labels


@pytest.mark.parametrize("kind", PROBES)
def test_a_probe_finds_what_is_there_and_nothing_else(kind):
    for apart, least, most in ((6.0, 0.9, 1.0), (0.0, 0.0, 0.6)):
        (train, labels), (test, asked) = made(apart=apart), made(apart=apart, seed=1)
        right = (probe(kind, ProbeData(train, labels, test, asked)) == asked).mean()
        assert least <= right <= most


def test_groups_are_told_by_probes_that_never_saw_them():
    features, labels = made(apart=0.0)
    groups = np.arange(len(labels))
    # Each group's own mark would give its label away, if it had been seen.
    marked = np.concatenate([features, 9 * np.eye(len(labels))], axis=1)
    assert (probe_in_folds("linear", marked, labels, groups) == labels).mean() < 0.6


def test_steps_vote_over_a_clip():
    random = np.random.default_rng(0)
    labels = np.arange(30) % 2
    codes = [random.normal(size=(20, 3)) + label for label in labels]
    assert (frames_probe("linear", codes, labels, codes) == labels).mean() > 0.9
    assert pooled(codes).shape == (30, 12)


def test_a_range_holds_its_figure():
    labels, speakers = np.arange(60) % 2, np.repeat(np.arange(6), 10)
    told = np.where(speakers == 0, 0, labels)
    result = with_interval(labels, told, speakers)
    assert result["chance"] == 0.5
    assert result["uar"] == pytest.approx(55 / 60, abs=1e-3)
    assert result["low95"] <= result["uar"] <= result["high95"]
    assert bootstrapped(lambda rows: 0.25, speakers, "accuracy") == {
        "accuracy": 0.25, "low95": 0.25, "high95": 0.25,
    }  # fmt: skip


def test_timing_sees_when_there_is_sound_and_not_what_it_is():
    frames = np.full((2, 100, 64), -2.0, np.float16)
    frames[0, 10:30] = frames[0, 40:80] = 0.0
    frames[1, 10:30] = frames[1, 40:80] = np.linspace(-0.5, 0.5, 64)
    clips = replace(made_clips().rows(np.arange(2)), mel=frames, counts=np.array([90, 90]))
    one, other = timing(clips)
    assert one.tolist() == [90, 60, 10, 11, 2]
    assert other.tolist() == one.tolist()
