"""Many writers at once lose nothing, on either database."""

import subprocess
import sys
from pathlib import Path

from recommender.feedback import FeedbackStore
from tests.recommender.feedback.made_places import GROUPS_OF_TYPES
from tests.recommender.feedback.postgres_server import PostgresServer

ROOT = Path(__file__).parents[3]
PROCESSES, THREADS, EVENTS = 4, 25, 20


def write_at_once(store: str, processes: int, threads: int, events: int) -> int:
    """Events that the writers were told are kept."""
    program = Path(__file__).with_name("writers.py")
    done = subprocess.run(
        [sys.executable, str(program), store, str(processes), str(threads), str(events)],
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return int(done.stdout)


def check_a_hundred_writers(url: str) -> None:
    assert write_at_once(url, PROCESSES, THREADS, EVENTS) == PROCESSES * THREADS * EVENTS
    shared = PROCESSES * (THREADS // 2) * EVENTS
    with FeedbackStore(url) as store:
        assert len(store.export("everyone")["events"]) == shared
        visits = store.opinions("everyone", groups_of_types=GROUPS_OF_TYPES).of_place
        assert {place: opinion.visits for place, opinion in visits.items()} == {
            f"osm:node/{number}": shared // 5 for number in range(5)
        }
        for process in range(PROCESSES):
            for thread in range(0, THREADS, 2):
                kept = store.export(f"person {process}.{thread}")
                assert len(kept["events"]) == EVENTS
                assert sum(opinion["visits"] for opinion in kept["places"].values()) == EVENTS


def test_a_hundred_writers_on_sqlite(tmp_path: Path) -> None:
    check_a_hundred_writers(str(tmp_path / "feedback.sqlite"))


def test_a_hundred_writers_on_postgresql(postgres: PostgresServer) -> None:
    check_a_hundred_writers(postgres.new_database())


def test_twenty_processes_open_a_new_store_at_once(tmp_path: Path) -> None:
    path = str(tmp_path / "feedback.sqlite")
    assert write_at_once(path, 20, 2, 1) == 40
    with FeedbackStore(path) as store:
        assert len(store.export("everyone")["events"]) == 20


def test_twenty_processes_open_a_new_postgresql_database_at_once(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    assert write_at_once(url, 20, 2, 1) == 40
    with FeedbackStore(url) as store:
        assert len(store.export("everyone")["events"]) == 20
