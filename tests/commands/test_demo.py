import importlib.util
import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import emopoi.commands.main
import emopoi.demo_clip as demo_clip
from emopoi.commands.main import main
from emopoi.errors import InputError, MissingPartError
from emopoi.vision.media import open_media

ROOT = Path(__file__).parents[2]


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (512, 512, 3), dtype=np.uint8)


def entry():
    spec = importlib.util.spec_from_file_location("entry", ROOT / "emotion_age_gender_recognition.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_clip_is_the_same_every_time_and_never_stands_still(noise):
    first = list(demo_clip.demo_frames(noise, 0.4))
    second = list(demo_clip.demo_frames(noise, 0.4))

    assert [time for time, _ in first] == pytest.approx([40.0 * index for index in range(10)])
    for (_, one), (_, other) in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.shape == (480, 640, 3) and one.dtype == np.uint8
    assert all((one[1] != other[1]).any() for one, other in itertools.pairwise(first))


@pytest.fixture(scope="module")
def grey_frames() -> list[np.ndarray]:
    """The whole clip over a portrait of one grey: only the light is left to see."""
    return [frame for _, frame in demo_clip.demo_frames(np.full((512, 512, 3), 100, np.uint8))]


def test_light_changes_over_the_clip(grey_frames):
    levels = [frame[240, 10].mean() for frame in grey_frames]

    assert len(levels) == 200
    assert min(levels) < 85 and max(levels) > 115


def test_a_second_person_joins_in_another_light(grey_frames):
    before, after = grey_frames[112], grey_frames[150]  # 4.5 s and 6 s

    assert (before == before[0, 0]).all()
    assert (after[:, :320] == after[0, 0]).all() and (after[:, 320:] == after[0, 320]).all()
    np.testing.assert_allclose(after[0, 320], [84, 90, 95], atol=1)
    assert abs(after[0, 0].astype(int) - after[0, 320]).max() > 5


@given(st.floats(-10, 10))
def test_ease_stays_between_its_ends(share):
    assert 0.0 <= demo_clip._ease(share) <= 1.0
    assert demo_clip._ease(share) + demo_clip._ease(1.0 - share) == pytest.approx(1.0)


@pytest.mark.parametrize("seconds", [0.0, -1.0, 8.1, float("nan")])
def test_lengths_without_a_story_are_refused(noise, seconds):
    with pytest.raises(InputError, match="seconds"):
        next(demo_clip.demo_frames(noise, seconds))


def test_another_picture_is_refused():
    with pytest.raises(InputError, match=r"\(512, 512, 3\) was expected, got uint8 \(4, 4, 3\)"):
        next(demo_clip.demo_frames(np.zeros((4, 4, 3), np.uint8)))


def test_the_written_clip_reads_back(noise, tmp_path, monkeypatch):
    monkeypatch.setattr(demo_clip, "portrait", lambda: noise)
    path = demo_clip.write_demo_clip(tmp_path / "clip.mp4", 0.4)
    with open_media(path) as media:
        frames = list(media)

    assert (media.width, media.height, len(frames)) == (640, 480, 10)
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_without_scikit_image_it_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(MissingPartError, match="pip install scikit-image"):
        demo_clip.portrait()


def test_demo_recognizes_its_clip(noise, tmp_path, monkeypatch):
    monkeypatch.setattr(demo_clip, "portrait", lambda: noise)
    monkeypatch.setattr(demo_clip.write_demo_clip, "__defaults__", (0.2,))
    called = []

    def record(words):
        called.append(words)
        return 0

    real = main
    monkeypatch.setattr(emopoi.commands.main, "main", record)
    assert real(["demo", "--out", str(tmp_path / "out")]) == 0
    clip = tmp_path / "out" / "input.mp4"
    assert clip.is_file()
    assert called == [["recognize", str(clip), "--out", str(tmp_path / "out"), "--consent"]]


def test_the_portrait_has_a_face_that_the_cascade_finds():
    from emopoi.vision.haar_detector import HaarDetector

    frame = next(demo_clip.demo_frames(demo_clip.portrait()))[1]
    middles = [((f.box[0] + f.box[2]) / 2, (f.box[1] + f.box[3]) / 2) for f in HaarDetector().detect(frame)]
    assert any(abs(x - 320) < 40 and abs(y - 215) < 40 for x, y in middles), middles


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        (["--video", "a.mp4", "--out", "o"], ["recognize", "a.mp4", "--out", "o"]),
        (["--out", "o", "--video=a b.mp4", "--json"], ["recognize", "--out", "o", "a b.mp4", "--json"]),
        (["--camera", "0"], ["recognize", "--camera", "0"]),
        (["--video"], ["recognize"]),
        ([], ["recognize"]),
    ],
)
def test_the_entry_by_its_name_is_a_thin_call(words, arguments):
    assert entry().recognize_arguments(words) == arguments


def test_the_entry_tells_a_mistake_in_one_line():
    command = [
        sys.executable,
        str(ROOT / "emotion_age_gender_recognition.py"),
        "--video",
        "nowhere.mp4",
        "--consent",
    ]
    done = subprocess.run(command, capture_output=True, text=True)

    assert done.returncode == 2
    assert done.stderr.startswith("emopoi: error: ") and "nowhere.mp4" in done.stderr
    assert done.stderr.count("\n") == 1 and done.stdout == ""


def test_the_whole_demo(tmp_path, capsys):
    """The clip through the shipped models, as `make demo` runs it."""
    out = tmp_path / "out"
    assert main(["demo", "--out", str(out)]) == 0
    profile = json.loads((out / "profile.json").read_text())

    assert len(profile["people"]) == 2
    assert all(person["fer7"]["happy"] > 0.5 for person in profile["people"])
    assert "Places worth going to" in capsys.readouterr().out
