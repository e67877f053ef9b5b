import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emopoi.errors import InputError
from emopoi.runtime.expression_memory import ExponentialMemory
from emopoi.runtime.probabilities import softmax
from emopoi.types import Face, TrackedFace
from training.compare_over_time import FRAME_MS, compare, fading_mean, legible_changes, score, weighted_mean
from training.labelled_clips import clip_figures, labelled_clips
from training.made_clips import Clips
from training.time_page import (
    best_fading_mean,
    ema_name,
    made_clips_table,
    meets_bars,
    page,
    reason,
    winner,
)

FRAMES = 40


def clips(change=20, count=3, damaged=()):
    """Happy (3), then from `change` on angry (0); the frame network is right but where damaged."""
    labels = np.full((count, FRAMES), 3)
    labels[:, change:] = 0
    bad = np.zeros(labels.shape, bool)
    bad[:, list(damaged)] = True
    logits = 4 * np.eye(7, dtype=np.float32)[np.where(bad, 6, labels)]
    targets = np.eye(7, dtype=np.float32)[labels]
    return Clips(np.zeros((count, FRAMES, 2), np.float16), logits, labels, targets, bad)


def test_figures_of_an_answer_that_comes_late_and_flickers():
    shown = clips(damaged=(5, 6))
    changes = legible_changes(softmax(shown.frame_logits), shown)
    assert changes == [(clip, 20, 40) for clip in range(3)]
    found = shown.labels.copy()
    found[:, 20:25] = 3
    found[0, 8] = 1
    figures = score(found, shown, changes)
    assert figures["median_delay_ms"] == 5 * FRAME_MS
    assert figures["accuracy"] == pytest.approx(1 - 16 / 120, abs=1e-4)
    assert figures["accuracy_damaged"] == 1
    # Two changes of mind in three clips; the half second after a change does not count.
    steady_frames = 3 * (39 - 12)
    assert figures["flicker_per_s"] == pytest.approx(2 / steady_frames * 25, abs=1e-3)
    assert figures["disgust"] == pytest.approx(1 / 120, abs=1e-4)


def test_a_change_that_is_never_followed_counts_as_long_as_it_lasts():
    shown = clips()
    changes = legible_changes(softmax(shown.frame_logits), shown)
    assert score(np.full((3, FRAMES), 3), shown, changes)["median_delay_ms"] == 20 * FRAME_MS


def test_a_change_that_the_frame_network_can_not_see_is_not_asked_of_anybody():
    shown = clips()
    shown.frame_logits[1, 20:] = shown.frame_logits[1, 0]
    shown.labels[2, 35:] = 5
    found = legible_changes(softmax(shown.frame_logits), shown)
    assert found == [(0, 20, 40), (2, 20, 35)]


@given(st.integers(0, 1000), st.sampled_from([60, 250, 560]))
def test_means_are_distributions_and_the_one_that_ships(seed, tau):
    logits = np.random.default_rng(seed).normal(0, 3, (2, 12, 7))
    probability = softmax(logits)
    for found in (fading_mean(probability, tau), weighted_mean(probability, tau)):
        assert np.allclose(found.sum(-1), 1, atol=1e-4)
        assert np.allclose(found[:, 0], probability[:, 0], atol=1e-5)
    memory = ExponentialMemory(time_constant_ms=tau)
    points = np.zeros((6, 2), np.float32)
    for frame in range(12):
        face = TrackedFace(1, Face((0, 0, 9, 9), 1.0, points), started=frame == 0)
        shipped = memory.recall(face, frame * FRAME_MS, {"fer7": logits[0, frame].astype(np.float32)})
    assert np.allclose(shipped, fading_mean(probability, tau)[0, -1], atol=1e-4)


def test_compare_scores_all_on_the_same_clips():
    shown = clips(damaged=(9, 10, 30))
    found = compare({"lstm int8": lambda embedding, logits: shown.targets}, shown)
    assert found["lstm int8"]["accuracy"] == 1
    assert found["frame"]["accuracy_damaged"] == 0
    assert found["frame"]["flicker_per_s"] > found["mean_250_ms"]["flicker_per_s"] == 0
    assert found["mean_560_ms"]["median_delay_ms"] > found["mean_60_ms"]["median_delay_ms"] > 0


def measured(lstm=0.6, delay=100.0, right=(50, 60)):
    def row(damaged, delay_ms):
        return {
            "accuracy": 0.5, "accuracy_damaged": damaged, "median_delay_ms": delay_ms,
            "p90_delay_ms": 400.0, "flicker_per_s": 1.0, "disgust": 0.01,
        }  # fmt: skip

    made = {
        "frame": row(0.35, 0.0), "running_mean": row(0.5, 900.0), "mean_380_ms": row(0.55, 240.0),
        "mean_560_ms": row(0.58, 400.0), "weighted_mean_380_ms": row(0.53, 200.0),
        "lstm int8": row(lstm, delay),
    }  # fmt: skip

    def method(frames):
        return {"frames": 80, "right": frames, "changes_per_s": 2.0, "instead": ["sad", 80 - frames]}

    methods = {"none": method(40), ema_name(): method(45)}
    real = {
        f"clip{place}": {"label": "happy", "methods": methods | {"lstm int8": method(count)}}
        for place, count in enumerate(right)
    }
    return {"made_clips_of_public_test": made, "labelled_clips": real}


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({}, "lstm"),
        ({"lstm": 0.57}, "ema"),
        ({"delay": 320.0}, "ema"),
        ({"right": (50, 39)}, "ema"),
        ({"right": (41, 41)}, "lstm"),
        ({"right": (41, 40)}, "ema"),
    ],
)
def test_the_winner_keeps_the_rule(figures, expected):
    assert winner(measured(**figures)) == expected


def test_a_slow_mean_is_no_rival():
    made = measured()["made_clips_of_public_test"]
    assert best_fading_mean(made) == "mean_380_ms"
    assert meets_bars(made, "lstm int8") and not meets_bars(made, "mean_380_ms")


def test_the_page_has_every_figure_and_the_reason():
    figures = measured()
    text = page(figures, frame_file="`emotion`, int8", clips=800)
    assert all(line in text for line in made_clips_table(figures["made_clips_of_public_test"]))
    assert reason(figures) in " ".join(text.split())
    assert "50 of 80, 2.0, sad 30" in text and "+5.0 points over `mean_380_ms`" in text
    assert "**met**" in text and "**missed**" in page(measured(lstm=0.5), frame_file="x", clips=1)
    assert "{" not in text


def test_figures_of_a_real_clip():
    answers = [(0.0, "happy"), (500.0, "sad"), (1000.0, "happy"), (2000.0, "happy")]
    told = clip_figures(answers, "happy")
    assert told == {"frames": 4, "right": 3, "changes_per_s": 1.0, "instead": ["sad", 1]}
    assert clip_figures([], "happy")["frames"] == 0


def test_only_labelled_clips_are_read(tmp_path):
    (tmp_path / "index.csv").write_text("file,emotion\na.mp4,happy\nb.mp4,\nc.mp4,bored\n")
    assert labelled_clips(tmp_path) == [(tmp_path / "a.mp4", "happy")]
    (tmp_path / "index.csv").write_text("name\na.mp4\n")
    with pytest.raises(InputError, match="columns file and emotion"):
        labelled_clips(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        labelled_clips(tmp_path / "nowhere")


def test_the_page_is_written_from_the_manifest(tmp_path, monkeypatch, capsys):
    from training import compare_over_time

    told = SimpleNamespace(data={"measured": measured()})
    frame = SimpleNamespace(manifest=SimpleNamespace(name="emotion"), variant="int8")
    monkeypatch.setattr(compare_over_time, "find_model", lambda name: told)
    monkeypatch.setattr(compare_over_time.FrozenModel, "load", lambda name: frame)
    compare_over_time.main(["--write", str(tmp_path / "time.md")])
    assert (tmp_path / "time.md").read_text() == page(measured(), frame_file="`emotion`, int8", clips=800)
    assert json.loads(capsys.readouterr().out) == measured()
    del told.data["measured"]["labelled_clips"]
    with pytest.raises(InputError, match="step form"):
        compare_over_time.main(["--write", str(tmp_path / "other.md")])
    assert not (tmp_path / "other.md").exists()
