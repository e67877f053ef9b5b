from types import SimpleNamespace

import numpy as np
import pytest

from emopoi.pipeline import profile_settings
from emopoi.profile import ProfileBuilder
from emopoi.types import EmotionReading
from tests.pipeline.made_faces import BOX


@pytest.mark.parametrize(("fps", "sample_fps"), [(25, None), (25, 1.0), (25, 0.2), (0.5, None), (None, None)])
def test_time_observed_does_not_depend_on_how_often_it_is_looked(fps, sample_fps):
    media = SimpleNamespace(kind="video", fps=fps)
    builder = ProfileBuilder(profile_settings(media, sample_fps))
    step_ms = 1000 / min(rate for rate in (fps, sample_fps, 25) if rate)
    shown = np.eye(7, dtype=np.float32)[3]
    for number in range(int(20_000 / step_ms)):
        votes = np.eye(8, dtype=np.float32)[1]
        builder.add(EmotionReading(1, number * step_ms, BOX, shown, votes, 0.9))
    assert builder.build("x.mp4").people[0].observed_s == pytest.approx(20, abs=0.05)


def test_photos_are_told_apart_from_videos():
    assert profile_settings(SimpleNamespace(kind="folder", fps=None)).stills is True
    assert profile_settings(SimpleNamespace(kind="camera", fps=None)).stills is False
