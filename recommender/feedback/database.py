"""Where feedback lies: one SQLite file, or a PostgreSQL database by URL; transactions on either."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from emopoi.errors import EmopoiError, InputError, MissingPartError, OutputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

BUSY_S = 60.0
"""How long a writer waits for its turn, seconds."""

_ASK_AGAIN_S = 0.02
_CONNECT_S = 10
_LOCK_OF_MIGRATIONS = 0x656D6F706F69
_WRITING = "emopoi_writing"


class Database(Protocol):
    """A place that transactions run on."""

    name: str

    def exists(self) -> bool:
        """Whether there is anything to read from."""

    def create(self) -> None:
        """Make room for a new store where there is none."""

    def transaction(self, *, writing: bool) -> Any:
        """Context manager of a `Connection`: commits at its end, rolls back on an error."""

    def lock_for_migration(self, connection: Connection) -> None:
        """Hold off all other migrations until the transaction ends."""

    def lock_person(self, connection: Connection, person: str) -> None:
        """Hold off all other writers about this person until the transaction ends."""

    def prepare_new(self) -> None:
        """Once before the first tables are made."""

    def erase_leftovers(self) -> None:
        """Clear what deleted rows left behind."""

    def failure(self, error: Exception, *, writing: bool) -> EmopoiError:
        """An error of the driver in one line."""

    def close(self) -> None:
        """Let go of all connections."""


def database_at(store: str | Path, *, busy_s: float = BUSY_S) -> Database:
    """The database that a path or URL means; nothing is opened or made.

    Args:
        store: path of an SQLite file, "sqlite:///PATH" or "postgresql://USER@HOST/NAME".
        busy_s: how long a writer waits for its turn, seconds.

    Raises:
        InputError: another kind of database, or no path in it.
        MissingPartError: PostgreSQL without the package psycopg.
    """
    text = os.fspath(store)
    if "://" not in text:
        if not text or "\0" in text:
            raise InputError(f"a path or URL of a feedback store was expected, got {text!r}")
        return SqliteFile(Path(text), busy_s)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise InputError("a URL such as postgresql://user@host/name was expected") from error
    kind = url.get_backend_name()
    if kind == "sqlite":
        if not url.database or url.database == ":memory:" or url.query:
            raise InputError("sqlite:///PATH was expected: feedback is kept in a file")
        return SqliteFile(Path(url.database), busy_s)
    if kind != "postgresql":
        raise InputError(f"an SQLite file or a PostgreSQL URL was expected, got one of {kind}")
    return Postgres(url, busy_s)


class SqliteFile:
    """Feedback in one SQLite file, readable by its owner alone.

    Each transaction has a connection of its own: a file that was removed is noticed, and no
    connection crosses a fork.
    """

    def __init__(self, path: Path, busy_s: float = BUSY_S) -> None:
        """Nothing is opened yet."""
        self.path = path
        self.name = str(path)
        self._busy_s = busy_s
        self._seen: tuple[int, int] | None = None
        self._engine = sa.create_engine("sqlite://", creator=self._connect, poolclass=sa.pool.NullPool)

        @event.listens_for(self._engine, "begin")
        def begin(connection: Connection) -> None:
            # A reader that turns writer midway can not wait for its turn: writers say so at once.
            writing = connection.get_execution_options().get(_WRITING, False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    def exists(self) -> bool:
        """Whether the file is there.

        Raises:
            InputError: something else than a file is.
            OutputError: it was there before.
        """
        # In this order: another thread may make the file, and see it, between the two looks.
        seen = self._seen
        identity = self._identity()
        if identity is None and seen is not None:
            raise OutputError(f"{self.name}: the feedback store has gone while it was in use")
        return identity is not None

    def create(self) -> None:
        """Make an empty file, which SQLite takes for a new database.

        Raises:
            OutputError: its folder is missing or not writable.
        """
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as error:
            reason = error.strerror or error
            raise OutputError(f"{self.name}: the feedback store can not be made: {reason}") from error

    @contextmanager
    def transaction(self, *, writing: bool) -> Iterator[Connection]:
        """A transaction on the file, which must be the same one before and after."""
        self._same_file("nothing of this was kept" if writing else "nothing was read")
        options = {_WRITING: writing}
        with self._engine.connect().execution_options(**options) as connection:
            with self._turn() if writing else nullcontext(), connection.begin():
                yield connection
        # SQLite itself tells of success where the file was removed meanwhile.
        self._same_file("the last words may be lost")

    def lock_for_migration(self, connection: Connection) -> None:
        """A writer is alone already."""

    def lock_person(self, connection: Connection, person: str) -> None:
        """A writer is alone already."""

    def prepare_new(self) -> None:
        """A write-ahead log: readers and a writer do not wait for each other. It stays with the file."""
        with suppress(sqlite3.OperationalError):
            # Some file systems can not do it; the store works without, more slowly.
            self._until_free("PRAGMA journal_mode=WAL", lambda row: True)

    def erase_leftovers(self) -> None:
        """Rewrite the file without free pages, and empty the write-ahead log.

        Raises:
            OutputError: another program reads without end.
        """
        done = self._until_free("VACUUM", lambda row: True) and self._until_free(
            "PRAGMA wal_checkpoint(TRUNCATE)", lambda row: row[0] == 0
        )
        if not done:
            raise OutputError(
                f"{self.name}: the rows are deleted, but another program holds the file open and traces may"
                " be left: delete once more when it has ended"
            )

    def failure(self, error: Exception, *, writing: bool) -> EmopoiError:
        """An error of SQLite in one line; a damaged file is an `InputError`, the rest go by `writing`."""
        said = _first_line(error)
        kind: type[EmopoiError] = OutputError if writing else InputError
        if "not a database" in said or "malformed" in said:
            return InputError(
                f"{self.name}: an SQLite file was expected; this one is damaged or of something else"
            )
        if _is_busy(error):
            return kind(f"{self.name}: another program has kept the store locked for {self._busy_s:g} s")
        if "readonly" in said:
            return kind(f"{self.name}: the feedback store is read-only")
        if "unable to open" in said:
            return kind(f"{self.name}: the feedback store can not be opened (gone, or no right to)")
        return kind(f"{self.name}: the feedback store can not be {'written' if writing else 'read'}: {said}")

    def close(self) -> None:
        """Nothing is held between transactions."""
        self._engine.dispose()

    def _connect(self) -> sqlite3.Connection:
        # mode=rw: a file that has gone is an error, not a new and empty store.
        connection = sqlite3.connect(
            f"file:{quote(os.path.abspath(self.path))}?mode=rw",
            uri=True,
            timeout=self._busy_s,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("PRAGMA secure_delete=ON").fetchall()
            # The log reaches the disk when the last connection closes and every thousand pages, not at
            # every word: a crash of the program loses nothing, a power cut perhaps the last words.
            connection.execute("PRAGMA synchronous=NORMAL").fetchall()
            # Opens the log. The last one to close it pays for clearing it away: whoever waits keeps it open.
            connection.execute("PRAGMA user_version").fetchall()
        except BaseException:
            connection.close()
            raise
        return connection

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if not self.path.is_file():
            raise InputError(f"{self.name}: a file was expected")
        return found.st_dev, found.st_ino

    def _same_file(self, consequence: str) -> None:
        identity = self._identity()
        if identity is None or identity != (self._seen or identity):
            raise OutputError(f"{self.name}: the feedback store was removed while in use: {consequence}")
        self._seen = identity

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Stand in line for the one place of the writer, as long as `busy_s`.

        SQLite asks for that place less and less often the longer it has waited, so that newcomers win:
        among a hundred writers some starve. Here all ask equally often, and of the kernel, which is
        cheap. It is about fairness alone: who can not stand in line, or has waited long, goes on,
        and SQLite still lets in one at a time.
        """
        if fcntl is None:
            yield
            return
        try:
            # The folder, for a lock needs something to hold on to that SQLite has no lock of its own on.
            handle = os.open(self.path.absolute().parent, os.O_RDONLY)
        except OSError:
            yield
            return
        try:
            end = time.monotonic() + self._busy_s
            while not _is_locked(handle) and time.monotonic() < end:
                time.sleep(_ASK_AGAIN_S)
            yield
        finally:
            # A process forked meanwhile has this handle too: closing it here would not be enough.
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_UN)
            os.close(handle)

    def _until_free(self, statement: str, succeeded: Callable[[Any], bool]) -> bool:
        """Run what SQLite does not wait for by itself, until it succeeds or the time is up."""
        end = time.monotonic() + self._busy_s
        while True:
            connection = self._connect()
            try:
                connection.execute("PRAGMA busy_timeout=0").fetchall()
                row = connection.execute(statement).fetchone()
                if row is None or succeeded(row):
                    return True
            except sqlite3.OperationalError as error:
                if not _is_busy(error):
                    raise
            finally:
                connection.close()
            if time.monotonic() > end:
                return False
            time.sleep(_ASK_AGAIN_S)


class Postgres:
    """Feedback in a PostgreSQL database, for many writers on many machines."""

    def __init__(self, url: URL, busy_s: float = BUSY_S) -> None:
        """Nothing is opened yet.

        Raises:
            MissingPartError: the package psycopg is not installed.
        """
        self.name = url.set(drivername="postgresql").render_as_string(hide_password=True)
        self._password = url.password
        self._busy_s = busy_s
        options = {"connect_timeout": _CONNECT_S, "options": f"-c lock_timeout={int(busy_s * 1000)}"}
        try:
            self._engine: Engine = sa.create_engine(
                url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, connect_args=options
            )
        except ImportError as error:
            raise MissingPartError("feedback in PostgreSQL needs the package psycopg[binary]") from error

    def exists(self) -> bool:
        """A database can not be told from an empty one before it is asked."""
        return True

    def create(self) -> None:
        """The database is made by whoever runs the server."""

    @contextmanager
    def transaction(self, *, writing: bool) -> Iterator[Connection]:
        """A transaction on a connection of the pool."""
        with self._engine.begin() as connection:
            yield connection

    def lock_for_migration(self, connection: Connection) -> None:
        """Others wait until the transaction ends."""
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_OF_MIGRATIONS)))

    def lock_person(self, connection: Connection, person: str) -> None:
        """Others who write about this person wait: words are applied in the order they are kept in."""
        key = sa.func.hashtextextended(person, _LOCK_OF_MIGRATIONS)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))

    def prepare_new(self) -> None:
        """Nothing to do."""

    def erase_leftovers(self) -> None:
        """Let the server reuse the room of the deleted rows."""
        from recommender.feedback.tables import METADATA

        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in METADATA.tables:
                connection.execute(sa.text(f"VACUUM {table}"))

    def failure(self, error: Exception, *, writing: bool) -> EmopoiError:
        """An error of the server or the driver in one line, without the password."""
        said = _first_line(error)
        if self._password:
            said = said.replace(str(self._password), "***")
        kind: type[EmopoiError] = OutputError if writing else InputError
        return kind(f"{self.name}: the feedback store can not be {'written' if writing else 'read'}: {said}")

    def close(self) -> None:
        """Close the pool."""
        self._engine.dispose()


def _is_locked(handle: int) -> bool:
    """Try once to lock an open folder; True also where it can not be locked at all."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _is_busy(error: BaseException | None) -> bool:
    return "locked" in str(error) or "busy" in str(error)


def _first_line(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__


DRIVER_ERRORS = (SQLAlchemyError, sqlite3.Error, OSError)
"""What `Database.failure` turns into one line."""
