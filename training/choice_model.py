"""A choice among alternatives explained by named terms: a conditional logit (McFadden 1974) in Keras.

The score of an alternative is the sum of its terms times weights; a weight is a base and an addition
for each context. Nothing is hidden: the weights are the model, and they are what ranking.json holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from recommender.ranking.ranking_file import ContextWeights

CONTEXTS = 4


@dataclass(frozen=True)
class Choices:
    """N questions with K alternatives each.

    Attributes:
        terms: float16 or float32 (N, K, T).
        wanted: float32 (N, K), sums to 1 over the alternatives that were chosen.
        offset: float32 (N, K), added to the scores: log of how many alternatives a drawn one stands
            for, -1e9 for what is no alternative.
        gap: int32 (N,), context.
        history: int32 (N,), context.
    """

    terms: np.ndarray
    wanted: np.ndarray
    offset: np.ndarray
    gap: np.ndarray
    history: np.ndarray

    def __len__(self) -> int:
        return len(self.terms)

    def take(self, rows: np.ndarray) -> Choices:
        """Some of the questions."""
        return Choices(
            self.terms[rows], self.wanted[rows], self.offset[rows], self.gap[rows], self.history[rows]
        )


@keras.saving.register_keras_serializable("emopoi")
class ContextScores(keras.layers.Layer):
    """Scores float32 (N, K) from terms (N, K, T) and two contexts (N,).

    Args:
        penalty: of the squares of the additions, so that a context speaks up only with evidence.
    """

    def __init__(self, penalty: float = 1e-4, **kwargs):
        super().__init__(**kwargs)
        self.penalty = penalty

    def build(self, terms_shape, gap_shape, history_shape):
        """One base, and a row of additions for each context."""
        count = terms_shape[-1]
        square = keras.regularizers.L2(self.penalty)
        self.base = self.add_weight(shape=(count,), initializer="zeros", name="base")
        self.by_gap = self.add_weight(
            shape=(CONTEXTS, count), initializer="zeros", regularizer=square, name="by_gap"
        )
        self.by_history = self.add_weight(
            shape=(CONTEXTS, count), initializer="zeros", regularizer=square, name="by_history"
        )

    def call(self, terms, gap, history):
        """See the class."""
        weights = self.base + ops.take(self.by_gap, gap, 0) + ops.take(self.by_history, history, 0)
        return ops.einsum("nkt,nt->nk", ops.cast(terms, "float32"), weights)

    def get_config(self):
        """Arguments that make this layer again."""
        return {**super().get_config(), "penalty": self.penalty}


def fit_choices(
    choices: Choices,
    *,
    epochs: int = 12,
    batch: int = 256,
    learning_rate: float = 0.03,
    penalty: float = 1e-4,
    seed: int = 1,
) -> tuple[ContextWeights, list[float]]:
    """Weights under which what was chosen is likeliest.

    Args:
        choices: the questions.
        epochs: passes over them.
        batch: questions a step.
        learning_rate: of Adam, falling to zero.
        penalty: see `ContextScores`.
        seed: for the order.

    Returns:
        Weights in the terms' own units, and the mean loss of each epoch.
    """
    keras.utils.set_random_seed(seed)
    # Terms differ in size a hundredfold; Adam steps alike in all of them.
    drawn = choices.terms[:: max(1, len(choices) // 500)].astype(np.float32)
    size = np.maximum(drawn.std(axis=(0, 1)), 1e-3)
    alternatives, count = choices.terms.shape[1:]
    terms = keras.Input((alternatives, count), name="terms")
    offset = keras.Input((alternatives,), name="offset")
    gap, history = (keras.Input((), dtype="int32", name=name) for name in ("gap", "history"))
    layer = ContextScores(penalty, dtype="float32")
    scaled = keras.layers.Rescaling((1 / size).tolist(), dtype="float32")(terms)
    scores = keras.layers.Add(dtype="float32")([layer(scaled, gap, history), offset])
    model = keras.Model([terms, offset, gap, history], scores)
    steps = epochs * -(-len(choices) // batch)
    rate = keras.optimizers.schedules.PolynomialDecay(learning_rate, steps, learning_rate / 30)
    model.compile(keras.optimizers.Adam(rate), loss=keras.losses.CategoricalCrossentropy(from_logits=True))
    told = model.fit(_Questions(choices, batch, seed), epochs=epochs, verbose=0, shuffle=False)
    base, by_gap, by_history = (
        np.array(weight) / size for weight in (layer.base, layer.by_gap, layer.by_history)
    )
    return ContextWeights(base, by_gap, by_history), [float(loss) for loss in told.history["loss"]]


class _Questions(keras.utils.PyDataset):
    """Batches in a new order each epoch; half-precision terms grow to float32 a batch at a time."""

    def __init__(self, choices: Choices, batch: int, seed: int):
        super().__init__()
        self.choices, self.batch = choices, batch
        self.random = np.random.default_rng(seed)
        self.order = self.random.permutation(len(choices))

    def __len__(self):
        return -(-len(self.choices) // self.batch)

    def __getitem__(self, index):
        part = self.choices.take(self.order[index * self.batch : (index + 1) * self.batch])
        inputs = {
            "terms": part.terms.astype(np.float32),
            "offset": part.offset,
            "gap": part.gap,
            "history": part.history,
        }
        return inputs, part.wanted

    def on_epoch_end(self):
        self.order = self.random.permutation(len(self.choices))
