"""Made check-ins for the tests of the evaluation."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

START_S = 1_507_000_000


@pytest.fixture
def write_table(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, **columns: object) -> Path:
        file = tmp_path / name
        parquet.write_table(pa.table(columns), file)
        return file

    return write


@pytest.fixture
def made_check_ins(write_table: Callable[..., Path]) -> tuple[Path, Path]:
    """Train and test files: 30 people who walk around a ring of 12 places, with habits."""
    generator = np.random.default_rng(7)
    rows = []
    for user in range(30):
        place = int(generator.integers(12))
        for step in range(20):
            rows.append((user, place, START_S + step * 40_000 + int(generator.integers(20_000))))
            place = (place + 1) % 12 if generator.random() < 0.8 else int(generator.integers(12))
    rows.sort(key=lambda row: row[2])
    cut = int(len(rows) * 0.7)

    def write(name: str, part: list[tuple[int, int, int]]) -> Path:
        return write_table(
            name,
            user=[row[0] for row in part],
            poi=[f"place{row[1]:02d}" for row in part],
            utc_time=pa.array([row[2] for row in part], type=pa.timestamp("s", tz="UTC")),
            lat=[3.1 + row[1] / 1000 for row in part],
            lon=[101.7] * len(part),
            category_leaf=["Cafe" if row[1] % 2 else "Mall" for row in part],
            tz_offset_min=[480] * len(part),
        )

    return write("train.parquet", rows[:cut]), write("test.parquet", rows[cut:])
