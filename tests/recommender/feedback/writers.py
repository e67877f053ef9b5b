"""A program of many writers at once: `writers.py STORE PROCESSES THREADS EVENTS` prints how many it kept."""

import multiprocessing
import sys
import threading
from multiprocessing.synchronize import Barrier

from recommender.feedback import FeedbackStore
from recommender.place import Place

PATIENCE_S = 300


def write(store: str, person: str, events: int, start: Barrier, kept: list[int]) -> None:
    with FeedbackStore(store) as mine:
        start.wait(PATIENCE_S)
        for number in range(events):
            place = Place(id=f"osm:node/{number % 5}", name="", type="cafe", lat=60.0, lon=25.0)
            mine.say("been_there", place, person=person)
            kept.append(1)


def process(number: int, store: str, threads: int, events: int, start: Barrier) -> None:
    """Exit status 0 where all were kept."""
    kept: list[int] = []
    # Half of the writers speak for one and the same person.
    people = ["everyone" if thread % 2 else f"person {number}.{thread}" for thread in range(threads)]
    workers = [threading.Thread(target=write, args=(store, person, events, start, kept)) for person in people]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sys.exit(len(kept) != threads * events)


def main(store: str, processes: int, threads: int, events: int) -> int:
    # Forked: what was imported once is there for all, so that they really start together.
    context = multiprocessing.get_context("fork")
    start = context.Barrier(processes * threads)
    running = [
        context.Process(target=process, args=(number, store, threads, events, start))
        for number in range(processes)
    ]
    for one in running:
        one.start()
    for one in running:
        one.join()
    return sum(one.exitcode == 0 for one in running) * threads * events


if __name__ == "__main__":
    # Loaded before the fork, for it takes longer than the writing.
    import recommender.feedback.store  # noqa: F401

    print(main(sys.argv[1], *map(int, sys.argv[2:])))
