import math
from collections import Counter

import numpy as np
import pytest

from recommender.check_ins import PoiTable, Visits
from recommender.distance import haversine_m
from recommender.ranking.check_in_statistics import LIST_TERMS, NEXT_TERMS, CheckInStatistics
from recommender.ranking.contexts import hour_bin
from tests.recommender.ranking.made_region import DAY_S, START_S, region, visits_of, walks

PLACES = 20
NOW_S = START_S + 90 * DAY_S
NOTHING = visits_of([])


@pytest.fixture(scope="module")
def pois() -> PoiTable:
    return region(PLACES, unknown=(4,))


@pytest.fixture(scope="module")
def visits() -> Visits:
    return walks(12, PLACES, 25)


@pytest.fixture(scope="module")
def statistics(visits: Visits, pois: PoiTable) -> CheckInStatistics:
    return CheckInStatistics.learn(visits, pois)


def history(visits: Visits, user: int) -> Visits:
    return visits.take(np.flatnonzero(visits.user == user))


def next_terms(statistics: CheckInStatistics, own: Visits, now_s: int = NOW_S) -> dict[str, np.ndarray]:
    return dict(zip(NEXT_TERMS, statistics.next_terms(own, 2, 12, now_s), strict=True))


def shares(visits: Visits) -> np.ndarray:
    count = np.array([np.sum(visits.poi == place) for place in range(PLACES)]) + 0.1
    return count / count.sum()


@pytest.mark.parametrize("user", range(4))
def test_ways_from_the_last_place(statistics: CheckInStatistics, visits: Visits, user: int) -> None:
    own = history(visits, user)
    last = int(own.poi[-1])
    onward: Counter[int] = Counter()
    for other in range(12):
        rows = history(visits, other)
        for index in range(len(rows) - 1):
            soon = rows.time_s[index + 1] - rows.time_s[index] < 3 * 3600
            if soon and rows.poi[index] == last:
                onward[int(rows.poi[index + 1])] += 1
    assert onward
    share, total = shares(visits), sum(onward.values())
    expected = [
        math.log((onward[place] + 4 * share[place]) / (total + 4) / share[place]) for place in range(PLACES)
    ]
    np.testing.assert_allclose(next_terms(statistics, own)["transition"], expected, atol=1e-4)


@pytest.mark.parametrize("user", range(4))
def test_what_the_person_did(
    statistics: CheckInStatistics, visits: Visits, pois: PoiTable, user: int
) -> None:
    own = history(visits, user)
    terms = next_terms(statistics, own)
    part = int(hour_bin(2, 12))
    for place in range(PLACES):
        mine = [row for row in range(len(own)) if own.poi[row] == place]
        fading = sum(0.5 ** ((NOW_S - int(own.time_s[row])) / (10 * DAY_S)) for row in mine)
        same_part = sum(int(hour_bin(0, own.hour[row])) == part for row in mine)
        onward = sum(own.poi[row] == own.poi[-1] and own.poi[row + 1] == place for row in range(len(own) - 1))
        assert terms["popularity"][place] == pytest.approx(math.log(np.sum(visits.poi == place) + 0.3))
        assert terms["visits"][place] == pytest.approx(math.log1p(len(mine)), abs=1e-5)
        assert terms["recency"][place] == pytest.approx(math.log1p(3 * fading), abs=1e-5)
        assert terms["hour_habit"][place] == pytest.approx(math.log1p(same_part), abs=1e-5)
        assert terms["own_transition"][place] == pytest.approx(math.log1p(onward), abs=1e-5)
        assert terms["same_place"][place] == (place == own.poi[-1])


@pytest.mark.parametrize("user", range(4))
def test_taste(statistics: CheckInStatistics, visits: Visits, pois: PoiTable, user: int) -> None:
    own = history(visits, user)
    count = np.array([np.sum(pois.category[visits.poi] == kind) for kind in range(3)]) + 0.5
    share = count / count.sum()
    expected = []
    for place in range(PLACES):
        kind = pois.category[place]
        times = np.sum(pois.category[own.poi] == kind)
        expected.append(math.log((times + 6 * share[kind]) / (len(own) + 6) / share[kind]))
    np.testing.assert_allclose(next_terms(statistics, own)["taste"], expected, atol=1e-4)


def test_distances_are_told_to_some_metres(statistics: CheckInStatistics, pois: PoiTable) -> None:
    for last in range(PLACES):
        found = next_terms(statistics, visits_of([(1, last, 0)]))["distance"]
        if last == 4:
            assert not found.any()
            continue
        metres = haversine_m((pois.lat[last], pois.lon[last]), pois.lat, pois.lon)
        known = np.arange(PLACES) != 4
        expected = np.log1p(metres / 300)
        np.testing.assert_allclose(300 * np.expm1(found[known]), metres[known], rtol=1e-3, atol=5)
        assert found[4] == pytest.approx(np.median(expected[known]), abs=1e-2)


def test_where_the_person_is_about(statistics: CheckInStatistics, visits: Visits, pois: PoiTable) -> None:
    own = history(visits, 0)
    places = [place for place in np.unique(own.poi) if place != 4]
    weight = np.array([math.log1p(np.sum(own.poi == place)) for place in places])
    weight /= weight.sum()
    found = next_terms(statistics, own)["area"]
    for place in set(range(PLACES)) - {4}:
        km = haversine_m((pois.lat[place], pois.lon[place]), pois.lat[places], pois.lon[places]) / 1000
        density = (np.exp(-km) @ weight + np.exp(-km / 5) @ weight) / 2
        assert found[place] == pytest.approx(math.log(density + 0.003), abs=0.02)


def test_similar_places_share_visitors(statistics: CheckInStatistics, visits: Visits) -> None:
    people = {user: set(history(visits, user).poi.tolist()) for user in range(12)}

    def together(one: int, other: int) -> float:
        return sum(1 / len(own) for own in people.values() if one in own and other in own)

    def cosine(one: int, other: int) -> float:
        length = [math.sqrt(max(together(place, place), 1e-6)) + 0.7 for place in (one, other)]
        return 0.0 if one == other else together(one, other) / (length[0] * length[1])

    own = history(visits, 3)
    known = set(own.poi.tolist())
    found = next_terms(statistics, own)["similar_places"]
    for place in range(PLACES):
        total = sum(cosine(other, place) for other in known)
        assert found[place] == pytest.approx(math.log1p(20 * total / math.sqrt(len(known))), abs=1e-4)


def test_hours_of_a_place_are_drawn_to_those_of_its_kind(pois: PoiTable) -> None:
    # Place 0 is visited at noon, place 1 at night; 3 is of the kind of 0 and hardly known.
    rows = [(user, 0, user * DAY_S + 11 * 3600) for user in range(40)]
    rows += [(user, 1, user * DAY_S + 22 * 3600) for user in range(40)]
    rows += [(99, 3, 50 * DAY_S)]
    made = visits_of(rows)
    statistics = CheckInStatistics.learn(made, pois)
    noon = made.hour[np.flatnonzero(made.poi == 0)[0]]
    part = int(hour_bin(2, noon))
    assert statistics.place_hour[part, 0] > 0.3 > 0.0 > statistics.place_hour[part, 1]
    assert statistics.place_hour[part, 3] > 0.1


def test_somebody_new_gets_what_is_known_and_usual(statistics: CheckInStatistics) -> None:
    terms = next_terms(statistics, NOTHING)
    for name, values in terms.items():
        assert np.isfinite(values).all()
        assert values.any() == (name in ("popularity", "place_hour")), name


def test_an_array_used_again_holds_nothing_of_before(statistics: CheckInStatistics, visits: Visits) -> None:
    out = np.full((len(NEXT_TERMS), PLACES), 7.0, np.float32)
    for user in (0, 5):
        fresh = statistics.next_terms(history(visits, user), 5, 20, NOW_S)
        np.testing.assert_array_equal(
            statistics.next_terms(history(visits, user), 5, 20, NOW_S, out=out), fresh
        )
    fresh = statistics.next_terms(NOTHING, 5, 20, NOW_S)
    np.testing.assert_array_equal(statistics.next_terms(NOTHING, 5, 20, NOW_S, out=out), fresh)


def test_terms_of_a_list(statistics: CheckInStatistics, visits: Visits, pois: PoiTable) -> None:
    own = history(visits, 2)
    network = np.linspace(-1, 1, PLACES, dtype=np.float32)
    terms = dict(zip(LIST_TERMS, statistics.list_terms(own, network), strict=True))
    different = [len(set(visits.user[visits.poi == place].tolist())) for place in range(PLACES)]
    np.testing.assert_allclose(terms["visitors"], np.log(np.array(different) + 0.3), atol=1e-5)
    np.testing.assert_array_equal(terms["similar_visitors"], network)
    np.testing.assert_allclose(terms["similar_places"], next_terms(statistics, own)["similar_places"])
    assert all(np.isfinite(values).all() for values in terms.values())


def test_neighbours_are_those_who_live_near_and_not_oneself() -> None:
    # Two towns 6 km apart; each user of a town has places of its own beside the common one.
    lat, lon = np.full(12, 3.1), np.full(12, 101.7)
    lat[6:] += 0.054
    made = region(12)
    pois = PoiTable(made.ids, lat, lon, made.category, made.categories, made.top, made.tops)
    rows = [
        (user, (0 if user < 5 else 6) + step, user * 100 + step * DAY_S)
        for user in range(10)
        for step in ((0, 1 + user % 5) if user else (0,))
    ]
    statistics = CheckInStatistics.learn(visits_of(rows), pois)
    terms = statistics.list_terms(visits_of([(0, 0, 0)]), np.zeros(12, np.float32))
    found = dict(zip(LIST_TERMS, terms, strict=True))["neighbours"]
    assert found[2:6].min() > 0.0 > found[7:].max()
    # A person's own places say nothing about the neighbours.
    alone = visits_of([(77, 0, 0), (77, 5, 10), *rows])
    with_own = CheckInStatistics.learn(alone, pois)
    first = with_own.list_terms(visits_of([(77, 0, 0)]), np.zeros(12, np.float32))[2]
    stranger = with_own.list_terms(visits_of([(78, 0, 0)]), np.zeros(12, np.float32))[2]
    assert first[5] < stranger[5]


def test_no_position_is_known() -> None:
    made = region(8, unknown=tuple(range(8)))
    walked = walks(4, 8, 10)
    statistics = CheckInStatistics.learn(walked, made)
    own = history(walked, 1)
    assert np.isfinite(statistics.next_terms(own, 0, 9, NOW_S)).all()
    assert np.isfinite(statistics.list_terms(own, np.zeros(8, np.float32))).all()
