"""How likely a person is to like a place of some kind, with honest uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from emopoi.errors import InputError


@dataclass(frozen=True, slots=True)
class Belief:
    """A Beta distribution over "this person likes a place of this kind".

    Attributes:
        alpha: successes, those of the prior included, > 0.
        beta: failures, those of the prior included, > 0.
        said: weight of what the person said about this very kind, faded, >= 0; 0 means that nothing but
            the prior and related kinds speak here.
    """

    alpha: float
    beta: float
    said: float = 0.0

    def __post_init__(self) -> None:
        """Check the counts.

        Raises:
            InputError: alpha or beta is not a number above 0.
        """
        if not (0.0 < self.alpha < math.inf and 0.0 < self.beta < math.inf and 0.0 <= self.said < math.inf):
            raise InputError(f"a belief needs counts above 0, got alpha {self.alpha}, beta {self.beta}")

    @property
    def mean(self) -> float:
        """Expected probability of a like, 0..1."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def sd(self) -> float:
        """Standard deviation of that probability, 0..0.5."""
        total = self.alpha + self.beta
        return math.sqrt(self.alpha * self.beta / (total * total * (total + 1.0)))

    @property
    def value(self) -> float:
        """The mean as -1 (surely disliked) .. 1 (surely liked); 0 where nothing is known."""
        return 2.0 * self.mean - 1.0

    def sample(self, random: Random) -> float:
        """One draw of the probability, 0..1 (Thompson sampling: Chapelle and Li 2011, NeurIPS 24)."""
        return random.betavariate(self.alpha, self.beta)
