import itertools

from emopoi.report.palette import EMOPOI8_COLOURS, FER7_COLOURS, STACKING, rgb
from emopoi.types import EMOPOI8, FER7


def test_every_label_has_a_colour_of_its_own():
    assert tuple(FER7_COLOURS) == FER7 and tuple(EMOPOI8_COLOURS) == EMOPOI8
    for colours in (FER7_COLOURS, EMOPOI8_COLOURS):
        for first, second in itertools.combinations(map(rgb, colours.values()), 2):
            assert sum(abs(a - b) for a, b in zip(first, second, strict=True)) > 60


def test_the_stack_holds_each_expression_once():
    assert sorted(STACKING) == sorted(FER7)


def test_colours_as_numbers():
    assert rgb("#FF8000") == (255, 128, 0)
