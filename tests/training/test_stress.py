"""The stress suite: worse pictures, worse answers, told in tables and curves."""

import json

import cv2
import pytest

from training.command_line import run_command
from training.stress import READERS, draw, main, table
from training.worse_pictures import CHANGES, LEVELS


def lines_of(name="emotion", measure="accuracy"):
    return [
        {
            "name": name, "change": change, "amount": amount, "measure": measure, "n": 30,
            "value": 0.8 - 0.5 * amount, "low": 0.7 - 0.5 * amount, "high": 0.85 - 0.5 * amount,
        }
        for change in CHANGES
        for amount in LEVELS
    ]  # fmt: skip


def test_a_table_has_a_row_for_each_network_and_change():
    lines = lines_of() + lines_of("age_gender", "age error, years")
    text = "\n".join(table(lines))
    assert text.count("| emotion | accuracy | 30 | 0.80 ± 0.10 |") == len(CHANGES)
    assert text.count("| age_gender | age error, years |") == len(CHANGES)
    assert "**dark** (light):" in text and "quality 10" in text


def test_curves_are_drawn(tmp_path):
    draw(lines_of() + lines_of("age_gender", "age error, years"), tmp_path / "curves.png")
    picture = cv2.imread(str(tmp_path / "curves.png"))
    assert picture.shape[1] > 1000 and picture.std() > 10


def test_real_faces_are_told_less_of_when_it_is_dark(data_dir, tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- stress -->\n<!-- end of stress -->\nb\n")
    words = ["--data", str(data_dir), "--faces", "24", "--write", str(page), "age_gender"]
    assert run_command(main, words) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == len(CHANGES) * len(LEVELS) * 2 and all(line["n"] == 24 for line in lines)
    error = {
        line["amount"]: line["value"]
        for line in lines
        if line["change"] == "dark" and line["measure"] == "age error, years"
    }
    assert error[0.0] < 10 < error[1.0]
    assert page.read_text().startswith("a\n<!-- stress -->\n**dark**") and page.read_text().endswith("b\n")


@pytest.mark.parametrize(
    ("words", "message"), [(["nothing"], "of emotion, "), (["--faces", "0"], "a whole number from 1")]
)
def test_mistakes_are_one_line(data_dir, words, message, capsys):
    assert run_command(main, ["--data", str(data_dir), *words]) == 2
    assert message in capsys.readouterr().err and "multi_head" in READERS
