import sys
from pathlib import Path

import numpy as np
import pytest

from emopoi.errors import InputError, MissingPartError
from recommender.check_ins import PoiTable, Visits, read_pois, read_visits
from recommender.evaluation.comparison import Comparison, Method
from recommender.evaluation.metrics import mrr
from recommender.evaluation.next_place import make_targets, rank_targets
from recommender.evaluation.rivals.factorization import AlternatingLeastSquares
from recommender.evaluation.rivals.item_similarity import Ease, ItemNeighbours, user_place_matrix
from recommender.evaluation.rivals.markov import Markov, Mix
from recommender.evaluation.rivals.popularity import (
    LaterPopularity,
    MostVisited,
    Popularity,
    PopularityNearby,
)
from recommender.evaluation.rivals.table import RIVALS, make_rival

Made = tuple[Visits, Visits, PoiTable]


@pytest.fixture
def made(made_check_ins: tuple[Path, Path]) -> Made:
    pois = read_pois(*made_check_ins)
    train, test = (read_visits(file, pois) for file in made_check_ins)
    return train, test, pois


@pytest.mark.parametrize("name", RIVALS)
def test_scores_of_every_rival(name: str, made: Made) -> None:
    train, _, pois = made
    model, again = make_rival(name), make_rival(name)
    for one in (model, again):
        one.fit(train, pois)
    own = train.take(np.flatnonzero(train.user == 3))
    before = own.poi.copy()
    for history in (own, own.take(slice(0, 0)), own.take(slice(0, 1))):
        for scores, same in (
            (model.next_scores(history, 2, 13, int(train.time_s[-1])),) * 1
            + (again.next_scores(history, 2, 13, int(train.time_s[-1])),),
            (model.top_new_scores(history), again.top_new_scores(history)),
        ):
            assert scores.dtype == np.float32 and scores.shape == (len(pois),)
            assert np.isfinite(scores).all() and len(np.unique(scores)) > 1
            np.testing.assert_array_equal(scores, same)
    np.testing.assert_array_equal(own.poi, before)


def test_markov_learns_the_ring(made: Made) -> None:
    train, test, pois = made
    targets = make_targets(train, test)
    reached = {}
    for name, model in (("popularity", Popularity()), ("markov", Markov()), ("mix", Mix(markov=5.0))):
        model.fit(train, pois)
        reached[name] = mrr(rank_targets(model, targets).all)
    assert reached["markov"] > 0.7 > 0.5 > reached["popularity"]
    assert reached["mix"] > 0.6


def test_most_visited_puts_ones_own_places_first(made: Made) -> None:
    train, _, pois = made
    model = MostVisited()
    model.fit(train, pois)
    own = train.take(np.flatnonzero(train.user == 3))
    scores = model.next_scores(own, 0, 0, 0)
    counts = np.bincount(own.poi, minlength=len(pois))
    assert (np.floor(scores) == counts).all()


def test_nearby_prefers_the_nearer_of_two_equals() -> None:
    pois = PoiTable(
        ids=["a", "b", "c", "d"],
        lat=np.array([60.0, 60.01, 60.2, np.nan]),
        lon=np.array([24.0, 24.0, 24.0, np.nan]),
        category=np.zeros(4, np.int32),
        categories=["x"],
        top=np.zeros(4, np.int32),
        tops=["x"],
    )
    n = 4
    zeros = np.zeros(n, dtype=np.int8)
    visits = Visits(np.arange(n), np.arange(n, dtype=np.int32), np.arange(n), zeros, zeros, np.arange(n))
    model = PopularityNearby(scale_km=5.0, unknown_km=10.0)
    model.fit(visits, pois)
    scores = model.next_scores(visits.take(slice(0, 1)), 0, 0, 0)
    assert scores[0] > scores[1] > scores[3] > scores[2]
    # 0.01 degrees of latitude are 1.112 km.
    assert scores[1] == pytest.approx(np.exp(-1.112 / 5.0), rel=1e-3)


def test_ease_is_the_best_linear_map_with_a_zero_diagonal(made: Made) -> None:
    train, _, pois = made
    model = Ease(regularisation=3.0)
    model.fit(train, pois)
    matrix = user_place_matrix(train, len(pois)).toarray() > 0
    columns = matrix.astype(np.float64)
    for place in range(columns.shape[1]):
        others = np.delete(np.arange(columns.shape[1]), place)
        gram = columns[:, others].T @ columns[:, others] + 3.0 * np.eye(len(others))
        expected = np.linalg.solve(gram, columns[:, others].T @ columns[:, place])
        np.testing.assert_allclose(model._weights[others, place], expected, atol=1e-5)
        assert model._weights[place, place] == 0.0


def test_neighbours_are_cosines_and_can_be_cut(made: Made) -> None:
    train, _, pois = made
    every, few = ItemNeighbours(), ItemNeighbours(neighbours=3)
    for model in (every, few):
        model.fit(train, pois)
    matrix = (user_place_matrix(train, len(pois)).toarray() > 0).astype(float)
    cosine = matrix[:, 0] @ matrix[:, 1] / np.linalg.norm(matrix[:, 0]) / np.linalg.norm(matrix[:, 1])
    assert every._weights[0, 1] == pytest.approx(cosine, rel=1e-5)
    assert np.count_nonzero(few._weights) < np.count_nonzero(every._weights)


def test_als_places_a_user_as_implicit_does(made: Made) -> None:
    from implicit.cpu import als

    train, _, pois = made
    model = AlternatingLeastSquares(factors=4, regularisation=1.0, alpha=2.0)
    model.fit(train, pois)
    matrix = user_place_matrix(train, len(pois))
    theirs = als.AlternatingLeastSquares(
        factors=4, regularization=1.0, alpha=2.0, iterations=15, random_state=0, num_threads=1
    )
    theirs.fit(matrix, show_progress=False)
    own = train.take(np.flatnonzero(train.user == 3))
    factors = theirs.recalculate_user(0, matrix[3])
    np.testing.assert_allclose(model.top_new_scores(own), theirs.item_factors @ factors, atol=2e-3)


def test_what_is_not_installed_is_a_row_that_says_so(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "implicit.cpu.als", None)
    train, test, pois = made
    with pytest.raises(MissingPartError, match="pip install implicit"):
        make_rival("als").fit(train, pois)
    comparison = Comparison(train, test, pois, repeats=10)
    comparison.run(Method("als", lambda: make_rival("als")))
    comparison.run(Method("popularity", lambda: make_rival("popularity")))
    assert comparison.rows["als"]["status"] == "not installed"
    assert comparison.rows["popularity"]["status"] == "run"
    assert comparison.differences("als") == {} and comparison.bars("als") == []


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(InputError, match="one of random, popularity"):
        make_rival("magic")


def test_the_later_crawl_is_not_used_by_accident(made: Made) -> None:
    train, _, pois = made
    with pytest.raises(InputError, match="total_ratings"):
        LaterPopularity().fit(train, pois)
