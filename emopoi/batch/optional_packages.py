"""Imports the packages that only batches need, when they are needed, and says how to get them."""

from __future__ import annotations

import os
from typing import Any

from emopoi.errors import MissingPartError


def pyarrow_parquet() -> Any:
    """The module `pyarrow.parquet`.

    Raises:
        MissingPartError: it is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingPartError("emopoi batch writes parquet with pyarrow: pip install pyarrow") from error
    return pyarrow.parquet


def ray_without_telemetry() -> Any:
    """The module `ray`, told before it is imported to report nothing to its makers.

    Raises:
        MissingPartError: it is not installed.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError as error:
        raise MissingPartError(
            "--ray needs Ray: pip install -r requirements-batch.txt; without --ray worker processes of this "
            "machine read the videos"
        ) from error
    return ray
