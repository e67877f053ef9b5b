"""The store of feedback: words are added, opinions are read, a person can be exported and deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from emopoi.errors import InputError, MissingPartError
from recommender.feedback.event import Event, microseconds, moment_of, person_key
from recommender.feedback.evidence import Evidence
from recommender.feedback.opinions import Opinions, opinions_from
from recommender.feedback.pooling import prior_of_all
from recommender.feedback.prior import Prior

try:
    import sqlalchemy as sa
    from sqlalchemy import Connection
    from sqlalchemy.dialects import postgresql, sqlite

    from recommender.feedback.database import BUSY_S, DRIVER_ERRORS, database_at
    from recommender.feedback.schema import REVISIONS, migrate, revision_of
    from recommender.feedback.tables import EVENTS, PLACES
except ImportError as error:
    raise MissingPartError(
        f"keeping feedback needs the packages SQLAlchemy and alembic ({error.name} is not installed)"
    ) from error

if TYPE_CHECKING:
    from recommender.place import Place

ME = "me"
"""The person, where nobody says who."""

EXPORT_SCHEMA = 1

FEWEST_PEOPLE = 5
"""What fewer people spoke about does not count as known of all: nobody's word is to shine through."""


class FeedbackStore:
    """What people said about places, in an SQLite file or a PostgreSQL database.

    Opening one makes nothing; the file and its tables are made when the first word is kept. What `say`
    returned from is kept, whatever becomes of this program. Use it as a context manager, or call `close`.
    """

    def __init__(self, store: str | Path, *, busy_s: float = BUSY_S) -> None:
        """Nothing is opened yet.

        Args:
            store: path of an SQLite file, "sqlite:///PATH" or "postgresql://USER@HOST/NAME".
            busy_s: how long a writer waits for its turn, seconds.

        Raises:
            InputError: another kind of URL.
            MissingPartError: the package that it needs is not installed.
        """
        self._database = database_at(store, busy_s=busy_s)
        self._ready = False

    def __enter__(self) -> FeedbackStore:
        """The store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of all connections."""
        self.close()

    @property
    def name(self) -> str:
        """Path or URL, without the password."""
        return self._database.name

    def close(self) -> None:
        """Let go of all connections."""
        self._database.close()

    def say(self, kind: str, place: Place, *, person: str = ME, time: datetime | None = None) -> Event:
        """Keep one word about one place; the next `opinions` has it.

        Args:
            kind: key of `recommender.feedback.KINDS`.
            place: the place as the catalogue knows it; its id, type and group are kept.
            person: a name that the person chose.
            time: when, with time zone; None is now.

        Returns:
            What was kept.

        Raises:
            InputError: the kind, person or time is not what was asked for, or the store is of something else.
            OutputError: it can not be kept; then nothing of it is.
        """
        moment = datetime.now(timezone.utc) if time is None else time
        said = Event(person, place.id, place.type, place.group, kind, moment)
        self.add([said])
        return said

    def add(self, events: Sequence[Event]) -> None:
        """Keep several words at once: all of them or none.

        Raises:
            InputError: the store is of something else.
            OutputError: they can not be kept; then none is.
        """
        if not events:
            return
        rows = [
            {
                "person": said.person,
                "place": said.place,
                "place_type": said.type,
                "place_group": said.group,
                "kind": said.kind,
                "time_us": microseconds(said.time),
            }
            for said in events
        ]
        with self._writing() as connection:
            # In one order for all: two writers never wait for each other.
            for person in sorted({said.person for said in events}):
                self._database.lock_person(connection, person)
            connection.execute(sa.insert(EVENTS), rows)
            for row in rows:
                connection.execute(_change(row, connection.dialect.name))

    def opinions(
        self,
        person: str = ME,
        *,
        now: datetime | None = None,
        prior: Prior | None = None,
        evidence: Evidence | None = None,
        groups_of_types: Mapping[str, str] | None = None,
    ) -> Opinions:
        """Everything ranking needs of one person. Who is new, also to a store not yet made, gets the prior.

        Args:
            person: name of the person.
            now: moment at which old words are weighed, with time zone; None is now.
            prior: what is known of all, see `known_of_all`; None starts every kind at a neutral place.
            evidence: how words are weighed.
            groups_of_types: group of every type; None takes the taxonomy's.

        Raises:
            InputError: the store can not be read, is damaged, newer or of something else.
            OutputError: it has gone while it was in use.
        """
        key = person_key(person)
        groups = _groups_of_the_taxonomy() if groups_of_types is None else groups_of_types
        columns = [column for column in PLACES.c if column.name != "person"]
        rows: Any = ()
        with self._reading() as connection:
            if connection is not None:
                rows = connection.execute(sa.select(*columns).where(PLACES.c.person == key)).all()
        try:
            return opinions_from(key, rows, groups, now=now, prior=prior, evidence=evidence)
        except (TypeError, ValueError, OverflowError) as error:
            raise InputError(
                f"{self.name}: damaged: a row about {key!r} holds no opinion ({error})"
            ) from error

    def known_of_all(
        self, *, fewest_people: int = FEWEST_PEOPLE, groups_of_types: Mapping[str, str] | None = None
    ) -> Prior:
        """The prior that all people of this store make together; costs a pass over all places.

        Args:
            fewest_people: a type that fewer people spoke about is left out.
            groups_of_types: group of every type; None takes the taxonomy's.

        Raises:
            InputError: the store can not be read.
            OutputError: it has gone while it was in use.
        """
        groups = dict(_groups_of_the_taxonomy() if groups_of_types is None else groups_of_types)
        evidence = Evidence()
        said = {}
        query = sa.select(
            PLACES.c.place_type,
            sa.func.max(PLACES.c.place_group),
            sa.func.count(sa.distinct(PLACES.c.person)),
            _count(PLACES.c.opinion > 0),
            _count(PLACES.c.opinion < 0),
            _count(PLACES.c.hidden_us.is_not(None)),
        ).group_by(PLACES.c.place_type)
        with self._reading() as connection:
            rows = [] if connection is None else connection.execute(query).all()
        for name, group, people, likes, dislikes, hides in rows:
            if people >= fewest_people:
                groups.setdefault(name, group)
                said[name] = (evidence.like * likes, evidence.dislike * dislikes + evidence.hide * hides)
        return prior_of_all(said, groups)

    def export(self, person: str = ME) -> dict[str, Any]:
        """Everything that is kept about a person, as a JSON object.

        Returns:
            schema, person, events (all words in the order they were said) and places (what holds now).

        Raises:
            InputError: the store can not be read.
            OutputError: it has gone while it was in use.
        """
        key = person_key(person)
        columns = [column for column in EVENTS.c if column.name not in ("id", "person")]
        events: Sequence[Any] = ()
        with self._reading() as connection:
            if connection is not None:
                query = sa.select(*columns).where(EVENTS.c.person == key).order_by(EVENTS.c.id)
                events = connection.execute(query).all()
        opinions = self.opinions(key)
        return {
            "schema": EXPORT_SCHEMA,
            "person": key,
            "events": [
                {"place": row[0], "type": row[1], "group": row[2], "kind": row[3], "time": _iso(row[4])}
                for row in events
            ],
            "places": {place: opinion.to_dict() for place, opinion in opinions.of_place.items()},
        }

    def delete(self, person: str) -> int:
        """Delete everything about a person, for good.

        In SQLite the file is rewritten without free pages and the write-ahead log is emptied. In
        PostgreSQL the rows are deleted and vacuumed; backups and logs of the server are its
        administrator's.

        Returns:
            How many words were deleted; 0 for somebody nothing was kept about.

        Raises:
            InputError: the store is of something else.
            OutputError: it can not be written, or traces may be left because another program holds it open.
        """
        key = person_key(person)
        if not self._exists():
            return 0
        with self._writing() as connection:
            self._database.lock_person(connection, key)
            deleted = connection.execute(sa.delete(EVENTS).where(EVENTS.c.person == key)).rowcount
            connection.execute(sa.delete(PLACES).where(PLACES.c.person == key))
        with self._translated(writing=True):
            # Also where nothing was deleted: an earlier call may not have got this far.
            self._database.erase_leftovers()
        return int(deleted)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._translated(writing=True):
            if not self._database.exists():
                self._database.create()
            self._bring_up_to_date(writing=True)
            with self._database.transaction(writing=True) as connection:
                yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        """A connection, or None where no word was ever kept."""
        with self._translated(writing=False):
            if not self._database.exists() or not self._bring_up_to_date(writing=False):
                yield None
                return
            with self._database.transaction(writing=False) as connection:
                yield connection

    def _exists(self) -> bool:
        with self._reading() as connection:
            return connection is not None

    def _bring_up_to_date(self, *, writing: bool) -> bool:
        """Whether there are tables now; makes them only to write."""
        if self._ready:
            return True
        with self._database.transaction(writing=False) as connection:
            revision = revision_of(connection, self.name)
        if revision is None and not writing:
            return False
        if revision is None:
            self._database.prepare_new()
        if revision != REVISIONS[-1]:
            with self._database.transaction(writing=True) as connection:
                self._database.lock_for_migration(connection)
                # Somebody else may have been faster.
                if revision_of(connection, self.name) != REVISIONS[-1]:
                    migrate(connection)
        self._ready = True
        return True

    @contextmanager
    def _translated(self, *, writing: bool) -> Iterator[None]:
        try:
            yield
        except DRIVER_ERRORS as error:
            raise self._database.failure(error, writing=writing) from error


def _change(row: Mapping[str, Any], dialect: str) -> sa.Executable:
    """What a word changes in the row of its person and place."""
    kind, time_us = row["kind"], row["time_us"]
    if kind == "forget":
        return sa.delete(PLACES).where(PLACES.c.person == row["person"], PLACES.c.place == row["place"])
    about: dict[str, Any] = {name: row[name] for name in ("place_type", "place_group")}
    if kind in ("like", "dislike"):
        about |= {"opinion": 1 if kind == "like" else -1, "opinion_us": time_us}
    elif kind in ("hide", "unhide"):
        about |= {"hidden_us": time_us if kind == "hide" else None}
    else:
        about |= {"visits": 1, "last_visit_us": time_us}
    key = {"person": row["person"], "place": row["place"]}
    insert = postgresql.insert(PLACES) if dialect == "postgresql" else sqlite.insert(PLACES)
    insert = insert.values(**key, **({"opinion": 0, "visits": 0} | about))
    if kind == "been_there":
        last = PLACES.c.last_visit_us
        about["visits"] = PLACES.c.visits + 1
        about["last_visit_us"] = sa.case((last > time_us, last), else_=time_us)
    return insert.on_conflict_do_update(index_elements=list(key), set_=about)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _groups_of_the_taxonomy() -> dict[str, str]:
    from recommender.taxonomy import TYPES

    return {name: place_type.group for name, place_type in TYPES.items()}


def _iso(time_us: int) -> str:
    return moment_of(time_us).isoformat()
