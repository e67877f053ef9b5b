"""The optional packages of the store, imported when they are needed."""

from __future__ import annotations

from typing import Any

from emopoi.errors import MissingPartError


def load_duckdb() -> Any:
    """The package duckdb.

    Raises:
        MissingPartError: it is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingPartError("large catalogues need the package duckdb: pip install duckdb") from error
    return duckdb


def load_pyarrow() -> Any:
    """The package pyarrow.

    Raises:
        MissingPartError: it is not installed.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise MissingPartError("importing places needs the package pyarrow: pip install pyarrow") from error
    return pyarrow


def load_compute() -> Any:
    """The module pyarrow.compute.

    Raises:
        MissingPartError: pyarrow is not installed.
    """
    load_pyarrow()
    import pyarrow.compute

    return pyarrow.compute


def load_arrow_types() -> Any:
    """The module pyarrow.types.

    Raises:
        MissingPartError: pyarrow is not installed.
    """
    load_pyarrow()
    import pyarrow.types

    return pyarrow.types
