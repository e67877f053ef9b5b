"""Tables in shards, read while a network trains: memory holds a few shards, however many there are.

The order depends on the seed and the epoch alone, as that of `training.batches`, so that a resumed run
sees the batches of one that never stopped. Shards come in another order each epoch; those of a window
of a few are mixed with each other, and while one window is trained on the next is read.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
from pyarrow import ArrowException, parquet

from emopoi.errors import InputError
from emopoi.evaluation.table_files import table_files
from training.batches import Batches, mixed_up, pick, row_count

MIXED_SHARDS = 4
"""Shards whose rows are mixed with each other; twice as many are in memory."""

READERS = 2
"""Threads that read and decode ahead. Decoding a JPEG lets go of Python's lock."""

Parts = tuple[Any, ...]
"""(inputs, targets[, sample_weights]); each an array or named arrays."""


@dataclass(frozen=True, eq=False)
class ShardedRows:
    """Rows of parquet files that are decoded when their turn comes.

    Attributes:
        files: the shards.
        columns: what is read of them.
        decode: called with a shard's file and table, in several threads; gives the parts of those rows that
            can be used, and bool (rows,): which they are.
    """

    files: tuple[Path, ...]
    columns: tuple[str, ...]
    decode: Callable[[Path, pd.DataFrame], tuple[Parts, np.ndarray]]

    @cached_property
    def rows(self) -> np.ndarray:
        """int64 (shards,): rows of each, as the files tell them.

        Raises:
            InputError: a file is no parquet, or lacks a column.
        """
        return np.array([_rows(file, self.columns) for file in self.files], np.int64)

    def __len__(self) -> int:
        return int(self.rows.sum())

    def read(self, shard: int) -> tuple[Parts, np.ndarray]:
        """Decode a shard.

        Returns:
            Its parts, and int64 (rows,): where each row of the file is in them, -1 where it can not be used.

        Raises:
            InputError: it can not be read, or none of its rows can be used.
        """
        file = self.files[shard]
        try:
            table = parquet.read_table(file, columns=list(self.columns), use_threads=False).to_pandas()
        except (OSError, ArrowException) as error:
            raise InputError(f"{file}: not a readable parquet file ({error})") from error
        parts, usable = self.decode(file, table)
        if not usable.any():
            raise InputError(f"{file}: rows to learn from were expected, none can be used")
        return parts, np.where(usable, np.cumsum(usable) - 1, -1)


def shard_files(path: Path) -> tuple[Path, ...]:
    """The shards of a table: the parquet files of a folder by name, or a file alone.

    Raises:
        InputError: there are none.
    """
    try:
        return tuple(table_files(path))
    except InputError as error:
        raise InputError(f"{path}: a parquet file, or a folder of such files, was expected") from error


def columns_of(file: Path) -> set[str]:
    """Names of a shard's columns.

    Raises:
        InputError: it is no parquet file.
    """
    try:
        return set(parquet.read_schema(file).names)
    except (OSError, ArrowException) as error:
        raise InputError(f"{file}: not a readable parquet file ({error})") from error


def batches_of(data: Parts | ShardedRows, batch: int, seed: int, **options: Any) -> keras.utils.PyDataset:
    """Batches of arrays, or of shards; the options are those of `Batches` without `whole`."""
    return (ShardBatches if isinstance(data, ShardedRows) else Batches)(data, batch, seed, **options)


def rows_of(data: Parts | ShardedRows) -> int:
    """Rows of arrays, or of shards."""
    return len(data) if isinstance(data, ShardedRows) else row_count(data[0])


class ShardBatches(keras.utils.PyDataset):
    """Shuffled batches of shards.

    A row that can not be used gives its place to another row of its shard, so that an epoch has the
    same number of batches each time; how many they were is told once.

    Args:
        data: the shards.
        batch: rows of a batch; the last one may be smaller.
        seed: decides every epoch's order.
        epoch: first epoch, counted from 0.
        mixup: as of `Batches`.
        multiple: as of `Batches`.
        mixed: shards of a window.
        readers: threads that read ahead.
    """

    def __init__(
        self,
        data: ShardedRows,
        batch: int,
        seed: int,
        *,
        epoch: int = 0,
        mixup: float = 0.0,
        multiple: int = 1,
        mixed: int = MIXED_SHARDS,
        readers: int = READERS,
    ):
        super().__init__(workers=1, use_multiprocessing=False)
        self.data, self.batch, self.seed, self.epoch, self.mixup = data, batch, seed, epoch, mixup
        self.mixed = mixed
        self.rows = len(data)
        self.used = self.rows // multiple * multiple
        self._told: set[int] = set()
        self._reading: dict[int, Future] = {}
        self._threads = ThreadPoolExecutor(readers, thread_name_prefix="shard")
        self._shuffle()

    def __len__(self) -> int:
        return math.ceil(self.used / self.batch)

    def __getitem__(self, index: int):
        first, last = index * self.batch, min((index + 1) * self.batch, self.used)
        pieces = []
        for window in range(self._window_at(first), self._window_at(last - 1) + 1):
            start, end = self.starts[window], self.starts[window + 1]
            pieces.append(self._rows(window, max(first, start) - start, min(last, end) - start))
        parts = pieces[0] if len(pieces) == 1 else tuple(map(_joined, zip(*pieces, strict=True)))
        return mixed_up(parts, self.mixup, (self.seed, self.epoch, index)) if self.mixup else parts

    def on_epoch_end(self) -> None:
        """Next epoch, next order; its first window is read beside validation."""
        self.epoch += 1
        self._shuffle()

    def _shuffle(self) -> None:
        order = np.random.default_rng((self.seed, self.epoch)).permutation(np.flatnonzero(self.data.rows))
        self.windows = [order[start : start + self.mixed] for start in range(0, len(order), self.mixed)]
        sizes = [int(self.data.rows[shards].sum()) for shards in self.windows]
        self.starts = np.concatenate([[0], np.cumsum(sizes)])
        self._places: tuple[int, np.ndarray, np.ndarray] | None = None
        self._read_ahead(0)

    def _window_at(self, row: int) -> int:
        return int(np.searchsorted(self.starts, row, side="right")) - 1

    def _read_ahead(self, window: int) -> None:
        wanted = [int(shard) for shards in self.windows[window : window + 2] for shard in shards]
        for shard in set(self._reading) - set(wanted):
            self._reading.pop(shard).cancel()
        for shard in wanted:
            if shard not in self._reading:
                self._reading[shard] = self._threads.submit(self.data.read, shard)

    def _rows(self, window: int, first: int, last: int) -> Parts:
        """Rows of a window in its mixed order."""
        self._read_ahead(window)
        shards = self.windows[window]
        if self._places is None or self._places[0] != window:
            self._places = (window, *self._mixed_order(window))
        _, of_shard, of_row = self._places
        of_shard, of_row = of_shard[first:last], of_row[first:last]
        read = [self._reading[int(shard)].result() for shard in shards]
        return tuple(
            _gathered([parts[place] for parts, _ in read], of_shard, of_row)
            for place in range(len(read[0][0]))
        )

    def _mixed_order(self, window: int) -> tuple[np.ndarray, np.ndarray]:
        """int64 (rows,) each: which of the window's shards, which row of its parts."""
        random = np.random.default_rng((self.seed, self.epoch, window))
        of_shard, of_row = [], []
        for place, shard in enumerate(map(int, self.windows[window])):
            parts, places = self._reading[shard].result()
            lost = places < 0
            if lost.any():
                self._tell(shard, int(lost.sum()))
                places = np.where(lost, random.integers(row_count(parts[0]), size=len(places)), places)
            of_shard.append(np.full(len(places), place))
            of_row.append(places)
        order = random.permutation(sum(map(len, of_row)))
        return np.concatenate(of_shard)[order], np.concatenate(of_row)[order]

    def _tell(self, shard: int, lost: int) -> None:
        if shard not in self._told:
            self._told.add(shard)
            print(
                f"{self.data.files[shard]}: {lost} of {self.data.rows[shard]} rows can not be used; "
                "others of it stand in for them",
                file=sys.stderr,
                flush=True,
            )


def _rows(file: Path, columns: Sequence[str]) -> int:
    try:
        found = parquet.ParquetFile(file)
    except (OSError, ArrowException) as error:
        raise InputError(f"{file}: not a readable parquet file ({error})") from error
    with found:
        missing = set(columns) - set(found.schema_arrow.names)
        if missing:
            raise InputError(
                f"{file}: columns {sorted(missing)} are missing, there are {sorted(found.schema_arrow.names)}"
            )
        return int(found.metadata.num_rows)


def _gathered(parts: list[Any], of_shard: np.ndarray, of_row: np.ndarray) -> Any:
    """Rows out of several shards' arrays, or named arrays, in the order asked for."""
    if isinstance(parts[0], dict):
        return {name: _gathered([part[name] for part in parts], of_shard, of_row) for name in parts[0]}
    result = np.empty((len(of_row), *parts[0].shape[1:]), parts[0].dtype)
    for place, part in enumerate(parts):
        here = of_shard == place
        result[here] = pick(part, of_row[here])
    return result


def _joined(pieces: tuple[Any, ...]) -> Any:
    if isinstance(pieces[0], dict):
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    return np.concatenate(pieces)
