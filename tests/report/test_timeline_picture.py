import subprocess
import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest

from emopoi.errors import OutputError
from emopoi.profile import ProfileBuilder, ProfileSettings, Timelines
from emopoi.report.palette import FER7_COLOURS, rgb
from emopoi.report.timeline_picture import draw_timeline


def draw(tmp_path, readings, source="clip.mp4", **changes):
    settings = ProfileSettings(**changes)
    builder, timelines = ProfileBuilder(settings), Timelines(settings)
    for reading in readings:
        builder.add(reading)
        timelines.add(reading)
    path = tmp_path / "timeline.png"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw_timeline(builder.build(source), timelines.build(), path)
    assert [found.name for found in tmp_path.iterdir()] == ["timeline.png"]
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def share_of(picture, label):
    """Share of pixels whose colour is that of a label."""
    return float((np.abs(picture.astype(int) - rgb(FER7_COLOURS[label])).max(axis=2) <= 3).mean())


def test_the_area_has_the_colour_of_what_was_shown(tmp_path, make_reading):
    shown = [1.0 if label == "sad" else 0.0 for label in FER7_COLOURS]
    picture = draw(tmp_path, [make_reading(shown, 100.0 * k, confidence=1.0) for k in range(100)])
    assert share_of(picture, "sad") > 0.3
    assert share_of(picture, "angry") < 0.01


def test_less_sure_is_paler_and_unsure_is_not_coloured(tmp_path, make_reading):
    shown = [1.0 if label == "sad" else 0.0 for label in FER7_COLOURS]
    for confidence in (0.6, 0.1):
        (tmp_path / "timeline.png").unlink(missing_ok=True)
        picture = draw(tmp_path, [make_reading(shown, 100.0 * k, confidence=confidence) for k in range(100)])
        assert share_of(picture, "sad") < 0.01
        blueness = float((picture[..., 2].astype(int) - picture[..., 0] > 60).mean())
        assert blueness > 0.3 if confidence == 0.6 else blueness < 0.02


def test_a_person_seen_too_briefly_is_not_coloured(tmp_path, make_reading):
    shown = [1.0 if label == "sad" else 0.0 for label in FER7_COLOURS]
    picture = draw(tmp_path, [make_reading(shown, 100.0 * k, confidence=1.0) for k in range(4)])
    assert share_of(picture, "sad") < 0.01


def test_an_absence_is_empty(tmp_path, make_reading):
    shown = [1.0 if label == "sad" else 0.0 for label in FER7_COLOURS]
    times = [*range(0, 3000, 100), *range(7000, 10_000, 100)]
    picture = draw(tmp_path, [make_reading(shown, float(t), confidence=1.0) for t in times])
    sad = np.abs(picture.astype(int) - rgb(FER7_COLOURS["sad"])).max(axis=2) <= 3
    columns = np.flatnonzero(sad.sum(axis=0) > 30)
    middle = (columns[0] + columns[-1]) // 2
    assert not sad[:, middle - 100 : middle + 100].any()
    assert (picture[:, middle - 3 : middle + 3] > 235).all(axis=2).mean() > 0.8


@pytest.mark.parametrize("seconds", [1, 36_000])
def test_short_and_long_sources(tmp_path, make_reading, seconds):
    picture = draw(tmp_path, [make_reading("happy", 1000.0 * seconds * k / 50) for k in range(50)])
    assert picture.shape[1] == 1210 and picture.shape[0] > 400


def test_a_photo_gets_bars(tmp_path, make_reading):
    picture = draw(tmp_path, [make_reading("happy")], source="face.jpg")
    assert 0.02 < share_of(picture, "happy") < 0.3


def test_nobody_is_told(tmp_path):
    picture = draw(tmp_path, [])
    assert (picture < 128).any()


def test_at_most_six_people_are_drawn(tmp_path, make_reading):
    def height(people):
        (tmp_path / "timeline.png").unlink(missing_ok=True)
        readings = [make_reading("happy", 100.0 * k, person) for person in range(people) for k in range(10)]
        return draw(tmp_path, readings).shape[0]

    assert height(6) == height(9) > height(5)


@pytest.mark.parametrize("source", ["$x_{$.mp4", "写真\n\x1b.mp4", "a" * 400, "\udc80.mp4", ""])
def test_any_name_can_be_drawn(tmp_path, make_reading, source):
    draw(tmp_path, [make_reading("happy", 100.0 * k) for k in range(10)], source=source)


def test_a_place_that_can_not_be_written_is_told(tmp_path, make_reading):
    with pytest.raises(OutputError, match="absent"):
        draw_timeline(ProfileBuilder().build("x"), {}, tmp_path / "absent" / "timeline.png")


def test_importing_does_not_load_matplotlib_and_drawing_does_not_load_pyplot(tmp_path):
    script = """
import sys
import emopoi.report, emopoi.profile
assert not any(name.split(".")[0] in ("matplotlib", "cv2", "tensorflow") for name in sys.modules)
from emopoi.types import EmotionProfile
emopoi.report.draw_timeline(EmotionProfile(source="x"), {}, sys.argv[1])
assert "matplotlib" in sys.modules and "matplotlib.pyplot" not in sys.modules
"""
    path = tmp_path / "timeline.png"
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert path.read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_the_package_is_named(tmp_path, monkeypatch):
    from emopoi.errors import MissingPartError
    from emopoi.types import EmotionProfile

    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingPartError, match="matplotlib"):
        draw_timeline(EmotionProfile(source="x"), {}, tmp_path / "timeline.png")
