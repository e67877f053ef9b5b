"""`recognize --model DIR`, on a model whose answers are known: the shipped FER-7 under other names."""

import hashlib
import json

import pytest

from emopoi.commands.main import main
from emopoi.runtime.manifest import find_model
from emopoi.types import EMOPOI8, FER7, EmotionProfile

NAMES = ("Cross", "Yuck", "Scared", "Glad", "Blue", "Startled", "Calm")


@pytest.fixture
def own_model(tmp_path):
    """A folder as retraining leaves it: the shipped network, its labels renamed."""

    def make(meanings, name="mine"):
        shipped = find_model("emotion")
        folder = tmp_path / name
        folder.mkdir()
        content = shipped.content("int8")
        (folder / "graph.tflite").write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        data = {
            **shipped.data,
            "name": name,
            "task": "retrained",
            "default": "int8",
            "files": {"int8": {"path": "graph.tflite", "sha256": sha256, "bytes": len(content)}},
            "outputs": {"own_labels": {**shipped.data["outputs"]["fer7"], "labels": list(NAMES)}},
            "label_map": dict(zip(NAMES, meanings, strict=True)),
        }
        (folder / "manifest.json").write_text(json.dumps(data))
        return folder

    return make


def recognized(capsys, *words):
    assert main(["recognize", *map(str, words), "--json", "--consent", "--fps", "6"]) == 0
    return EmotionProfile.from_json(capsys.readouterr().out)


def refused(capsys, *words):
    assert main(["recognize", *map(str, words)]) == 2
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("emopoi: error:") and not captured.out
    return lines[0]


def test_expressions_take_the_place_of_fer7(own_model, portrait_clip, capsys):
    plain = recognized(capsys, portrait_clip, "--temporal", "none", "--variant", "int8").people[0]
    profile = recognized(capsys, portrait_clip, "--model", own_model(FER7))
    person = profile.people[0]
    assert person.fer7 == pytest.approx(plain.fer7, abs=2e-4)
    assert list(person.extra["own_labels"]) == list(NAMES)
    assert person.extra["own_labels"]["Glad"] == pytest.approx(plain.fer7["happy"], abs=2e-4)


def test_states_come_straight_from_the_model(own_model, portrait_clip, tmp_path, capsys):
    meanings = ("Frustrated", "Frustrated", "Worried", "Bored", "Sad", "Excited", "Neutral")
    folder, out = own_model(meanings), tmp_path / "out"
    profile = recognized(capsys, portrait_clip, "--model", folder, "--out", out, "--no-video")
    person = profile.people[0]
    own = person.extra["own_labels"]
    assert own["Glad"] > 0.5
    assert person.emopoi8["Bored"] == pytest.approx(own["Glad"], abs=2e-4)
    assert person.emopoi8["Frustrated"] == pytest.approx(own["Cross"] + own["Yuck"], abs=2e-4)
    assert person.emopoi8["Happy"] == 0 and person.fer7["happy"] > 0.5 and not person.abstained
    told = json.loads((out / "run.json").read_text())
    assert told["models"]["own model"].startswith("mine int8")
    assert told["settings"]["own_model"] == "mine" and str(tmp_path) not in json.dumps(told)
    assert EmotionProfile.from_json((out / "profile.json").read_text()).to_dict() == profile.to_dict()
    assert set(person.emopoi8) == set(EMOPOI8)


def test_labels_without_a_meaning_are_told(own_model, portrait_clip, capsys):
    folder = own_model((None, *FER7[1:]))
    assert main(["recognize", str(portrait_clip), "--model", str(folder), "--consent", "--fps", "6"]) == 0
    captured = capsys.readouterr()
    assert "note: Cross: no meaning" in captured.err
    assert "By your model mine:" in captured.out and "person 1: Glad" in captured.out
    assert "places are ranked without it" in captured.out + captured.err


def test_a_folder_without_a_model(portrait_clip, tmp_path, capsys):
    assert "does not exist" in refused(capsys, portrait_clip, "--model", tmp_path / "none")
    assert "manifest.json" in refused(capsys, portrait_clip, "--model", tmp_path)


def test_a_changed_file_is_refused(own_model, portrait_clip, capsys):
    folder = own_model(FER7)
    content = bytearray((folder / "graph.tflite").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "graph.tflite").write_bytes(bytes(content))
    assert "damaged or was changed" in refused(capsys, portrait_clip, "--model", folder)


def test_another_kind_of_model_is_refused(portrait_clip, capsys):
    folder = find_model("emotion").folder
    assert "retrained was expected, got one for emotion" in refused(capsys, portrait_clip, "--model", folder)


def test_a_manifest_that_does_not_hold_together_is_refused(own_model, portrait_clip, capsys):
    folder = own_model(FER7)
    data = json.loads((folder / "manifest.json").read_text())
    for broken in ({"label_map": {"Cross": "angry"}}, {"label_map": None}, {"label_map": {"Glad": "jolly"}}):
        (folder / "manifest.json").write_text(json.dumps(data | broken))
        assert "manifest.json" in refused(capsys, portrait_clip, "--model", folder)
