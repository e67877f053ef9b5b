from hypothesis import given
from hypothesis import strategies as st

from emopoi.vision.shown_name import shown_name


def test_escapes_are_written_out_and_letters_stay():
    assert shown_name("a\x1b[2J\nb.png") == "a\\x1b[2J\\nb.png"
    assert shown_name("Übung 表情.png") == "Übung 表情.png"
    assert shown_name("broken\udcff") == "broken\\udcff"


@given(st.text())
def test_what_comes_out_is_always_printable(name):
    assert shown_name(name).isprintable()
