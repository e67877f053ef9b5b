from emopoi.report.profile_text import profile_as_text
from emopoi.types import FER7, EmotionProfile


def test_one_block_a_person(make_person):
    people = (
        make_person("happy"),
        make_person("sad", id=4, abstained=True, age=None, female=None, valence=-0.5),
    )
    text = profile_as_text(EmotionProfile(source="clip.mp4", people=people))
    heading, first, second = text.split("\n\n")
    assert heading == "clip.mp4: 2 people"
    assert first.startswith("Person 1 (7.2 s, confidence 0.83)\n  Expression shown: mostly happy")
    assert "24 to 45 years" in first and "about 34" in first and "71 %" in first and "+0.42" in first
    assert "weak evidence" not in first
    assert second.startswith("Person 4") and "Too little" in second and "weak evidence" in second
    assert "age" not in second and "female" not in second and "-0.50" in second
    assert text.endswith("\n") and max(map(len, text.splitlines())) < 90


def test_bars_are_as_long_as_their_shares(make_person):
    person = make_person([0.5, 0.25, 0.25, 0, 0, 0, 0])
    lines = profile_as_text(EmotionProfile(source="clip.mp4", people=(person,))).splitlines()
    cells = {label: next(line for line in lines if f" {label} " in line).count("█") for label in FER7}
    assert (cells["angry"], cells["disgust"], cells["fear"], cells["happy"]) == (12, 6, 6, 0)


def test_nobody():
    assert profile_as_text(EmotionProfile(source="clip.mp4")) == (
        "clip.mp4: nobody was seen long enough for a profile\n"
    )


def test_a_photo_has_no_duration_and_no_variability(make_person):
    text = profile_as_text(EmotionProfile(source="face.jpg", people=(make_person(),)))
    assert "one picture" in text and "variability" not in text


def test_a_name_can_not_steer_the_terminal(make_person):
    text = profile_as_text(EmotionProfile(source="\x1b[2Jclip\r\n.mp4", people=()))
    assert "\x1b" not in text and "\r" not in text and text.count("\n") == 1


def test_shares_may_be_missing_from_another_programs_profile(make_person):
    person = make_person(fer7={"happy": 1.0}, emopoi8={"Happy": 1.0})
    assert "happy nearly throughout" in profile_as_text(EmotionProfile(source="", people=(person,)))
