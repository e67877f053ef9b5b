import copy

import numpy as np
import pytest

from emopoi.errors import InputError
from recommender.check_ins import PoiTable, Visits
from recommender.ranking import check_in_ranking
from recommender.ranking.check_in_ranking import CheckInRanking
from recommender.ranking.check_in_statistics import LIST_TERMS, NEXT_TERMS
from recommender.ranking.contexts import gap_context, history_context
from recommender.ranking.ranking_file import read_ranking
from tests.recommender.ranking.made_region import DAY_S, START_S, region, visits_of, walks

PLACES = 30
NOW_S = START_S + 80 * DAY_S


@pytest.fixture(scope="module")
def world() -> tuple[Visits, PoiTable, CheckInRanking]:
    visits, pois = walks(30, PLACES, 25), region(PLACES)
    ranking = CheckInRanking.read()
    ranking.fit(visits, pois)
    return visits, pois, ranking


def test_scores_are_weights_times_terms(world) -> None:
    visits, _, ranking = world
    data = read_ranking()
    for user in (0, 7):
        own = visits.take(np.flatnonzero(visits.user == user))
        terms = ranking.statistics.next_terms(own, 6, 20, NOW_S)
        gap, amount = gap_context(own.time_s, NOW_S), history_context(len(own))
        for section, scores in (
            ("next", ranking.next_scores(own, 6, 20, NOW_S)),
            ("new", ranking.next_new_scores(own, 6, 20, NOW_S)),
        ):
            expected = np.zeros(PLACES)
            for name, row in zip(NEXT_TERMS, terms, strict=True):
                weight = data[section][name]
                expected += (weight["base"] + weight["gap"][gap] + weight["history"][amount]) * row
            here = np.ones(PLACES, bool)
            if section == "new":
                here[own.poi] = False
                assert scores[~here].max() < scores[here].min() - 1e6
            np.testing.assert_allclose(scores[here], expected[here], rtol=1e-3, atol=1e-3)


def test_answers_do_not_change_by_asking(world) -> None:
    visits, _, ranking = world
    own = visits.take(np.flatnonzero(visits.user == 3))
    first = ranking.next_scores(own, 0, 9, NOW_S)
    kept = first.copy()
    ranking.next_scores(visits.take(np.flatnonzero(visits.user == 4)), 5, 22, NOW_S)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(ranking.next_scores(own, 0, 9, NOW_S), kept)


def test_lists_and_somebody_new(world) -> None:
    visits, _, ranking = world
    own = visits.take(np.flatnonzero(visits.user == 5))
    listed = ranking.top_new_scores(own)
    assert listed.shape == (PLACES,) and np.isfinite(listed).all()
    network = np.mean([one.scores(own, int(visits.time_s[-1])) for one in ranking.networks], axis=0)
    terms = ranking.statistics.list_terms(own, network)
    weights = ranking.list.at(gap_context(own.time_s, int(visits.time_s[-1])), history_context(len(own)))
    np.testing.assert_allclose(listed, weights @ terms, rtol=1e-4, atol=1e-4)
    assert len(LIST_TERMS) == len(terms)
    nobody = ranking.next_scores(visits_of([]), 2, 12, NOW_S)
    assert np.isfinite(nobody).all()
    # Of somebody unknown, the much visited places come first.
    assert np.corrcoef(nobody, np.log(ranking.statistics.count + 0.3))[0, 1] > 0.7


def test_beats_popularity_where_people_have_habits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_in_ranking, "NETWORKS", 1)
    rows = []
    random = np.random.default_rng(2)
    for user in range(40):
        home = [int(place) for place in random.choice(PLACES, 3, replace=False)]
        rows += [(user, home[step % 3], step * DAY_S + user) for step in range(21)]
    visits = visits_of(rows)
    train = visits.take(np.flatnonzero(visits.time_s < START_S + 18 * DAY_S))
    ranking = CheckInRanking.read()
    ranking.fit(train, region(PLACES))
    popular = np.bincount(train.poi, minlength=PLACES)
    ranks, popular_ranks = [], []
    for row in range(len(train), len(visits)):
        own = visits.take(np.flatnonzero((visits.user == visits.user[row])[:row]))
        scores = ranking.next_scores(
            own, int(visits.weekday[row]), int(visits.hour[row]), int(visits.time_s[row])
        )
        ranks.append(np.sum(scores >= scores[visits.poi[row]]))
        popular_ranks.append(np.sum(popular >= popular[visits.poi[row]]))
    assert np.mean(1 / np.array(ranks)) > 2 * np.mean(1 / np.array(popular_ranks))


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(InputError, match="there are none"):
        CheckInRanking.read().fit(visits_of([]), region(3))
    with pytest.raises(InputError, match="before it was fitted"):
        CheckInRanking.read().next_scores(visits_of([]), 0, 0, 0)
    data = copy.deepcopy(read_ranking())
    del data["list"]["visitors"]
    with pytest.raises(InputError, match="list"):
        CheckInRanking(data)
