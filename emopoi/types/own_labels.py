"""Labels of one's own and what they mean in FER-7 or in the eight EmoPOI states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError
from emopoi.types.labels import EMOPOI8, FER7, FER7_TO_EMOPOI8


@dataclass(frozen=True, slots=True)
class OwnLabels:
    """The labels of a retrained model, in the order of its output.

    Attributes:
        names: as the user's folders are called.
        meanings: for each name a label of `FER7` or `EMOPOI8`, or None where it means neither.
    """

    names: tuple[str, ...]
    meanings: tuple[str | None, ...]

    def __post_init__(self) -> None:
        if len(self.names) != len(self.meanings) or len(set(self.names)) != len(self.names):
            raise InputError(
                f"own labels: distinct names, each with a meaning or None, were expected, got {self}"
            )
        for name, meaning in zip(self.names, self.meanings, strict=True):
            if meaning is not None and meaning not in (*FER7, *EMOPOI8):
                raise InputError(
                    f"label {name!r}: a meaning of {', '.join(EMOPOI8)} or {', '.join(FER7)} was expected, "
                    f"got {meaning!r}"
                )

    @classmethod
    def of(cls, names: Sequence[str], meanings: Mapping[str, str | None] | None = None) -> OwnLabels:
        """Give each name its meaning.

        Args:
            names: the labels.
            meanings: what the user said of them; names that are missing there mean what they say.

        Raises:
            InputError: `meanings` has a name that is no label, or a meaning that is none.
        """
        given = dict(meanings or {})
        strange = [name for name in given if name not in names]
        if strange:
            raise InputError(f"the map has {strange[0]!r}, but the labels are {', '.join(names)}")
        guessed = _as_they_say(names)
        return cls(tuple(names), tuple(given.get(name, guessed[name]) for name in names))

    @property
    def without_meaning(self) -> tuple[str, ...]:
        """Labels that mean neither a FER-7 label nor a state: no state can be told from them."""
        return tuple(name for name, meaning in zip(self.names, self.meanings, strict=True) if meaning is None)

    @property
    def are_expressions(self) -> bool:
        """Whether every label means one of FER-7."""
        return all(meaning in FER7 for meaning in self.meanings)

    def fer7(self, shares: NDArray[np.floating]) -> NDArray[np.float32]:
        """Shares of the FER-7 labels; for labels that `are_expressions`.

        Args:
            shares: float (K,), a distribution in the order of `names`.

        Returns:
            float32 (7,), sums to what `shares` sums to.

        Raises:
            InputError: a label is no expression, or the shape is another.
        """
        if not self.are_expressions:
            raise InputError(f"labels of FER-7 were expected, got {', '.join(map(str, self.meanings))}")
        result = np.zeros(len(FER7), np.float32)
        np.add.at(result, [FER7.index(str(meaning)) for meaning in self.meanings], self._checked(shares))
        return result

    def emopoi8(self, shares: NDArray[np.floating]) -> NDArray[np.float64]:
        """Shares of the eight states: a state is taken as it is, an expression by `FER7_TO_EMOPOI8`.

        Args:
            shares: float (K,), a distribution in the order of `names`.

        Returns:
            float64 (8,) in the order of `EMOPOI8`, sums to what `shares` sums to.

        Raises:
            InputError: a label has no meaning, or the shape is another.
        """
        if self.without_meaning:
            raise InputError(f"labels without a meaning: {', '.join(self.without_meaning)}")
        rows = [
            FER7_TO_EMOPOI8[FER7.index(meaning)] if meaning in FER7 else np.eye(8)[EMOPOI8.index(meaning)]
            for meaning in map(str, self.meanings)
        ]
        return np.asarray(self._checked(shares), np.float64) @ np.array(rows)

    def _checked(self, shares: NDArray[np.floating]) -> NDArray[np.floating]:
        if shares.shape != (len(self.names),):
            raise InputError(f"own labels: shape ({len(self.names)},) was expected, got {shares.shape}")
        return shares


def _as_they_say(names: Sequence[str]) -> dict[str, str | None]:
    """Meanings by the names alone, upper and lower case alike.

    Some words are in both sets (happy, sad, neutral). A set of folders is read as FER-7 where all of
    it can be, unless it is spelt as the states are.
    """
    states = {state.lower(): state for state in EMOPOI8}
    expressions = {label.lower(): label for label in FER7}
    as_expressions = {name: expressions.get(name.lower()) for name in names}
    if all(as_expressions.values()) and not all(name in EMOPOI8 for name in names):
        return dict(as_expressions)
    return {name: states.get(name.lower()) or as_expressions[name] for name in names}
