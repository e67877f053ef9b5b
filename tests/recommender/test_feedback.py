import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError, OutputError
from recommender import GROUPS, FeedbackFile, Place

PLACE = Place("node/1", "A", "park", "park", 60.0, 25.0)


def test_opinions_survive_the_file(tmp_path: Path) -> None:
    path = tmp_path / "me.json"
    feedback = FeedbackFile(path)
    assert not path.exists()
    feedback.say("node/1", 1)
    feedback.say("nightlife", -1)
    again = FeedbackFile(path)
    assert again.of_place(PLACE) == 1
    assert (again.of_group("nightlife"), again.of_group("park")) == (-1, 0)
    again.say("node/1", 0)
    assert FeedbackFile(path).of_place(PLACE) == 0
    assert [child.name for child in tmp_path.iterdir()] == ["me.json"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([*GROUPS, "a", "b/ü", ""]), st.sampled_from([-1, 0, 1])), max_size=8)
)
def test_the_last_word_counts(tmp_path: Path, said: list[tuple[str, int]]) -> None:
    path = tmp_path / "words.json"
    path.unlink(missing_ok=True)
    feedback = FeedbackFile(path)
    for word, opinion in said:
        feedback.say(word, opinion)
    again = FeedbackFile(path)
    for word, opinion in dict(said).items():
        place = Place(word, word, "park", "park", 0.0, 0.0)
        assert (again.of_group(word) if word in GROUPS else again.of_place(place)) == opinion


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"schema": 2}', '{"schema": 1, "places": []}', '{"schema": 1, "groups": {"park": 5}}'],
)
def test_bad_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "me.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"me\.json"):
        FeedbackFile(path)


def test_bad_opinion(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        FeedbackFile(tmp_path / "me.json").say("park", 2)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "me.json"
    feedback = FeedbackFile(path)
    feedback.say("park", 1)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OutputError, match="No space"):
        feedback.say("park", -1)
    assert json.loads(path.read_text())["groups"] == {"park": 1}
    assert feedback.of_group("park") == 1
    assert [child.name for child in tmp_path.iterdir()] == ["me.json"]


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        FeedbackFile(tmp_path / "none" / "me.json").say("park", 1)
