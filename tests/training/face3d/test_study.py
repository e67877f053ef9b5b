"""The study's tables are those of the shipped manifests."""

from pathlib import Path

import pytest

from emopoi.errors import InputError
from training.face3d.study import filled, tables

PAGE = Path(__file__).parents[3] / "docs" / "face3d-study.md"


def test_the_page_tells_the_figures_of_what_ships():
    text = PAGE.read_text(encoding="utf-8")
    assert filled(text) == text
    assert all(any(line.startswith("|") for line in lines) for lines in tables().values())


def test_a_page_without_marks_is_refused():
    with pytest.raises(InputError, match="marks"):
        filled("nothing here")
