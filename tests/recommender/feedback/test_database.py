"""Stores that are missing, foreign, damaged, locked, read-only or gone: one clear line each."""

import os
import pwd
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from random import Random

import pytest

from emopoi.errors import EmopoiError, InputError, OutputError
from recommender.feedback import Event, FeedbackStore
from recommender.feedback.database import database_at
from tests.recommender.feedback.made_places import GROUPS_OF_TYPES, place
from tests.recommender.feedback.postgres_server import PostgresServer

NOW = datetime(2026, 6, 5, 12, tzinfo=timezone.utc)
USES: dict[str, Callable[[FeedbackStore], object]] = {
    "say": lambda store: store.say("like", place(2)),
    "opinions": lambda store: store.opinions("me", groups_of_types=GROUPS_OF_TYPES),
    "export": lambda store: store.export("me"),
    "delete": lambda store: store.delete("me"),
    "known_of_all": lambda store: store.known_of_all(groups_of_types=GROUPS_OF_TYPES),
}


def refused(store: str | Path, *, busy_s: float = 0.2) -> dict[str, EmopoiError]:
    """The error of each use of a store, in one line that names it."""
    errors = {}
    for name, use in USES.items():
        with FeedbackStore(store, busy_s=busy_s) as opened, pytest.raises(EmopoiError) as caught:
            use(opened)
        text = str(caught.value)
        assert "\n" not in text
        assert opened.name in text
        assert len(text) < 400
        errors[name] = caught.value
    return errors


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with one word."""
    with FeedbackStore(tmp_path / "feedback.sqlite") as store:
        store.say("like", place(1))
    return tmp_path / "feedback.sqlite"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a\0b",
        "mysql://host/name",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///a?mode=ro",
        "://",
        "x://",
    ],
)
def test_no_store(name: str) -> None:
    with pytest.raises(InputError, match="expected"):
        FeedbackStore(name)


def test_strange_names_are_names(tmp_path: Path) -> None:
    for name in ("a b%20?mode=ro#.sqlite", "ä'\".sqlite", "file:x"):
        with FeedbackStore(tmp_path / name) as store:
            store.say("like", place(1))
        assert (tmp_path / name).stat().st_size > 0


@pytest.mark.parametrize("length", [2, 100, 5000, 100_000])
def test_random_bytes(tmp_path: Path, length: int) -> None:
    path = tmp_path / "feedback.sqlite"
    path.write_bytes(Random(length).randbytes(length))
    for error in refused(path).values():
        assert isinstance(error, InputError)
    assert path.read_bytes() == Random(length).randbytes(length)


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    (tmp_path / "feedback.sqlite").touch()
    with FeedbackStore(tmp_path / "feedback.sqlite") as store:
        assert store.export("me")["events"] == []
        assert (tmp_path / "feedback.sqlite").stat().st_size == 0
        store.say("like", place(1))
        assert len(store.export("me")["events"]) == 1


def test_a_file_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE visits (url TEXT)")
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.close()
    before = path.read_bytes()
    for error in refused(path).values():
        assert isinstance(error, InputError)
        assert "visits" in str(error)
    assert path.read_bytes() == before


def test_damaged_in_the_middle(path: Path) -> None:
    with FeedbackStore(path) as store:
        store.add([Event("me", f"osm:node/{n}", "cafe", "cafe", "like", NOW) for n in range(100)])
    content = bytearray(path.read_bytes())
    content[4096:] = Random(1).randbytes(len(content) - 4096)
    path.write_bytes(content)
    for error in refused(path).values():
        assert isinstance(error, InputError)


def test_rows_that_hold_no_opinion(path: Path) -> None:
    for column, value in (("opinion_us", "today"), ("last_visit_us", 2**62)):
        with sqlite3.connect(path) as connection:
            connection.execute(f"UPDATE emopoi_feedback_places SET {column} = ?", (value,))
        connection.close()
        with FeedbackStore(path) as store, pytest.raises(InputError, match="damaged"):
            USES["opinions"](store)


def test_the_version_is_missing(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM emopoi_feedback_version")
    connection.close()
    assert all("version" in str(error) for error in refused(path).values())


def test_something_else_than_a_file(tmp_path: Path) -> None:
    assert all(isinstance(error, InputError) for error in refused(tmp_path).values())


def test_no_folder(tmp_path: Path) -> None:
    with FeedbackStore(tmp_path / "nowhere" / "feedback.sqlite") as store:
        assert store.export("me")["events"] == []
        with pytest.raises(OutputError, match="can not be made"):
            store.say("like", place(1))
    assert list(tmp_path.iterdir()) == []


def test_locked_by_another_program(path: Path) -> None:
    holding = sqlite3.connect(path, isolation_level=None)
    holding.execute("BEGIN IMMEDIATE")
    with FeedbackStore(path, busy_s=0.2) as store:
        with pytest.raises(OutputError, match=r"locked for 0\.2 s"):
            store.say("like", place(2))
        # Readers do not wait.
        assert len(store.export("me")["events"]) == 1
        holding.close()
        store.say("like", place(2))
        assert len(store.export("me")["events"]) == 2


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A store with one word in a folder that nobody may write into, as somebody who is not root."""
    # Not pytest's folder, which other users can not enter.
    folder = Path(tempfile.mkdtemp(prefix="emopoi-read-only-"))
    user = os.geteuid()
    try:
        with FeedbackStore(folder / "feedback.sqlite") as store:
            store.say("like", place(1))
            store.delete("me")
        (folder / "feedback.sqlite").chmod(0o444)
        folder.chmod(0o555)
        if user == 0:
            os.seteuid(pwd.getpwnam("nobody").pw_uid)
        yield folder / "feedback.sqlite"
    finally:
        if user == 0:
            os.seteuid(user)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_read_only(read_only: Path) -> None:
    before = read_only.read_bytes()
    errors = refused(read_only)
    assert isinstance(errors["say"], OutputError)
    assert isinstance(errors["opinions"], InputError)
    assert all("no right" in str(error) or "read-only" in str(error) for error in errors.values())
    assert read_only.read_bytes() == before


@pytest.mark.parametrize("use", USES)
def test_gone_while_in_use(path: Path, use: str) -> None:
    with FeedbackStore(path) as store:
        store.say("like", place(1))
        path.unlink()
        with pytest.raises(OutputError, match=r"gone|removed"):
            USES[use](store)
    assert not path.exists()


def test_removed_within_a_transaction(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from recommender.feedback import store as store_module

    change = store_module._change

    def removes_the_file(*arguments: object) -> object:
        path.unlink()
        return change(*arguments)

    monkeypatch.setattr(store_module, "_change", removes_the_file)
    with FeedbackStore(path) as store, pytest.raises(OutputError, match="removed"):
        store.say("like", place(2))


def test_replaced_while_in_use(path: Path, tmp_path: Path) -> None:
    with FeedbackStore(tmp_path / "other.sqlite") as other:
        other.say("hide", place(5))
    with FeedbackStore(path) as store:
        store.say("like", place(1))
        os.replace(tmp_path / "other.sqlite", path)
        with pytest.raises(OutputError, match="removed"):
            store.say("like", place(2))
    with FeedbackStore(path) as store:
        assert [event["kind"] for event in store.export("me")["events"]] == ["hide"]


def test_no_server_and_no_password_in_the_error(tmp_path: Path) -> None:
    url = f"postgresql://anna:s3cret@/feedback?host={tmp_path}"
    errors = refused(url)
    assert isinstance(errors["say"], OutputError)
    assert isinstance(errors["opinions"], InputError)
    assert all("s3cret" not in str(error) and str(tmp_path) in str(error) for error in errors.values())


def test_the_server_stops_in_the_middle(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    kept: list[int] = []
    failed: list[EmopoiError] = []
    under_way = threading.Event()

    def write() -> None:
        with FeedbackStore(url) as store:
            try:
                for number in range(100_000):
                    store.say("been_there", place(number % 3), time=NOW)
                    kept.append(number)
                    if number == 20:
                        under_way.set()
            except EmopoiError as error:
                failed.append(error)
            finally:
                under_way.set()

    writer = threading.Thread(target=write)
    writer.start()
    under_way.wait()
    try:
        postgres.stop()
    finally:
        writer.join()
        postgres.start()
    assert [type(error) for error in failed] == [OutputError]
    assert "\n" not in str(failed[0])
    with FeedbackStore(url) as store:
        data = store.export("me")
    # The last word may have been kept without the writer being told.
    assert len(kept) <= len(data["events"]) <= len(kept) + 1
    assert sum(opinion["visits"] for opinion in data["places"].values()) == len(data["events"])


def test_other_tables_of_a_server_are_left_alone(postgres: PostgresServer) -> None:
    import psycopg

    url = postgres.new_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('theirs')")
    with FeedbackStore(url) as store:
        store.say("like", place(1))
        assert len(store.export("me")["events"]) == 1
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == [("theirs",)]


def test_a_store_made_by_another_thread_in_between_has_not_gone(tmp_path: Path, monkeypatch) -> None:
    store = database_at(tmp_path / "feedback.sqlite")
    look = store._identity

    def made_after_the_look():
        found = look()
        if found is None:
            monkeypatch.setattr(store, "_identity", look)
            store.create()
            with store.transaction(writing=False):
                pass
        return found

    monkeypatch.setattr(store, "_identity", made_after_the_look)
    assert not store.exists()
    assert store.exists()
