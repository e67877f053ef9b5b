"""What README says holds. That what it tells people to type works: tests/docs_site/test_examples.py."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.S)


def test_the_five_lines_of_python_are_five():
    (code,) = [block for kind, block in BLOCKS if kind == "python"]
    assert len(code.strip().splitlines()) == 5


def test_links_lead_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", TEXT):
        assert (ROOT / target).exists(), target


def test_figures_are_those_of_the_manifests():
    from emopoi.runtime.manifest import find_model

    measured = find_model("emotion").data["measured"]["int8"]["fer2013_public_test"]
    for name, words in (
        ("accuracy", "{:.1f} % ({:.1f} % without copies"),
        ("ferplus_accuracy", "{:.1f} %"),
    ):
        values = [100 * measured[name]] + ([100 * measured["accuracy_no_dup"]] if name == "accuracy" else [])
        assert words.format(*values) in TEXT
    measured = find_model("age_gender").data["measured"]["int8"]["age_gender_valid"]
    assert f"MAE {measured['age_mae']:.2f} years, {100 * measured['age_within_5']:.0f} % within" in TEXT
    assert f"gender {100 * measured['gender_accuracy']:.1f} %" in TEXT
