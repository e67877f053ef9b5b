import numpy as np
import pytest

from recommender.check_ins import PoiTable, Visits
from recommender.ranking.visitor_network import VisitorNetwork
from tests.recommender.ranking.made_region import DAY_S, START_S, region, two_kinds_of_people, visits_of

PLACES = 40
NOW_S = START_S + 20 * DAY_S


@pytest.fixture(scope="module")
def pois() -> PoiTable:
    return region(PLACES, categories=1)


@pytest.fixture(scope="module")
def people() -> tuple[Visits, Visits]:
    return two_kinds_of_people(160, PLACES)


def history(visits: Visits, user: int) -> Visits:
    return visits.take(np.flatnonzero(visits.user == user))


def hits(scores_of, people: tuple[Visits, Visits]) -> float:
    """Share of the later places among the ten best new ones."""
    before, after = people
    found = []
    for user in range(160):
        own = history(before, user)
        scores = np.array(scores_of(own), np.float64)
        scores[own.poi] = -np.inf
        best = np.argsort(-scores)[:10]
        found.append(np.isin(history(after, user).poi, best).mean())
    return float(np.mean(found))


def test_learns_more_than_what_is_popular(people: tuple[Visits, Visits], pois: PoiTable) -> None:
    before, _ = people
    visitors = np.log(np.bincount(before.poi, minlength=PLACES) + 0.5)
    network = VisitorNetwork(epochs=30, learning_rate=1e-2, batch=32).fit(before, pois)
    popular = hits(lambda own: visitors, people)
    learned = hits(lambda own: visitors + network.scores(own, NOW_S), people)
    assert learned > popular + 0.2, (learned, popular)


def test_few_people_are_learned_from_too(people: tuple[Visits, Visits], pois: PoiTable) -> None:
    before, _ = people
    few = before.take(np.flatnonzero(before.user < 40))  # fewer than a batch of the default size
    one, more = (VisitorNetwork(epochs=epochs, learning_rate=1e-2).fit(few, pois) for epochs in (1, 40))
    own = history(before, 0)
    even = np.isin(np.arange(PLACES), one.places) & (np.arange(PLACES) % 2 == 0)
    odd = np.isin(np.arange(PLACES), one.places) & (np.arange(PLACES) % 2 == 1)

    def gap(network: VisitorNetwork) -> float:
        scores = network.scores(own, NOW_S)
        return float(scores[even].mean() - scores[odd].mean())

    assert gap(more) > 0.5 > abs(gap(one))


def test_the_same_seed_gives_the_same(people: tuple[Visits, Visits], pois: PoiTable) -> None:
    before, _ = people
    own = history(before, 3)
    first, again, other = (
        VisitorNetwork(epochs=2, seed=seed).fit(before, pois).scores(own, NOW_S) for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-4


def test_places_that_are_hardly_known_are_left_at_nothing(pois: PoiTable) -> None:
    rows = [(user, place, user + place * DAY_S) for user in range(20) for place in range(3)]
    rows += [(0, 7, 9 * DAY_S)]
    network = VisitorNetwork(epochs=2).fit(visits_of(rows), pois)
    assert network.places.tolist() == [0, 1, 2]
    scores = network.scores(visits_of(rows[:2]), NOW_S)
    assert scores.shape == (PLACES,) and scores.dtype == np.float32
    assert not scores[3:].any() and np.isfinite(scores).all()


def test_gradients_agree_with_differences(people: tuple[Visits, Visits], pois: PoiTable) -> None:
    before, _ = people
    network = VisitorNetwork(hidden=5, epochs=1, keep=0.7).fit(before, pois)
    random = np.random.default_rng(0)
    examples = []
    while len(examples) < 6:
        row = network._example(history(before, int(random.integers(160))), random)
        if row is not None:
            examples.append(row)
    inputs, wanted, seen = (np.stack(column) for column in zip(*examples, strict=True))
    inputs = inputs.astype(np.float64)
    width, count = inputs.shape[1], len(network.places)
    weights = {
        "into": random.normal(0, 0.3, (width, 5)),
        "hidden_bias": random.normal(0, 0.3, 5),
        "out": random.normal(0, 0.3, (5, count)),
        "out_bias": random.normal(0, 0.3, count),
    }

    def loss() -> float:
        """The cross-entropy, the long way, with the dropout that the same seed draws."""
        drawn = np.random.default_rng(3)
        kept = inputs * (drawn.random(inputs.shape, np.float32) < 0.7) / 0.7
        hidden = np.tanh(kept @ weights["into"] + weights["hidden_bias"])
        hidden = hidden * (drawn.random(hidden.shape, np.float32) < 0.8) / 0.8
        logits = hidden @ weights["out"] + weights["out_bias"] + network._log_visitors
        total = 0.0
        for row in range(len(inputs)):
            offered = np.flatnonzero(~seen[row])
            log_sum = np.log(np.exp(logits[row, offered]).sum())
            total -= sum(wanted[row, place] * (logits[row, place] - log_sum) for place in offered)
        return total / len(inputs)

    found = network._gradients(weights, inputs, wanted, seen, np.random.default_rng(3))
    for name, weight in weights.items():
        for _ in range(8):
            cell = tuple(int(random.integers(size)) for size in weight.shape)
            before_step = weight[cell]
            weight[cell] = before_step + 1e-5
            above = loss()
            weight[cell] = before_step - 1e-5
            below = loss()
            weight[cell] = before_step
            assert found[name][cell] == pytest.approx((above - below) / 2e-5, rel=2e-3, abs=2e-6), (
                name,
                cell,
            )


def test_what_was_seen_is_never_wanted(people: tuple[Visits, Visits], pois: PoiTable) -> None:
    before, _ = people
    network = VisitorNetwork(epochs=1).fit(before, pois)
    random = np.random.default_rng(1)
    rows = [network._example(history(before, user), random) for user in range(60)]
    assert sum(row is not None for row in rows) > 40
    for row in rows:
        if row is not None:
            _, wanted, seen = row
            assert wanted.sum() == pytest.approx(1.0) and not wanted[seen].any()
