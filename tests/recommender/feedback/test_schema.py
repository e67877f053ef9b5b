import sqlite3
from datetime import datetime, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from emopoi.errors import InputError, OutputError
from recommender.feedback import FeedbackStore
from recommender.feedback import schema as schema_module
from recommender.feedback.event import microseconds
from recommender.feedback.schema import REVISIONS, migrate
from recommender.feedback.tables import METADATA, VERSION_TABLE
from tests.recommender.feedback.made_places import GROUPS_OF_TYPES, place
from tests.recommender.feedback.postgres_server import PostgresServer

NOW = datetime(2026, 6, 5, 12, tzinfo=timezone.utc)
WORDS = [
    ("me", 1, "like"), ("me", 1, "dislike"), ("me", 2, "hide"), ("Anna", 1, "like"), ("me", 3, "been_there"),
    ("me", 3, "been_there"), ("me", 4, "like"), ("me", 4, "forget"), ("me", 5, "hide"), ("me", 5, "unhide"),
]  # fmt: skip


def of_the_first_version(url: str) -> None:
    """A store as revision 0001 left it, with the words above."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        migrate(connection, "0001")
        for person, number, kind in WORDS:
            values = (person, f"osm:node/{number}", "cafe", "cafe", kind, microseconds(NOW))
            connection.execute(
                sa.text(
                    "INSERT INTO emopoi_feedback_events"
                    " (person, place, place_type, place_group, kind, time_us) VALUES (:a, :b, :c, :d, :e, :f)"
                ),
                dict(zip("abcdef", values, strict=True)),
            )
        assert connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() == "0001"
        assert "emopoi_feedback_places" not in sa.inspect(connection).get_table_names()
    engine.dispose()


def check_the_words_are_there(store: FeedbackStore) -> None:
    mine = store.opinions("me", now=NOW, groups_of_types=GROUPS_OF_TYPES).of_place
    assert {name[-1]: opinion[:4] for name, opinion in mine.items()} == {
        "1": (False, True, False, 0), "2": (False, False, True, 0), "3": (False, False, False, 2),
        "5": (False, False, False, 0),
    }  # fmt: skip
    assert mine["osm:node/3"].last_visit == NOW
    assert store.opinions("Anna", groups_of_types=GROUPS_OF_TYPES).place("osm:node/1").liked
    assert len(store.export("me")["events"]) == len(WORDS) - 1
    store.say("like", place(6))
    assert len(store.export("me")["events"]) == len(WORDS)


def test_an_old_file_is_migrated_with_its_words(tmp_path: Path) -> None:
    of_the_first_version(f"sqlite:///{tmp_path / 'feedback.sqlite'}")
    with FeedbackStore(tmp_path / "feedback.sqlite") as store:
        check_the_words_are_there(store)


def test_an_old_postgresql_database_is_migrated_and_both_schemas_are_as_declared(
    postgres: PostgresServer,
) -> None:
    url = postgres.new_database()
    driver = url.replace("postgresql:", "postgresql+psycopg:")
    of_the_first_version(driver)
    with FeedbackStore(url) as store:
        check_the_words_are_there(store)
    check_schema(driver)


def test_many_words_are_migrated_in_parts(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'feedback.sqlite'}"
    of_the_first_version(url)
    with sqlite3.connect(tmp_path / "feedback.sqlite") as connection:
        connection.executemany(
            "INSERT INTO emopoi_feedback_events (person, place, place_type, place_group, kind, time_us)"
            " VALUES ('many', ?, 'cafe', 'cafe', ?, 1)",
            [(f"osm:node/{n % 2500}", "like" if n < 2500 else "been_there") for n in range(5000)],
        )
    connection.close()
    with FeedbackStore(tmp_path / "feedback.sqlite") as store:
        places = store.opinions("many", groups_of_types=GROUPS_OF_TYPES).of_place
        assert len(places) == 2500
        assert {opinion[:4] for opinion in places.values()} == {(True, False, False, 1)}


def check_schema(url: str) -> None:
    """What the revisions leave is what `tables` declares."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), METADATA) == []
    engine.dispose()


def test_the_revisions_make_the_declared_tables(store: FeedbackStore, tmp_path: Path) -> None:
    store.say("like", place(1))
    check_schema(f"sqlite:///{tmp_path / 'feedback.sqlite'}")
    with sqlite3.connect(tmp_path / "feedback.sqlite") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute(f"SELECT * FROM {VERSION_TABLE}").fetchall() == [(REVISIONS[-1],)]
    connection.close()


def test_a_newer_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with FeedbackStore(tmp_path / "feedback.sqlite") as store:
        store.say("like", place(1))
    with sqlite3.connect(tmp_path / "feedback.sqlite") as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '0099'")
    connection.close()
    with FeedbackStore(tmp_path / "feedback.sqlite") as store:
        for use in (
            lambda: store.say("like", place(2)),
            lambda: store.opinions("me"),
            lambda: store.delete("me"),
        ):
            with pytest.raises(InputError, match="newer version") as caught:
                use()
            assert "\n" not in str(caught.value)
    with sqlite3.connect(tmp_path / "feedback.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM emopoi_feedback_events").fetchone() == (1,)
    connection.close()


def test_a_migration_that_fails_leaves_the_old_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_the_first_version(f"sqlite:///{tmp_path / 'feedback.sqlite'}")

    def fails_at_its_end(connection: sa.Connection) -> None:
        migrate(connection)
        raise sa.exc.OperationalError("", {}, Exception("disk is full"))

    with monkeypatch.context() as patched, FeedbackStore(tmp_path / "feedback.sqlite") as store:
        patched.setattr("recommender.feedback.store.migrate", fails_at_its_end)
        with pytest.raises(OutputError, match="disk is full"):
            store.say("like", place(7))
    with sqlite3.connect(tmp_path / "feedback.sqlite") as connection:
        assert connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall() == [("0001",)]
        assert connection.execute("SELECT name FROM sqlite_master WHERE name LIKE '%places'").fetchall() == []
    connection.close()
    with FeedbackStore(tmp_path / "feedback.sqlite") as store:
        check_the_words_are_there(store)


def test_every_revision_has_its_file() -> None:
    folder = Path(schema_module.__file__).parent / "migrations" / "versions"
    assert sorted(path.name.split("_")[1] for path in folder.glob("revision_*.py")) == list(REVISIONS)
