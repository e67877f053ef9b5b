"""Are shards read as fast as a network trains? Rows a second of both, and of training from shards.

python -m benchmarks.shard_reading DATA [--shards 8] [--steps 40] [--rounds 3]

DATA/age_gender/train.parquet, a file or a folder of shards, is dealt out into so many shards of JPEG
bytes in a temporary folder. The shards are read without training; then the age and gender network is
trained for so many steps of 96 rows from arrays and from the shards, by turns. Rates are by the clock and by
the processor's time of all threads, which a busy machine changes less. One JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from numpy.typing import NDArray
from pyarrow import concat_tables, parquet

from benchmarks.machine import describe_machine
from training.age_gender_faces import load_faces, sharded_faces
from training.batches import Batches
from training.devices import prepare_backend
from training.shards import READERS, ShardBatches, ShardedRows, shard_files
from training.train_age_gender import FROM_SCRATCH, PICTURE, make_training_model, targets


def deal_out(source: Path, folder: Path, shards: int) -> None:
    """Write the rows of a table into so many files."""
    table = concat_tables([parquet.read_table(file) for file in shard_files(source)])
    size = -(-len(table) // shards)
    for place in range(shards):
        part = table.slice(place * size, size)
        parquet.write_table(part, folder / f"part-{place:05d}.parquet", compression="zstd")


def seconds() -> NDArray[np.float64]:
    """float64 (2,): the clock, and the processor's time of this process."""
    return np.array([time.perf_counter(), time.process_time()])


def rate_of_reading(data: ShardedRows, batch: int, readers: int) -> NDArray[np.float64]:
    """Rows a second of one epoch that nobody trains on, by both clocks."""
    started = seconds()
    batches = ShardBatches(data, batch, 1, readers=readers)
    for index in range(len(batches)):
        batches[index]
    return len(data) / (seconds() - started)


def rate_of_steps(model: keras.Model, batches: keras.utils.PyDataset, steps: int) -> NDArray[np.float64]:
    """float64 (3,): rows a second of training steps by both clocks, share of the time waited for rows."""
    waited, rows = 0.0, 0
    started = seconds()
    for index in range(steps):
        before = time.perf_counter()
        inputs, labels = batches[index % len(batches)]
        waited += time.perf_counter() - before
        model.train_on_batch(inputs, labels)
        rows += len(inputs)
    took = seconds() - started
    return np.array([*(rows / took), waited / took[0]])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    prepare_backend()
    keras.config.set_dtype_policy("mixed_bfloat16")
    source = options.data / "age_gender" / "train.parquet"
    batch = FROM_SCRATCH.loop.batch
    with tempfile.TemporaryDirectory() as name:
        deal_out(source, Path(name), options.shards)
        data = sharded_faces(Path(name), PICTURE)
        reading = rate_of_reading(data, batch, READERS)
        faces = load_faces(source, PICTURE)
        arrays = Batches((faces.pictures, targets(FROM_SCRATCH, faces)), batch, 1)
        model = make_training_model(FROM_SCRATCH, len(faces))
        rate_of_steps(model, arrays, 2)
        shards = ShardBatches(data, batch, 1)
        rounds = [
            [rate_of_steps(model, rows, options.steps) for rows in (arrays, shards)]
            for _ in range(options.rounds)
        ]
    from_arrays, from_shards = np.median(rounds, axis=0)
    told = {
        "machine": describe_machine(),
        "rows": len(data),
        "shards": options.shards,
        "rows_a_second": {
            "reading": round(reading[0]),
            "training from arrays": round(from_arrays[0]),
            "training from shards": round(from_shards[0]),
        },
        "rows_a_second_of_processor_time": {
            "reading": round(reading[1]),
            "training from arrays": round(from_arrays[1]),
            "training from shards": round(from_shards[1]),
        },
        "share_of_time_waited": {
            "training from arrays": round(from_arrays[2], 4),
            "training from shards": round(from_shards[2], 4),
        },
    }
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
