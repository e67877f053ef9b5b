"""The marked section of a card: of this very file, or not there."""

import json
import shutil

import pytest

from emopoi.errors import InputError
from emopoi.runtime.manifest import Manifest, models_folder
from training.audit.__main__ import main
from training.audit.section import BEGIN, END, FILE, card_with_audit, read_audit, write_audit
from training.command_line import run_command


@pytest.fixture
def manifest(tmp_path):
    """A shipped model with its card and figures, to be written to."""
    folder = tmp_path / "states"
    shutil.copytree(models_folder() / "states", folder)
    return Manifest.read(folder)


def test_every_shipped_file_has_figures_or_says_why_not():
    folders = [path.parent for path in models_folder().glob("*/manifest.json")]
    for folder in folders:
        told = read_audit(Manifest.read(folder))
        assert told is not None and (told["sets"] or told["lacking"]), folder.name
        for one in told["sets"]:
            attributes = {group["attribute"] for group in one["groups"]}
            if one["what"] == "pictures":
                assert attributes >= {"age", "gender", "brightness", "head turned", "size", "sharpness"}
            assert all(
                figures["low"] <= figures["value"] <= figures["high"]
                for group in one["groups"]
                for name in one["measures"]
                if "value" in (figures := group[name])
            )
    assert len(folders) >= 15


def test_the_section_is_put_in_once_and_stays_where_it_is(manifest):
    card = (manifest.folder / "card.md").read_text(encoding="utf-8")
    assert card.count(BEGIN) == card.count(END) == 1 and "| age, estimated | 20-29 |" in card
    assert card_with_audit(card, manifest) == card
    assert card_with_audit(card.partition(BEGIN)[0], manifest) == card
    write_audit(manifest, read_audit(manifest))
    assert (manifest.folder / "card.md").read_text(encoding="utf-8") == card


def test_figures_of_another_file_are_not_told(manifest):
    told = json.loads((manifest.folder / FILE).read_text())
    (manifest.folder / FILE).write_text(json.dumps(told | {"sha256": "0" * 64}))
    assert read_audit(manifest) is None
    card = card_with_audit((manifest.folder / "card.md").read_text(encoding="utf-8"), manifest)
    assert BEGIN not in card and "## By group" not in card and card.startswith("# states\n")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"variant": "int8"}', '{"variant": "x", "sha256": ""}'])
def test_damaged_figures_are_refused(manifest, text):
    (manifest.folder / FILE).write_text(text)
    with pytest.raises(InputError, match=r"audit.json: figures of `python -m training.audit` were expected"):
        read_audit(manifest)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "nowhere"], "no such folder"),
        (["--data", ".", "nothing"], "no model 'nothing'"),
        (["--data", ".", "--rows", "9", "--write"], "figures of some rows"),
        (["--data", "."], "no such file"),
    ],
)
def test_mistakes_are_one_line(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_command(main, words) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_real_rows_of_a_small_file(data_dir, tmp_path, capsys, monkeypatch):
    """Through the reader, with points that are found now; nothing is written."""
    from training.audit import face_sets
    from training.face3d.stored_faces import solve_all

    points = face_sets.stored_meshes

    def first(data, cache, file, rows=None):
        return points(data, cache, file, 40)

    monkeypatch.setattr(face_sets, "stored_meshes", first)
    monkeypatch.setattr(
        face_sets, "stored_solutions",
        lambda head, data, cache, file: solve_all(head, first(data, cache, file)[0]),
    )  # fmt: skip
    monkeypatch.setattr(face_sets.FaceSet, "chosen", lambda self, count: face_sets.np.arange(min(count, 40)))
    words = ["--data", str(data_dir), "--meshes", str(tmp_path), "--rows", "40", "--json", "age_gender"]
    assert run_command(main, words) == 0
    told = json.loads(capsys.readouterr().out)
    (figures,) = told["sets"]
    everybody = figures["groups"][0]
    assert everybody["n"] == 40 and everybody["age error"]["value"] < 12
    assert everybody["gender accuracy"]["value"] > 0.7
    by_gender = [group["n"] for group in figures["groups"] if group["attribute"] == "gender"]
    assert sum(by_gender) == 40 and len(by_gender) == 2
