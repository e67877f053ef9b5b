"""The tables of the feedback store, as the newest revision of `migrations` leaves them.

Events are what was said, word by word; they are only ever added, until a person asks to be
deleted. Places have one row for each person and place with what holds now. It is written in the
same transaction, so that a request reads as many rows as there are places, not words.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, SmallInteger, Table, Text

VERSION_TABLE = "emopoi_feedback_version"

METADATA = MetaData()

EVENTS = Table(
    "emopoi_feedback_events",
    METADATA,
    # SQLite counts rows by itself only in a column of exactly this type.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("person", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("place_type", Text, nullable=False),
    Column("place_group", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("time_us", BigInteger, nullable=False),
    Index("emopoi_feedback_events_person", "person"),
)

PLACES = Table(
    "emopoi_feedback_places",
    METADATA,
    Column("person", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("place_type", Text, nullable=False),
    Column("place_group", Text, nullable=False),
    Column("opinion", SmallInteger, nullable=False),
    Column("opinion_us", BigInteger),
    Column("hidden_us", BigInteger),
    Column("visits", Integer, nullable=False),
    Column("last_visit_us", BigInteger),
    # Rows of one person lie side by side.
    sqlite_with_rowid=False,
)
