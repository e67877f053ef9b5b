import numpy as np

from training.choice_model import Choices, ContextScores, fit_choices

TERMS = 3
BASE = np.array([1.5, -1.0, 0.0])
BY_GAP = np.array([[0.0, 0.0, 2.0], [0.0, 0.0, -2.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
SIZE = np.array([1.0, 100.0, 0.05])


def made_choices(questions: int = 6000, alternatives: int = 8, *, seed: int = 0) -> Choices:
    """People who choose by known weights; terms are of very different size."""
    random = np.random.default_rng(seed)
    plain = random.normal(size=(questions, alternatives, TERMS))
    gap = random.integers(0, 4, questions).astype(np.int32)
    scores = np.einsum("nkt,nt->nk", plain, BASE + BY_GAP[gap])
    chosen = (scores + random.gumbel(size=scores.shape)).argmax(axis=1)
    return Choices(
        (plain * SIZE).astype(np.float16),
        np.eye(alternatives, dtype=np.float32)[chosen],
        np.zeros((questions, alternatives), np.float32),
        gap,
        random.integers(0, 4, questions).astype(np.int32),
    )


def test_known_weights_are_found_again() -> None:
    weights, losses = fit_choices(made_choices(), epochs=4, learning_rate=0.1)
    assert losses[-1] < losses[0] < 2.1
    for gap in range(4):
        for history in range(4):
            found = weights.at(gap, history) * SIZE
            np.testing.assert_allclose(found, BASE + BY_GAP[gap], atol=0.35)


def test_the_same_seed_gives_the_same() -> None:
    made = made_choices(600)
    (first, _), (again, _) = (fit_choices(made, epochs=2, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.base, again.base)
    np.testing.assert_array_equal(first.by_gap, again.by_gap)


def test_what_is_no_alternative_does_not_count() -> None:
    made = made_choices(3000)
    # The last alternative would be the best of all by far, and is not offered.
    terms = made.terms.astype(np.float32)
    terms[:, -1] = 8 * np.sign(BASE + 1e-9) * SIZE
    wanted = made.wanted.copy()
    lost = wanted[:, -1] > 0
    offset = made.offset.copy()
    offset[:, -1] = -1e9
    kept = Choices(terms, wanted, offset, made.gap, made.history).take(np.flatnonzero(~lost))
    weights, losses = fit_choices(kept, epochs=4, learning_rate=0.1)
    assert np.isfinite(losses).all() and losses[-1] < 2.0
    np.testing.assert_allclose(weights.at(2, 1) * SIZE, BASE, atol=0.4)


def test_the_layer_can_be_saved() -> None:
    import keras

    layer = ContextScores(penalty=0.01)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.penalty == 0.01
