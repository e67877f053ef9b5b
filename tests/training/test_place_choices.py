import math

import numpy as np
import pytest

from emopoi.errors import InputError
from recommender.check_ins import PoiTable, Visits
from recommender.distance import haversine_m
from recommender.ranking.contexts import hour_bin
from recommender.ranking.place_terms import PLACE_TERMS
from recommender.taxonomy import CODES
from tests.recommender.ranking.made_region import DAY_S, region, visits_of, walks
from training.check_in_choices import NOT_OFFERED, OwnHistories, split_in_time
from training.place_choices import DRAWN, OWN_PLACES, place_choices, popularity, type_codes, type_tables

PLACES = 420


def told(pois: PoiTable) -> PoiTable:
    names = ["Dining and Drinking > Cafe, Coffee, and Tea House > Café", "Park", "Beyond all categories"]
    return PoiTable(pois.ids, pois.lat, pois.lon, pois.category, names, pois.top, pois.tops)


@pytest.fixture(scope="module")
def pois() -> PoiTable:
    return told(region(PLACES, unknown=(7, 8)))


@pytest.fixture(scope="module")
def halves() -> tuple[Visits, Visits]:
    # Every place is visited once at least, so that there are enough to draw from.
    once = [(1000 + place % 50, place, place * 600) for place in range(PLACES)]
    walked = walks(30, PLACES, 16)
    rows = zip(walked.user, walked.poi, walked.time_s - walked.time_s.min() + 2 * DAY_S, strict=True)
    return split_in_time(visits_of([*once, *((int(u), int(p), int(t)) for u, p, t in rows)]), 0.8)


def test_types_of_places(pois: PoiTable) -> None:
    codes = type_codes(pois)
    assert codes[:3].tolist() == [CODES["cafe"], CODES["park"], CODES["services"]]
    assert codes.shape == (PLACES,) and codes.dtype == np.int16


def test_popularity_is_the_log_of_the_check_ins() -> None:
    found = popularity(visits_of([(1, 0, 0), (2, 0, 5), (3, 0, 9), (1, 2, 20)]), 4)
    np.testing.assert_allclose(found, [1.0, 0.0, math.log(2) / math.log(4), 0.0], rtol=1e-6)


def test_tables_of_types_against_a_plain_count(pois: PoiTable) -> None:
    visits, types = walks(15, PLACES, 20, seed=2), type_codes(pois)
    tables = type_tables(visits, types)
    count = len(CODES)
    share = np.array([np.sum(types[visits.poi] == kind) + 0.5 for kind in range(count)])
    share /= share.sum()
    np.testing.assert_allclose(tables.share, share, rtol=1e-5)
    hours, ways = np.zeros((14, count)), np.zeros((count, count))
    last: dict[int, tuple[int, int]] = {}
    for row in range(len(visits)):
        kind, user, time_s = types[visits.poi[row]], int(visits.user[row]), int(visits.time_s[row])
        hours[int(hour_bin(visits.weekday[row], visits.hour[row])), kind] += 1
        if user in last and time_s - last[user][1] < 3 * 3600:
            ways[last[user][0], kind] += 1
        last[user] = (kind, time_s)
    for table, counts in ((tables.hour, hours), (tables.transition, ways)):
        expected = np.log((counts + 20 * share) / (counts.sum(axis=1, keepdims=True) + 20) / share)
        np.testing.assert_allclose(table, expected, atol=1e-4)


def test_questions(pois: PoiTable, halves: tuple[Visits, Visits]) -> None:
    counted, asked = halves
    every, new = place_choices(counted, asked, pois, keep=1.0)
    assert every.terms.shape[1:] == (1 + OWN_PLACES + DRAWN, len(PLACE_TERMS))
    known, histories = popularity(counted, PLACES), OwnHistories(counted, asked)
    question = fresh = 0
    visits_term = PLACE_TERMS.index("visits")
    for index in range(len(asked)):
        history, target = histories.before(index), int(asked.poi[index])
        soon = len(history) > 0 and asked.time_s[index] - history.time_s[-1] < 2 * 3600
        here = int(history.poi[-1]) if soon and history.poi[-1] not in (7, 8) else None
        if known[target] == 0 or target in (7, 8) or here == target:
            continue
        terms = dict(zip(PLACE_TERMS, every.terms[question, 0].astype(float), strict=True))
        assert terms["popularity"] == pytest.approx(known[target], abs=1e-3)
        far = 0.0
        if here is not None:
            far = float(
                haversine_m((pois.lat[here], pois.lon[here]), [pois.lat[target]], [pois.lon[target]])[0]
            )
        assert terms["distance"] == pytest.approx(math.log1p(far / 300), abs=0.01)
        assert terms["visits"] == pytest.approx(math.log1p(np.sum(history.poi == target)), abs=0.01)
        assert every.offset[question, 0] == 0.0 and every.history[question] == 0
        assert every.gap[question] == (3 if len(history) == 0 else every.gap[question])
        if target not in history.poi:
            visited = new.terms[fresh, :, visits_term] > 0
            assert (new.offset[fresh][visited] == NOT_OFFERED).all()
            fresh += 1
        question += 1
    assert question == len(every) and fresh == len(new) > 10


def test_too_few_places_are_said() -> None:
    pois = told(region(40))
    with pytest.raises(InputError, match="300 places"):
        place_choices(*split_in_time(walks(5, 40, 10), 0.7), pois)
