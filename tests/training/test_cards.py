"""Cards say what manifests say, and nothing else."""

import copy

import pytest

from emopoi.runtime.manifest import Manifest, models_folder
from training.audit.section import card_with_audit, read_audit
from training.cards import card_text
from training.voice.cards import emotion_card, face_card

GROUP = {
    "n": 54, "age_mae": 1.26, "age_bias": -0.51, "age_within_5": 0.987, "age_coverage90": 0.912,
    "gender_accuracy": 0.481,
}  # fmt: skip
PERSON = {
    "n": 1794, "missed": 0, "age_mae": 5.3, "age_mae_of_mean": 5.4, "age_bias": 0.4, "age_within_5": 0.63,
    "age_coverage90": 0.899, "gender_accuracy": 0.922, "children_n": 262, "children_read_as_adults": 0.034,
    "by_age": {"0-2": GROUP}, "by_group": {"female 0-2": GROUP},
}  # fmt: skip
EXPRESSION = {
    "n": 3589, "accuracy": 0.66, "accuracy_no_dup": 0.65, "macro_f1": 0.6, "ece": 0.02,
    "ferplus_accuracy": 0.83,
    "confusion": {"labels": list("abcdefg"), "rows_true": [[1] * 7] * 7},
    "abstention": [{"coverage": 0.7, "threshold": 0.5156, "n": 2513, "accuracy": 0.7744}],
}  # fmt: skip


def manifest_of(name, **facts):
    """A shipped manifest with facts put in."""
    stored = Manifest.read(models_folder() / name)
    data = copy.deepcopy(dict(stored.data)) | facts
    return Manifest(
        **{field: getattr(stored, field) for field in Manifest.__dataclass_fields__ if field != "data"},
        data=data,
    )


@pytest.mark.parametrize("name", sorted(path.parent.name for path in models_folder().glob("*/manifest.json")))
def test_every_shipped_card_is_that_of_its_manifest(name):
    manifest = Manifest.read(models_folder() / name)
    card = (manifest.folder / "card.md").read_text(encoding="utf-8")
    assert card.startswith(f"# {name}\n") and "## Not for" in card
    write = {"voice_emotion": emotion_card, "voice_face": face_card}.get(name, card_text)
    # What is told by group lies beside the card and fits the file (`python -m training.audit --write`).
    assert read_audit(manifest) is not None
    assert card == card_with_audit(write(manifest), manifest)


def test_age_tables_by_band_and_gender():
    text = card_text(
        manifest_of(
            "age_gender",
            measured={"int8": {"age_gender_valid": PERSON}},
            keras={"age_gender_valid": PERSON | {"age_mae": 5.25}},
            age_coverage90_of_other_half=[0.867, 0.925],
            robustness={
                "scale": 0.15, "position": 0.1, "age_mae": 5.43, "age_mae_rise": 0.105,
                "gender_accuracy": 0.916, "gender_accuracy_drop": 0.0056,
            },
            runtimes=["ai_edge_litert", "tensorflow"],
        )
    )  # fmt: skip
    assert "| group | n | age MAE | bias | within 5 | in the 90 % range | gender accuracy |" in text
    assert "| female 0-2 | 54 | 1.3 | -0.5 | 0.987 | 0.912 | 0.481 |" in text
    assert "| 0-2 | 54 | 1.3 |" in text
    assert "| keras | 5.2500 |" in text
    assert "Of 262 children under 13, 3.4% are read as 18 or older." in text
    assert "holds 89.9% of the labelled ages" in text and "86.7% and 92.5%, 89.6% together" in text
    assert "age MAE 5.43 (+0.10 years)" in text or "age MAE 5.43 (+0.11 years)" in text
    assert "`--shake 0.15,0.1`" in text
    assert "on ai_edge_litert, tensorflow" in text


def test_abstention_table():
    text = card_text(
        manifest_of(
            "emotion",
            measured={"int8": {"fer2013_public_test": EXPRESSION}},
            robustness={"scale": 0.15, "position": 0.1, "accuracy": 0.6512, "accuracy_drop": 0.013},
        )
    )
    assert "| 70% | 0.516 | 0.7744 |" in text
    assert "accuracy 0.6512 (1.3 points lower)" in text


def test_a_manifest_without_the_newer_figures_still_has_a_card():
    older = {key: value for key, value in PERSON.items() if key in ("n", "age_mae", "gender_accuracy")}
    older["by_group"] = {"female 0-2": {"n": 54, "age_mae": 1.26, "gender_accuracy": 0.481}}
    newer = dict.fromkeys(("keras", "age_coverage90_of_other_half", "runtimes"), None) | {"robustness": {}}
    text = card_text(manifest_of("age_gender", measured={"int8": {"age_gender_valid": older}}, **newer))
    assert "| group | n | age MAE | gender accuracy |" in text and "children" not in text
