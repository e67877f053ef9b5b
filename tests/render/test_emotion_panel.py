import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.profile.timeline import PersonTimeline
from emopoi.render.emotion_panel import EmotionPanel
from emopoi.report.palette import FER7_COLOURS, rgb
from emopoi.types import FER7


def timeline(labels, bin_s=0.5, start_s=0.0, confidence=1.0):
    """One label for each bin, None where the person was away."""
    away = np.array([label is None for label in labels], bool)
    fer7 = np.full((len(labels), 7), np.nan)
    for number, label in enumerate(labels):
        if label is not None:
            fer7[number] = [float(name == label) for name in FER7]
    return PersonTimeline(
        person=1,
        start_s=start_s,
        bin_s=bin_s,
        observed_s=np.where(away, 0.0, bin_s),
        fer7=fer7,
        confidence=np.where(away, np.nan, confidence),
        abstained=~away & (confidence < 0.35),
        readings=len(labels),
    )


def share_of(picture, label):
    return (np.abs(picture.astype(int) - rgb(FER7_COLOURS[label])).max(axis=2) < 6).mean()


@pytest.mark.parametrize("size", [(360, 360), (640, 360), (202, 240), (1440, 240), (120, 80)])
@pytest.mark.parametrize("label", ["happy", "sad"])
def test_the_area_has_the_colour_of_the_expression(size, label):
    panel = EmotionPanel(timeline([label] * 8), 4.0, *size).draw(1.0)
    assert panel.shape == (size[1], size[0], 3) and panel.dtype == np.uint8
    assert share_of(panel, label) > 0.25
    assert share_of(panel, "angry") < 0.05


def test_time_runs_from_left_to_right():
    picture = EmotionPanel(timeline(["happy"] * 4 + ["angry"] * 4), 4.0, 400, 200).draw(4.0)
    left, right = picture[60:120, 30:150], picture[60:120, 250:370]
    assert share_of(left, "happy") > 0.95 and share_of(right, "angry") > 0.95


def test_the_cursor_moves_with_time():
    panel = EmotionPanel(timeline(["sad"] * 8), 4.0, 400, 200)
    columns = []
    for time_s in (0.0, 1.0, 2.0, 3.9, 99.0):
        bright = (panel.draw(time_s)[60:120] > 200).all(axis=2).all(axis=0)
        assert bright.any()
        columns.append(np.flatnonzero(bright).mean())
    assert columns[:4] == sorted(columns[:4]) and np.ptp(np.diff(columns[:3])) < 2
    assert columns[-1] >= columns[-2]


def test_absence_stays_empty_and_is_told():
    panel = EmotionPanel(timeline(["happy", None, None, "happy"], bin_s=1.0), 4.0, 400, 200)
    picture = panel.draw(0.0)
    assert share_of(picture[60:120, 120:280], "happy") == 0
    assert share_of(picture[60:120, 20:90], "happy") > 0.9
    words = [panel.draw(time_s)[:24, :200] for time_s in (0.5, 1.5, 2.5)]
    assert (words[0] != words[1]).any() and (words[1] == words[2]).all()


def test_less_sure_is_paler():
    sure, unsure = (
        EmotionPanel(timeline(["happy"] * 4, confidence=confidence), 2.0, 400, 200).draw(0)[90, 200].sum()
        for confidence in (1.0, 0.2)
    )
    assert unsure < 0.8 * sure


def test_nobody_at_all_can_be_drawn():
    assert EmotionPanel(timeline([]), 4.0, 400, 200).draw(1.0).shape == (200, 400, 3)


@pytest.mark.parametrize("arguments", [(4.0, 100, 200), (4.0, 200, 40), (0.0, 200, 200)])
def test_what_can_not_be_drawn_is_refused(arguments):
    with pytest.raises(InputError, match="expected"):
        EmotionPanel(timeline(["sad"]), *arguments)
