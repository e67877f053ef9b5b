"""Lists that collections are labelled with: CSV and lines of text, their columns checked."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Set
from pathlib import Path

from emopoi.errors import InputError


def read_lines(path: Path) -> list[str]:
    """Lines of a text without those that are empty.

    Raises:
        InputError: it can not be read as UTF-8.
    """
    try:
        return [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: a text was expected ({error})") from error


def read_csv(path: Path, needed: Set[str], delimiter: str = ",") -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a table with a header; names and values without the spaces around them.

    Args:
        path: the file.
        needed: columns that it must have.
        delimiter: between values.

    Yields:
        The line's number, the header being line 1, and its values; a value that is not there is "".

    Raises:
        InputError: it can not be read, or a column is missing.
    """
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, delimiter=delimiter)
            header = [name.strip() for name in next(reader, [])]
            missing = needed - set(header)
            if missing:
                raise InputError(f"{path}: columns {sorted(missing)} are missing, there are {sorted(header)}")
            for values in reader:
                if values:
                    padded = [value.strip() for value in values] + [""] * (len(header) - len(values))
                    yield reader.line_num, dict(zip(header, padded, strict=False))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: a table was expected ({error})") from error


def whole(text: str, what: str) -> int:
    """A whole number.

    Raises:
        InputError: it is none.
    """
    try:
        return int(text)
    except ValueError as error:
        raise InputError(f"{what}: a whole number was expected, got {text[:40]!r}") from error
