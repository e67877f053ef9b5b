"""Which revision a feedback database is at, and how it gets to the newest."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from emopoi.errors import InputError
from recommender.feedback.tables import METADATA, VERSION_TABLE

REVISIONS = ("0001", "0002")
"""Oldest first; the last is what this version reads and writes."""

_MIGRATIONS = Path(__file__).parent / "migrations"
# alembic keeps the running migration in module variables: one at a time in a process.
_ONE_AT_A_TIME = threading.Lock()


def revision_of(connection: Connection, name: str) -> str | None:
    """The revision of a database, or None where no feedback was ever kept in it.

    Args:
        connection: to the database.
        name: what to call it in an error.

    Raises:
        InputError: it belongs to something else, or a newer version of this program made it.
    """
    tables = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in tables:
        foreign = tables if connection.dialect.name == "sqlite" else tables & set(METADATA.tables)
        if foreign:
            some = ", ".join(sorted(foreign)[:3])
            raise InputError(
                f"{name}: a feedback database was expected, this one is of something else ({some})"
            )
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars().all()
    if len(found) != 1:
        raise InputError(f"{name}: one schema version was expected, found {len(found)}")
    if found[0] not in REVISIONS:
        raise InputError(
            f"{name}: made by a newer version of this program (schema {found[0]!r}, this one knows up to"
            f" {REVISIONS[-1]!r})"
        )
    return str(found[0])


def migrate(connection: Connection, revision: str = REVISIONS[-1]) -> None:
    """Bring a database up to a revision inside the transaction of `connection`, which holds its lock."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.upgrade(config, revision)
