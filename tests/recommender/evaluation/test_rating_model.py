import numpy as np
import pytest

from emopoi.errors import InputError
from recommender.evaluation.rating_model import Term, fit_effects, predict_left_out, word_term


def test_the_fit_is_the_ridge_solution() -> None:
    generator = np.random.default_rng(0)
    users, items = generator.integers(5, size=60), generator.integers(4, size=60)
    moods = [None if row % 3 else "sad" for row in range(60)]
    rating = generator.normal(size=60) + users * 0.3
    amount = generator.normal(size=60)
    terms = [
        word_term("user", users.tolist(), 2.0),
        word_term("item", items.tolist(), 3.0),
        word_term("mood", moods, 1.0),
        Term("slope", items.astype(np.int64), amount, 4.0),
    ]
    mean, effects = fit_effects(rating, terms, sweeps=3000, tolerance=1e-10)
    columns, ridge = [np.ones(60)], [0.0]
    for term in terms:
        for code in range(term.code.max() + 1):
            columns.append(np.where(term.code == code, term.amount, 0.0))
            ridge.append(term.ridge)
    design = np.stack(columns, axis=1)
    exact = np.linalg.solve(design.T @ design + np.diag(ridge), design.T @ rating)
    np.testing.assert_allclose(np.concatenate([[mean], *effects]), exact, atol=1e-6)


def test_a_fold_is_predicted_from_the_others_alone() -> None:
    rating = np.array([1.0, 1.0, 5.0, 5.0])
    fold = np.array([0, 0, 1, 1])
    term = word_term("user", ["a", "b", "a", "b"], 1.0)
    before = predict_left_out(rating, [term], fold)
    changed = rating.copy()
    changed[:2] = 4.0
    after = predict_left_out(changed, [term], fold)
    np.testing.assert_allclose(before[:2], after[:2])
    assert not np.allclose(before[2:], after[2:])


def test_the_bounded_part_is_bounded() -> None:
    generator = np.random.default_rng(0)
    told = generator.integers(2, size=200)
    rating = 3.0 + 2.0 * (told - 0.5) + generator.normal(size=200) * 0.1
    fold = np.arange(200) % 5
    term = word_term("mood", told.tolist(), 0.1)
    free = predict_left_out(rating, [], fold, bounded=[term])
    kept = predict_left_out(rating, [], fold, bounded=[term], bound=0.25)
    assert np.ptp(free) > 1.8
    assert 0.4 < np.ptp(kept) <= 0.5 + 0.1  # the mean of a fold moves a little


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(InputError, match="4 rows were expected, got 1"):
        predict_left_out(np.zeros(4), [word_term("user", ["a"], 1.0)], np.arange(4))
    with pytest.raises(InputError, match="folds"):
        predict_left_out(np.zeros(4), [], np.zeros(4, dtype=np.int64))
