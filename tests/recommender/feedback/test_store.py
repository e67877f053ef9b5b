import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError, OutputError
from recommender.feedback import KINDS, Event, FeedbackStore, Opinions
from recommender.feedback import store as store_module
from tests.recommender.feedback.made_places import GROUPS_OF_TYPES, place
from tests.recommender.feedback.postgres_server import PostgresServer

NOW = datetime(2026, 6, 5, 12, tzinfo=timezone.utc)
ROOT = Path(__file__).parents[3]
WORDS = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(sorted(KINDS))), max_size=12)


def opinions(store: FeedbackStore, person: str = "me") -> Opinions:
    return store.opinions(person, now=NOW, groups_of_types=GROUPS_OF_TYPES)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_importing_and_reading_make_nothing(tmp_path: Path) -> None:
    with FeedbackStore(tmp_path / "feedback.sqlite") as store:
        assert opinions(store).of_type["cafe"].mean == 0.5
        assert store.export("me") == {"schema": 1, "person": "me", "events": [], "places": {}}
        assert store.delete("me") == 0
        assert store.known_of_all(groups_of_types=GROUPS_OF_TYPES).of_type == {}
        store.add([])
    assert files(tmp_path) == []


def test_opinions_need_no_database_package() -> None:
    code = (
        "import sys, recommender.feedback.opinions, recommender.feedback as feedback;"
        "feedback.opinions_from('me', [], {'cafe': 'cafe'}).sample_types(1);"
        "print([name for name in ('sqlalchemy', 'alembic', 'psycopg') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_a_missing_package_is_named() -> None:
    code = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "from emopoi.errors import MissingPartError\n"
        "try:\n    from recommender.feedback import FeedbackStore\n"
        "except MissingPartError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "SQLAlchemy" in done.stdout, done.stderr


def test_a_word_counts_at_once(store: FeedbackStore, tmp_path: Path) -> None:
    said = store.say("like", place(1), time=NOW)
    assert said == Event("me", "osm:node/1", "cafe", "cafe", "like", NOW)
    after = opinions(store)
    assert after.place("osm:node/1").liked
    assert after.of_type["cafe"].mean > after.of_type["museum"].mean
    with FeedbackStore(tmp_path / "feedback.sqlite") as other:
        assert opinions(other) == after
    store.say("dislike", place(1), time=NOW)
    assert opinions(store).place("osm:node/1").disliked
    assert opinions(store).of_type["cafe"].mean < 0.5
    assert opinions(store, "Anna").of_place == {}


def test_the_time_is_now_where_none_is_given(store: FeedbackStore) -> None:
    before = datetime.now(timezone.utc)
    assert before <= store.say("been_there", place(1)).time <= datetime.now(timezone.utc)


def test_wrong_words_are_refused_before_anything_is_made(store: FeedbackStore, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="kind"):
        store.say("been-there", place(1))
    with pytest.raises(InputError, match="time zone"):
        store.say("like", place(1), time=datetime(2026, 6, 5))
    assert files(tmp_path) == []


def replayed(words: list[tuple[int, str]]) -> dict[str, tuple[bool, bool, bool, int]]:
    """(liked, disliked, hidden, visits) of each place, the plain way."""
    holds: dict[str, list] = {}
    for number, kind in words:
        name = f"osm:node/{number}"
        if kind == "forget":
            holds.pop(name, None)
            continue
        state = holds.setdefault(name, [None, False, 0])
        if kind in ("like", "dislike"):
            state[0] = kind
        elif kind in ("hide", "unhide"):
            state[1] = kind == "hide"
        else:
            state[2] += 1
    return {name: (x[0] == "like", x[0] == "dislike", x[1], x[2]) for name, x in holds.items()}


def check_words(store: FeedbackStore, person: str, words: list[tuple[int, str]], at_once: bool) -> None:
    events = [Event(person, f"osm:node/{n}", "cafe", "cafe", kind, NOW) for n, kind in words]
    for part in [events] if at_once else [[event] for event in events]:
        store.add(part)
    assert {name: opinion[:4] for name, opinion in opinions(store, person).of_place.items()} == replayed(
        words
    )
    assert [event["kind"] for event in store.export(person)["events"]] == [kind for _, kind in words]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FeedbackStore, Iterator[int]]]:
    path = tmp_path_factory.mktemp("shared") / "feedback.sqlite"
    with FeedbackStore(path) as store:
        store.say("like", place(1))
        # Held open, so that the log is not cleared away after every word.
        holding = sqlite3.connect(path)
        holding.execute("SELECT count(*) FROM emopoi_feedback_events").fetchall()
        yield store, count()
        holding.close()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORDS, st.booleans())
def test_what_holds_is_what_the_words_add_up_to(
    shared: tuple[FeedbackStore, Iterator[int]], words: list[tuple[int, str]], at_once: bool
) -> None:
    store, numbers = shared
    check_words(store, f"person {next(numbers)}", words, at_once)


def test_everything_works_the_same_on_postgresql(postgres: PostgresServer) -> None:
    random = Random(1)
    with FeedbackStore(postgres.new_database()) as store:
        assert opinions(store).of_place == {}
        assert store.delete("me") == 0
        for number in range(15):
            words = [(random.randint(1, 3), random.choice(sorted(KINDS))) for _ in range(12)]
            check_words(store, f"person {number}", words, at_once=bool(number % 2))
        assert store.known_of_all(groups_of_types=GROUPS_OF_TYPES).of_type.keys() == {"cafe"}
        assert store.delete("person 1") == 12
        assert store.export("person 1")["events"] == []
        assert opinions(store, "person 1").of_place == {}
        assert len(store.export("person 2")["events"]) == 12


def test_the_latest_visit_is_kept_whatever_the_order(store: FeedbackStore) -> None:
    for days in (3, 1, 2):
        store.say("been_there", place(1), time=NOW - timedelta(days=days))
    assert opinions(store).place("osm:node/1").visits == 3
    assert opinions(store).place("osm:node/1").last_visit == NOW - timedelta(days=1)


def test_all_words_or_none(store: FeedbackStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.say("like", place(9))
    change, calls = store_module._change, count()

    def fails_midway(*arguments: object) -> sa.Executable:
        if next(calls) == 2:
            raise sa.exc.OperationalError("", {}, Exception("disk I/O error"))
        return change(*arguments)

    monkeypatch.setattr(store_module, "_change", fails_midway)
    with pytest.raises(OutputError, match="disk I/O error"):
        store.add([Event("me", f"osm:node/{n}", "cafe", "cafe", "like", NOW) for n in range(4)])
    assert [event["place"] for event in store.export("me")["events"]] == ["osm:node/9"]
    assert opinions(store).of_place.keys() == {"osm:node/9"}


def test_export_has_everything_about_one_person(store: FeedbackStore) -> None:
    store.say("like", place(1), time=NOW)
    store.say("hide", place(2, "bar"), person="Anna", time=NOW)
    store.say("forget", place(1), time=NOW)
    store.say("been_there", place(3, "museum"), time=NOW)
    exported = store.export("me")
    assert [(event["place"], event["kind"]) for event in exported["events"]] == [
        ("osm:node/1", "like"), ("osm:node/1", "forget"), ("osm:node/3", "been_there"),
    ]  # fmt: skip
    assert exported["events"][2] == {
        "place": "osm:node/3", "type": "museum", "group": "museum", "kind": "been_there",
        "time": "2026-06-05T12:00:00+00:00",
    }  # fmt: skip
    assert exported["places"].keys() == {"osm:node/3"}
    assert "Anna" not in str(exported)


def raw_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_delete_leaves_no_trace_in_the_files(store: FeedbackStore, tmp_path: Path) -> None:
    secret = [Event("Zebedee", f"osm:node/777{n}", "tea_house", "cafe", "like", NOW) for n in range(1500)]
    other = [Event("Anna", f"osm:node/888{n}", "cafe", "cafe", "like", NOW) for n in range(300)]
    # Another program has the file open, so that the log stays.
    watching = sqlite3.connect(tmp_path / "feedback.sqlite")
    for part in range(0, 1500, 500):
        store.add(secret[part : part + 500])
        store.add(other[part // 5 : part // 5 + 100])
    assert watching.execute("SELECT count(*) FROM emopoi_feedback_events").fetchone() == (1800,)
    assert files(tmp_path) == ["feedback.sqlite", "feedback.sqlite-shm", "feedback.sqlite-wal"]
    assert b"Zebedee" in raw_bytes(tmp_path)
    assert b"osm:node/777" in raw_bytes(tmp_path)
    assert store.delete("Zebedee") == 1500
    assert b"Zebedee" not in raw_bytes(tmp_path)
    assert b"osm:node/777" not in raw_bytes(tmp_path)
    assert b"tea_house" not in raw_bytes(tmp_path)
    watching.close()
    assert len(store.export("Anna")["events"]) == 300
    assert store.delete("Zebedee") == 0


def test_delete_says_so_where_traces_are_left(tmp_path: Path) -> None:
    with FeedbackStore(tmp_path / "feedback.sqlite", busy_s=0.2) as store:
        store.say("like", place(1), person="Zebedee")
        reading = sqlite3.connect(tmp_path / "feedback.sqlite", isolation_level=None)
        reading.execute("BEGIN")
        reading.execute("SELECT * FROM emopoi_feedback_events").fetchall()
        with pytest.raises(OutputError, match="delete once more"):
            store.delete("Zebedee")
        assert store.export("Zebedee")["events"] == []
        reading.close()
        assert store.delete("Zebedee") == 0
    assert b"Zebedee" not in raw_bytes(tmp_path)


def test_known_of_all_needs_several_people(store: FeedbackStore) -> None:
    for number in range(4):
        store.say("like", place(number, "cafe"), person=f"person {number}")
        store.say("dislike", place(9, "bar"), person=f"person {number}")
    assert store.known_of_all(groups_of_types=GROUPS_OF_TYPES).of_type == {}
    store.say("like", place(1, "cafe"), person="person 4")
    prior = store.known_of_all(groups_of_types=GROUPS_OF_TYPES)
    assert prior.of_type.keys() == {"cafe"}
    fresh = store.opinions("new", prior=prior, groups_of_types=GROUPS_OF_TYPES)
    assert fresh.of_type["cafe"].mean > fresh.of_type["tea_house"].mean > 0.5
    assert fresh.of_place == {}


def test_threads_may_share_a_store(store: FeedbackStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: store.say("like", place(number)), range(40)))
        read = list(threads.map(lambda _: len(opinions(store).of_place), range(8)))
    assert read == [40] * 8


def test_ten_thousand_words_of_one_person_load_fast(store: FeedbackStore, tmp_path: Path) -> None:
    rows = [Event(f"person {n % 3}", f"osm:node/{n}", "cafe", "cafe", "been_there", NOW) for n in range(900)]
    store.add(rows)
    with sqlite3.connect(tmp_path / "feedback.sqlite") as connection:
        query = "SELECT * FROM emopoi_feedback_places WHERE person = 'person 1'"
        plan = connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
        assert "USING PRIMARY KEY (person=?)" in str(plan)
        # The log grows, what is read for a request does not.
        connection.executemany(
            "INSERT INTO emopoi_feedback_events (person, place, place_type, place_group, kind, time_us)"
            " VALUES ('person 1', ?, 'cafe', 'cafe', 'been_there', 0)",
            [(f"osm:node/{n % 400}",) for n in range(10_000)],
        )
    connection.close()
    times = []
    for _ in range(15):
        start = time.perf_counter()
        assert len(opinions(store, "person 1").of_place) == 300
        times.append(time.perf_counter() - start)
    # Measured: 2 ms. Fetching all 10,000 words would take 10 before any is weighed.
    assert min(times) < 0.008
