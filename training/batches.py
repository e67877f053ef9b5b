"""Arrays in batches, in an order that only the seed and the epoch decide.

A run that was stopped and resumed sees the same batches as one that never stopped. Arrays of a
few hundred megabytes need no pipeline; this also spares the pause at every epoch's end that
tf.data's tuning costs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np


class Batches(keras.utils.PyDataset):
    """Shuffled batches of (inputs, targets[, sample_weights]); each an array or named arrays.

    Args:
        data: the arrays; all of the same length.
        batch: rows of a batch; the last one may be smaller unless `whole`.
        seed: decides every epoch's order.
        epoch: first epoch, counted from 0: where a resumed run goes on.
        mixup: alpha of the Beta distribution of mixup (Zhang et al. 2018), 0 for none. Pictures,
            targets and weights of a batch are mixed with those of the same batch turned round.
        whole: leave out the rows that fill no batch.
        multiple: rows of every batch are a multiple of this, as devices that share batches need
            it; of the last batch a few rows may be left out, of each epoch others.
    """

    def __init__(
        self,
        data: tuple[Any, ...],
        batch: int,
        seed: int,
        *,
        epoch: int = 0,
        mixup: float = 0.0,
        whole: bool = False,
        multiple: int = 1,
    ):
        super().__init__(workers=1, use_multiprocessing=False)
        self.data, self.batch, self.seed, self.epoch = data, batch, seed, epoch
        self.mixup = mixup
        self.rows = row_count(data[0])
        self.used = self.rows // (batch if whole else multiple) * (batch if whole else multiple)
        self._shuffle()

    def __len__(self) -> int:
        return math.ceil(self.used / self.batch)

    def __getitem__(self, index: int):
        rows = self.order[index * self.batch : min((index + 1) * self.batch, self.used)]
        parts = tuple(pick(part, rows) for part in self.data)
        return mixed_up(parts, self.mixup, (self.seed, self.epoch, index)) if self.mixup else parts

    def on_epoch_end(self) -> None:
        """Next epoch, next order."""
        self.epoch += 1
        self._shuffle()

    def _shuffle(self) -> None:
        self.order = np.random.default_rng((self.seed, self.epoch)).permutation(self.rows)


def row_count(part) -> int:
    """Rows of an array or of named arrays."""
    return len(next(iter(part.values())) if isinstance(part, Mapping) else part)


def pick(part, rows):
    """Some rows of an array or of named arrays."""
    return {name: value[rows] for name, value in part.items()} if isinstance(part, Mapping) else part[rows]


def mixed_up(parts: tuple[Any, ...], alpha: float, seed: tuple[int, int, int]) -> tuple[Any, ...]:
    """A batch mixed with itself turned round (mixup), by shares that the seed decides.

    Args:
        parts: of the batch.
        alpha: of the Beta distribution, above 0.
        seed: of the run, epoch, number of the batch.
    """
    share = np.random.default_rng(seed).beta(alpha, alpha, row_count(parts[0])).astype(np.float32)
    return tuple(_mix(part, share) for part in parts)


def _mix(part, share: np.ndarray):
    if isinstance(part, Mapping):
        return {name: _mix(value, share) for name, value in part.items()}
    share = share.reshape(-1, *[1] * (part.ndim - 1))
    mixed = share * part + (1 - share) * part[::-1]
    return np.rint(mixed).astype(np.uint8) if part.dtype == np.uint8 else mixed.astype(part.dtype)
