"""Open a catalogue of either kind."""

from __future__ import annotations

from pathlib import Path

from emopoi.errors import InputError
from recommender.catalogue.catalogue import Catalogue
from recommender.catalogue.json_catalogue import read_json_catalogue

_DUCKDB_MARK = (8, b"DUCK")
"""Where a DuckDB file says what it is, and how."""


def open_catalogue(path: Path | str | None = None) -> Catalogue:
    """Open a catalogue; the file's content, not its name, says which kind it is.

    Args:
        path: a DuckDB file of `emopoi places import`, or a JSON file; None means the shipped one
            of central Helsinki.

    Raises:
        InputError: the file can not be read or is no catalogue.
        MissingPartError: it is a DuckDB file and the package duckdb is not installed.
    """
    if path is None:
        return read_json_catalogue()
    path = Path(path)
    start, mark = _DUCKDB_MARK
    try:
        with path.open("rb") as file:
            head = file.read(start + len(mark))
    except OSError as error:
        raise InputError(f"{path}: the catalogue can not be read: {error.strerror or error}") from error
    if head[start:] == mark:
        from recommender.catalogue.duckdb_catalogue import DuckdbCatalogue

        return DuckdbCatalogue(path)
    return read_json_catalogue(path)
