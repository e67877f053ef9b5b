"""readings.jsonl and readings.csv, written while a source is read."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from emopoi.errors import InputError, OutputError
from emopoi.profile.states import moment_shares
from emopoi.report.output_folder import reason
from emopoi.types import EMOPOI8, FER7, FERPLUS8, EmotionReading
from emopoi.types.face_coefficients import JOINTS, FaceCoefficients

OPTIONAL = ("boredom", "frustration", "eyes_open", "mouth_open")
"""Fields of a reading that are measured now and then, or not at all."""

CSV_COLUMNS = (
    "person",
    "time_ms",
    "x0",
    "y0",
    "x1",
    "y1",
    *(f"fer7_{label}" for label in FER7),
    *(f"emopoi8_{label}" for label in EMOPOI8),
    "confidence",
    "yaw_deg",
    "pitch_deg",
    "roll_deg",
    *(f"ferplus8_{label}" for label in FERPLUS8),
    *OPTIONAL,
)
"""Columns of readings.csv; the pose and `OPTIONAL` are empty where they were not measured."""

# One format string per line: json.dumps and csv.writer take several times as long.
_SHARES = "{" + ", ".join(f'"{label}": %.4f' for label in FER7) + "}"
_STATES = "{" + ", ".join(f'"{label}": %.4f' for label in EMOPOI8) + "}"
_VOTES = "{" + ", ".join(f'"{label}": %.4f' for label in FERPLUS8) + "}"
_JSON_LINE = (
    '{"person": %d, "time_ms": %.3f, "box": [%.1f, %.1f, %.1f, %.1f], "fer7": '
    + _SHARES
    + ', "emopoi8": '
    + _STATES
    + ', "confidence": %.4f, "pose": %s, "ferplus8": '
    + _VOTES
    + "".join(f', "{name}": %s' for name in OPTIONAL)
    + "%s}\n"
)
_POSE = '{"yaw_deg": %.2f, "pitch_deg": %.2f, "roll_deg": %.2f}'
_CSV_POSE = "%.2f,%.2f,%.2f"
_CSV_LINE = (
    "%d,%.3f,%.1f,%.1f,%.1f,%.1f,"
    + "%.4f," * (len(FER7) + len(EMOPOI8))
    + "%.4f,%s"
    + ",%.4f" * len(FERPLUS8)
    + ",%s" * len(OPTIONAL)
    + "\n"
)

_FLUSH_READINGS = 256
_FLUSH_S = 1.0


class ReadingsWriter:
    """Streams readings into `readings.jsonl` and `readings.csv` of a folder.

    A context manager. Both files have temporary names (`*.part`) until the block is left, in
    whatever way: what was read is kept, and the files end on a full line. Readings reach the
    disk at least every second or 256 readings.

    Args:
        folder: an existing folder, see `prepare_output_folder`.
        expressions: names of the head's expressions where coefficients are read: each line of readings.jsonl
            then has `coefficients` and `coefficient_fer7`, null where no points could be placed. Identity
            stands in every line: it settles in a track's first seconds. readings.csv stays as it is.
    """

    def __init__(self, folder: str | os.PathLike[str], expressions: Sequence[str] = ()) -> None:
        self._folder = Path(folder)
        self._shape = _ShapeText(expressions) if expressions else None
        self._files: tuple[_LineFile, _LineFile] | None = None
        self._flushed_at = 0.0

    def __enter__(self) -> ReadingsWriter:
        """Open both files.

        Raises:
            OutputError: they can not be made.
        """
        json_file = _LineFile(self._folder / "readings.jsonl")
        try:
            csv_file = _LineFile(self._folder / "readings.csv")
        except OutputError:
            json_file.finish()
            raise
        csv_file.lines.append(",".join(CSV_COLUMNS) + "\n")
        self._files = (json_file, csv_file)
        self._flushed_at = time.monotonic()
        return self

    def write(self, reading: EmotionReading) -> None:
        """Add one reading.

        Args:
            reading: the reading; time, box, shares and confidence finite.

        Raises:
            InputError: fer7 is not of shape (7,) or ferplus8 not of (8,), a number is not finite, or
                coefficients are not those of the expressions that were named.
            OutputError: the disk is full or gone; what was written before is kept. Or the block
                was left.
        """
        if self._files is None:
            raise OutputError("readings can be written only within the `with` block of their writer")
        for name, shares, labels in (
            ("fer7", reading.fer7, FER7),
            ("ferplus8", reading.ferplus8, FERPLUS8),
        ):
            if shares.shape != (len(labels),):
                raise InputError(f"{name}: shape ({len(labels)},) was expected, got {shares.shape}")
        numbers = (
            reading.person,
            reading.time_ms,
            *reading.box,
            *reading.fer7.tolist(),
            *moment_shares(reading).tolist(),
            reading.confidence,
        )
        votes = reading.ferplus8.tolist()
        measured = [getattr(reading, name) for name in OPTIONAL]
        known = [number for number in measured if number is not None]
        pose = reading.pose
        angles = None if pose is None else (pose.yaw_deg, pose.pitch_deg, pose.roll_deg)
        if not math.isfinite(sum(numbers) + sum(votes) + sum(known)) or (
            angles is not None and not math.isfinite(sum(angles))
        ):
            raise InputError(
                f"reading of person {reading.person}: finite numbers were expected, got {reading}"
            )
        json_file, csv_file = self._files
        pose_text = "null" if angles is None else _POSE % angles
        shape_text = self._shape.of(reading) if self._shape else ""
        json_file.lines.append(
            _JSON_LINE % (*numbers, pose_text, *votes, *_texts(measured, "null"), shape_text)
        )
        pose_text = ",," if angles is None else _CSV_POSE % angles
        csv_file.lines.append(_CSV_LINE % (*numbers, pose_text, *votes, *_texts(measured, "")))
        if len(json_file.lines) >= _FLUSH_READINGS or time.monotonic() - self._flushed_at > _FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Hand everything to the system.

        Raises:
            OutputError: the disk is full or gone.
        """
        self._flushed_at = time.monotonic()
        for file in self._files or ():
            file.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Write what is left and give both files their names.

        Raises:
            OutputError: that failed, and the block was not left by another error already.
        """
        failures: list[OutputError] = []
        for file in self._files or ():
            try:
                file.finish()
            except OutputError as failure:
                failures.append(failure)
        self._files = None
        if failures and error is None:
            raise failures[0]


class _ShapeText:
    """The part of a line that tells coefficients, named by the head's expressions."""

    def __init__(self, expressions: Sequence[str]) -> None:
        self._count = len(expressions)
        values = ", ".join(f'"{name}": %.4f' for name in expressions)
        turn = "[%.5f, %.5f, %.5f]"
        self._line = (
            ', "coefficients": {"expression": {' + values + '}, "identity": [%s], "pose": ['
            + ", ".join([turn] * len(JOINTS))
            + '], "camera": [%.5f, %.3f, %.3f]}'
        )  # fmt: skip

    def of(self, reading: EmotionReading) -> str:
        """Text of one reading."""
        told = reading.coefficients
        text = ', "coefficients": null' if told is None else self._told(told)
        if reading.coefficient_fer7 is None:
            return text + ', "coefficient_fer7": null'
        shares = reading.coefficient_fer7.tolist()
        if len(shares) != len(FER7) or not math.isfinite(sum(shares)):
            raise InputError(f"coefficient_fer7: {len(FER7)} finite shares were expected, got {shares}")
        return text + ', "coefficient_fer7": ' + _SHARES % tuple(shares)

    def _told(self, told: FaceCoefficients) -> str:
        expression, identity = told.expression.tolist(), told.identity.tolist()
        pose, camera = told.pose.ravel().tolist(), told.camera.tolist()
        if len(expression) != self._count or len(pose) != 3 * len(JOINTS) or len(camera) != 3:
            raise InputError(f"coefficients: {self._count} expressions were expected, got {len(expression)}")
        if not math.isfinite(sum(expression) + sum(identity) + sum(pose) + sum(camera)):
            raise InputError("coefficients: finite numbers were expected")
        people = ", ".join([f"{value:.4f}" for value in identity])
        return self._line % (*expression, people, *pose, *camera)


def _texts(numbers: list[float | None], absent: str) -> list[str]:
    return [absent if number is None else f"{number:.4f}" for number in numbers]


class _LineFile:
    """An unbuffered file of whole lines under a temporary name.

    Attributes:
        lines: ASCII lines that are not written yet.
    """

    def __init__(self, path: Path) -> None:
        self.lines: list[str] = []
        self._path = path
        self._temporary = path.with_name(path.name + ".part")
        self._whole = 0  # bytes up to the end of the last full line
        try:
            self._file = open(self._temporary, "wb", buffering=0)
        except OSError as error:
            raise self._failure(error) from error

    def flush(self) -> None:
        data = memoryview("".join(self.lines).encode("ascii"))
        done = 0
        try:
            # Not where the last write ended: an interrupt may have left half a line there.
            self._file.seek(self._whole)
            while done < len(data):
                done += self._file.write(data[done:]) or 0
        except OSError as error:
            whole = bytes(data[:done]).rfind(b"\n") + 1
            del self.lines[: bytes(data[:whole]).count(b"\n")]
            self._whole += whole
            raise self._failure(error) from error
        self._whole += len(data)
        self.lines.clear()

    def finish(self) -> None:
        """Write what is left, cut after the last full line, close and rename."""
        try:
            try:
                self.flush()
            finally:
                self._file.truncate(self._whole)
                self._file.close()
                self._temporary.replace(self._path)
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> OutputError:
        return OutputError(f"{self._path}: can not be written ({reason(error)})")
