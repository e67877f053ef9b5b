import math

import pytest

from emopoi.errors import InputError
from recommender.ranking.request import Request
from tests.recommender.ranking.made_tables import WHEN


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "cheer"}, "lift, match, off"),
        ({"top": 0}, "from 1 on"),
        ({"top": 2.5}, "from 1 on"),
        ({"top": True}, "from 1 on"),
        ({"within_m": 0.0}, "above 0"),
        ({"within_m": math.nan}, "above 0"),
        ({"within_m": math.inf}, "above 0"),
        ({"max_price": 0}, "1 to 4"),
        ({"max_price": 5}, "1 to 4"),
        ({"max_price": True}, "1 to 4"),
        ({"kinds": ("park", "dungeon")}, "'dungeon'"),
        ({"use": frozenset({"age", "height"})}, "'height'"),
    ],
)
def test_what_is_wrong_is_said(options: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Request((0.0, 0.0), WHEN, **options)


def test_age_and_gender_are_off_by_default() -> None:
    request = Request((0.0, 0.0), WHEN)
    assert request.use == frozenset() and request.mode == "lift" and not request.open_only
    assert Request((0.0, 0.0), WHEN, kinds=("cafe", "landscape")).kinds == ("cafe", "landscape")
