"""Writes the readings of one video into its parquet file, some thousand rows at a time."""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Iterator
from dataclasses import asdict
from types import TracebackType
from typing import Any

from emopoi.batch.job import VideoFacts
from emopoi.batch.optional_packages import pyarrow_parquet
from emopoi.batch.part_files import FACTS_KEY, PROFILE_KEY, PartFiles
from emopoi.errors import InputError, OutputError
from emopoi.profile.states import moment_shares
from emopoi.report.output_folder import reason
from emopoi.report.readings_file import CSV_COLUMNS, OPTIONAL
from emopoi.types import EmotionProfile, EmotionReading

COLUMNS = ("source", "content", *CSV_COLUMNS)
"""Columns of a part: absolute path and SHA-256 of the video, then those of readings.csv, rounded as there."""

_ROWS = 4096  # of a row group: what is held in memory, however long the video
_NOT_MEASURED = (None, None, None)


class ReadingsPart:
    """The part file of one video; a context manager.

    Nothing is left under the final name unless `finish` was called.

    Args:
        parts: where it goes.
        source: absolute path of the video.
        content: SHA-256 of the video.
    """

    def __init__(self, parts: PartFiles, source: str, content: str) -> None:
        self._parquet = pyarrow_parquet()
        self._path = parts.path(content)
        self._temporary = parts.temporary(content)
        self._source, self._content = utf8(source), content
        self._rows: list[tuple[float | int | None, ...]] = []
        self._writer: Any = None
        self.readings = 0

    def __enter__(self) -> ReadingsPart:
        """Open the file.

        Raises:
            OutputError: it can not be made.
        """
        with self._output():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._parquet.ParquetWriter(self._temporary, _schema(), compression="zstd")
        return self

    def add(self, reading: EmotionReading) -> None:
        """Add one row.

        Raises:
            InputError: a number is not finite.
            OutputError: the disk is full or gone.
        """
        self._rows.append(reading_row(reading))
        self.readings += 1
        if len(self._rows) >= _ROWS:
            self._flush()

    def finish(self, facts: VideoFacts, profile: EmotionProfile) -> None:
        """Write what is left and give the file its name: the video is done.

        Raises:
            OutputError: the disk is full or gone.
        """
        self._flush()
        told = {"source": self._source, "content": self._content, **asdict(facts)}
        with self._output():
            self._writer.add_key_value_metadata(
                {FACTS_KEY: json.dumps(told).encode("ascii"), PROFILE_KEY: utf8(profile.to_json()).encode()}
            )
            self._writer.close()
            self._writer = None
            with open(self._temporary, "rb") as file:
                # A name that outlives a power cut must not stand for an empty file.
                os.fsync(file.fileno())
            self._temporary.replace(self._path)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            with contextlib.suppress(OSError, ValueError):
                self._writer.close()
        with contextlib.suppress(OSError):
            self._temporary.unlink(missing_ok=True)

    def _flush(self) -> None:
        if not self._rows:
            return
        import pyarrow

        schema, count = _schema(), len(self._rows)
        texts = [[text] * count for text in (self._source, self._content)]
        columns = [
            pyarrow.array(values, type=field.type)
            for values, field in zip((*texts, *zip(*self._rows, strict=True)), schema, strict=True)
        ]
        with self._output():
            self._writer.write_table(pyarrow.Table.from_arrays(columns, schema=schema))
        self._rows.clear()

    @contextlib.contextmanager
    def _output(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(f"{self._path}: can not be written ({reason(error)})") from error


def reading_row(reading: EmotionReading) -> tuple[float | int | None, ...]:
    """The numbers of `CSV_COLUMNS`, rounded as in readings.csv; None where nothing was measured.

    Raises:
        InputError: a number is not finite.
    """
    pose = reading.pose
    angles = _NOT_MEASURED if pose is None else (pose.yaw_deg, pose.pitch_deg, pose.roll_deg)
    row = (
        reading.person,
        *_rounded((reading.time_ms,), 3),
        *_rounded(reading.box, 1),
        *_rounded(reading.fer7.tolist(), 4),
        *_rounded(moment_shares(reading).tolist(), 4),
        *_rounded((reading.confidence,), 4),
        *_rounded(angles, 2),
        *_rounded(reading.ferplus8.tolist(), 4),
        *_rounded([getattr(reading, name) for name in OPTIONAL], 4),
    )
    if not math.isfinite(sum(number for number in row if number is not None)):
        raise InputError(f"reading of person {reading.person}: finite numbers were expected, got {reading}")
    return row


def utf8(text: str) -> str:
    """A file name as text: bytes that are no Unicode become backslash escapes."""
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _rounded(numbers: Any, digits: int) -> list[float | None]:
    return [None if number is None else round(float(number), digits) for number in numbers]


def _schema() -> Any:
    import pyarrow

    kinds = {"source": pyarrow.string(), "content": pyarrow.string(), "person": pyarrow.int64()}
    return pyarrow.schema([(name, kinds.get(name, pyarrow.float64())) for name in COLUMNS])
