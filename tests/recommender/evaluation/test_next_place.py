from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from emopoi.errors import InputError
from recommender.check_ins import PoiTable, Visits, read_pois, read_visits
from recommender.evaluation.metrics import ndcg_at, recall_at
from recommender.evaluation.next_place import make_targets, rank_targets


def made(rows: list[tuple[int, int, int]]) -> Visits:
    """Visits of (user, place, time)."""
    user, poi, time_s = (np.array(column) for column in zip(*rows, strict=True))
    zeros = np.zeros(len(rows), dtype=np.int8)
    return Visits(user.astype(np.int64), poi.astype(np.int32), time_s.astype(np.int64), zeros, zeros, user)


class Noise:
    """Scores by user, place and length of the history, few levels, some not a number: for comparing."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.seen: list[tuple[int, list[int], list[int], int]] = []

    def fit(self, visits: Visits, pois: PoiTable) -> None:
        raise AssertionError("not asked for")

    def scores(self, history: Visits) -> NDArray[np.float32]:
        generator = np.random.default_rng([len(history), int(history.poi.sum()) if len(history) else 0])
        return generator.choice(np.float32([0, 1, 2, 3, np.nan]), self.size)

    def next_scores(self, history: Visits, weekday: int, hour: int, time_s: int) -> NDArray[np.float32]:
        users = set(history.user.tolist())
        assert len(users) <= 1
        self.seen.append((min(users, default=-1), history.poi.tolist(), history.time_s.tolist(), time_s))
        return self.scores(history)

    def top_new_scores(self, history: Visits) -> NDArray[np.float32]:
        return self.scores(history)


def random_visits(seed: int) -> tuple[Visits, Visits]:
    generator = np.random.default_rng(seed)
    rows = [(int(generator.integers(6)), int(generator.integers(9)), step) for step in range(80)]
    return made(rows[:50]), made([(user, place + (place == 8), time) for user, place, time in rows[50:]])


@pytest.mark.parametrize("seed", range(5))
def test_the_runner_against_the_protocol_read_aloud(seed: int) -> None:
    train, test = random_visits(seed)
    targets = make_targets(train, test)
    model = Noise(10)
    ranks = rank_targets(model, targets)

    known = sorted(set(train.poi.tolist()))
    asked = iter(model.seen)
    for index in range(len(test)):
        user, place, now = int(test.user[index]), int(test.poi[index]), int(test.time_s[index])
        before = own_visits(train, user) + own_visits(test.take(slice(0, index)), user)
        visited = {p for p, _ in before}
        assert targets.new[index] == (place not in visited)
        if place not in known:
            assert ranks.all[index] == np.inf
            continue
        _, history, history_times, told = next(asked)
        assert (history, history_times, told) == ([p for p, _ in before], [t for _, t in before], now)
        past = made([(user, p, t) for p, t in before]) if before else _none()
        scores = np.nan_to_num(model.scores(past), nan=-1)
        assert ranks.all[index] == sum(scores[p] >= scores[place] for p in known)
        if place in visited:
            assert np.isnan(ranks.without_visited[index])
        else:
            left = [p for p in known if p not in visited]
            assert ranks.without_visited[index] == sum(scores[p] >= scores[place] for p in left)
    assert next(asked, None) is None


@pytest.mark.parametrize("seed", range(5))
def test_lists_against_the_protocol_read_aloud(seed: int) -> None:
    train, test = random_visits(seed)
    targets = make_targets(train, test)
    model = Noise(10)
    ranks = rank_targets(model, targets)
    listed = [place for place in range(10) if np.count_nonzero(train.poi == place) >= 5]
    expected = []
    for user in sorted(set(train.user.tolist())):
        history = train.take(np.flatnonzero(train.user == user))
        been = set(history.poi.tolist())
        relevant = {p for p in {int(p) for p in test.poi[test.user == user]} if p not in been and p in listed}
        if not relevant or not been & set(listed):
            continue
        scores = np.nan_to_num(model.scores(history), nan=-1)
        new = [p for p in listed if p not in been]
        own = [sum(scores[q] >= scores[p] for q in new) for p in relevant]
        expected.append((user, recall_at(own, 10), ndcg_at(own, 10)))
    assert targets.list_user.tolist() == [user for user, _, _ in expected]
    assert ranks.recall == pytest.approx([recall for _, recall, _ in expected])
    assert ranks.ndcg == pytest.approx([ndcg for _, _, ndcg in expected])


def own_visits(visits: Visits, user: int) -> list[tuple[int, int]]:
    rows = np.flatnonzero(visits.user == user)
    return [(int(visits.poi[row]), int(visits.time_s[row])) for row in rows]


def _none() -> Visits:
    return made([(0, 0, 0)]).take(slice(0, 0))


def test_a_split_that_is_none_in_time_is_refused() -> None:
    train, test = random_visits(0)
    with pytest.raises(InputError, match="must come after"):
        make_targets(test, train)
    with pytest.raises(InputError, match="none"):
        make_targets(train, _none())


def test_scores_of_a_wrong_shape_are_refused() -> None:
    train, test = random_visits(0)
    with pytest.raises(InputError, match="shape"):
        rank_targets(Noise(3), make_targets(train, test))


def test_progress_ends_with_all(made_check_ins: tuple[Path, Path]) -> None:
    pois = read_pois(*made_check_ins)
    train, test = (read_visits(file, pois) for file in made_check_ins)
    told: list[tuple[int, int]] = []
    targets = make_targets(train, test)
    rank_targets(Noise(len(pois)), targets, lambda done, steps: told.append((done, steps)))
    assert told[0][0] == 0 and told[-1][0] == told[-1][1] == len(targets) + len(targets.list_users)


def test_a_target_without_a_score_is_last() -> None:
    train, test = random_visits(1)
    targets = make_targets(train, test)

    class Nothing(Noise):
        def scores(self, history: Visits) -> NDArray[np.float32]:
            return np.full(self.size, np.nan, dtype=np.float32)

    ranks = rank_targets(Nothing(10), targets)
    known = targets.place >= 0
    assert (ranks.all[known] == len(targets.candidates)).all() and np.isinf(ranks.all[~known]).all()
    new = known & targets.new
    assert new.any() and (ranks.without_visited[new] < len(targets.candidates)).any()
    assert (ranks.without_visited[new] >= 1).all()
