"""`emopoi batch`: the readings of many videos."""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from emopoi.commands.reading_options import REMINDER, add_reading_options
from emopoi.errors import InputError
from emopoi.pipeline import RecognitionSettings, load_models
from emopoi.progress import progress

if TYPE_CHECKING:
    from emopoi.batch.batch_run import BatchRun
    from emopoi.batch.job import BatchJob
    from emopoi.batch.workers import Workers

HELP = "readings of many videos as parquet, with workers here or on a Ray cluster; goes on where it ended"

SET_ASIDE = 3
"""Exit status where all was read but what was set aside."""

_EPILOG = """\
examples:
  emopoi batch videos --out readings
  emopoi batch 'videos/**/*.mp4' more.mov --out readings --workers 4
  emopoi batch list.txt --out readings --ray 10.0.0.5:6379
  emopoi batch videos --out readings --retry

DIR gets readings/bucket=*/CONTENT.parquet (one row a reading), videos.jsonl (what became of each file),
failures.jsonl (what was set aside, and why) and summary.json. A video is done when its parquet file has its
name: after a kill or Ctrl-C the same command goes on, and reads nothing again that did not change.

exit status: 0 all read; 2 a mistake in the command, or nothing can be read or written here; 3 all read but
the videos that were set aside; 130 Ctrl-C.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    add = parser.add_argument
    add(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="video, folder (searched to its end), pattern, or .txt file with one path a line",
    )
    add("--out", type=Path, required=True, metavar="DIR", help="leave the results there")
    add(
        "--ray",
        metavar="ADDRESS",
        help="HOST:PORT of a Ray cluster that this machine is a node of, or local: one for this run",
    )
    add("--workers", type=int, metavar="N", help="videos at a time (default: as many as there are cores)")
    add("--retry", action="store_true", help="begin again what was set aside before")
    add_reading_options(parser)
    add("--consent", action="store_true", help="the people shown agreed: no reminder")
    add("--json", action="store_true", help="print summary.json's object and nothing else")


def run(arguments: argparse.Namespace) -> int:
    """Read what is left, write and print.

    Returns:
        0, `SET_ASIDE` where videos were set aside, or 130 where Ctrl-C ended the reading.

    Raises:
        EmopoiError: an input, an option, a model or the output folder is wrong, or workers do not start.
    """
    from emopoi.batch.batch_folder import FAILURES, SUMMARY, BatchFolder
    from emopoi.batch.batch_run import BatchRun
    from emopoi.batch.inputs import find_videos
    from emopoi.batch.optional_packages import pyarrow_parquet
    from emopoi.batch.summary import RunTime, as_table, summarize
    from emopoi.batch.video_log import write_failures
    from emopoi.report import write_text_atomically

    if arguments.workers is not None and arguments.workers < 1:
        raise InputError(f"--workers: at least 1 was expected, got {arguments.workers}")
    if arguments.cascade and arguments.detector != "haar":
        raise InputError("--cascade is for --detector haar")
    pyarrow_parquet()
    job, notes = _job(arguments)
    sources = find_videos(arguments.inputs)
    if not arguments.consent:
        print(REMINDER, file=sys.stderr)
    with BatchFolder(job) as folder:
        books = BatchRun(folder, retry=arguments.retry)
        left = books.plan(sources)
        if len(left) < len(sources):
            print(f"{len(sources) - len(left)} of {len(sources)} videos need no reading", file=sys.stderr)
        workers = _workers(arguments, job, books, len(left))
        started = time.monotonic()
        stopped = False
        try:
            with workers or nullcontext():
                for outcome in progress(workers.read(left), len(left), "reading videos") if workers else ():
                    books.settle(outcome)
        except KeyboardInterrupt:
            stopped = True
            books.forgive()
        finally:
            write_failures(folder.path / FAILURES, folder.log.set_aside())
        seconds = time.monotonic() - started
        notes += workers.notes if workers else []
        told = RunTime(seconds, workers.count if workers else 0, workers.kind if workers else "", stopped)
        summary = summarize(sources, books, folder.log, told, notes)
        folder.log.compact()
        write_text_atomically(folder.path / SUMMARY, json.dumps(summary, indent=2) + "\n")
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    print(json.dumps(summary) if arguments.json else as_table(summary))
    print(f"results: {arguments.out}", file=sys.stderr)
    if stopped:
        print(f"stopped by you; the same command reads the {summary['left']} that are left", file=sys.stderr)
        return 130
    if summary["set_aside"]:
        count = summary["set_aside"]
        print(
            f"emopoi: {count} {'video was' if count == 1 else 'videos were'} set aside; "
            f"{arguments.out / FAILURES} says why, --retry begins them again",
            file=sys.stderr,
        )
        return SET_ASIDE
    return 0


def _job(arguments: argparse.Namespace) -> tuple[BatchJob, list[str]]:
    """What workers are told, and what is not as asked."""
    from emopoi.batch.batch_folder import absolute
    from emopoi.batch.job import BatchJob
    from emopoi.batch.video_reader import what_reads

    settings = RecognitionSettings(
        detector=arguments.detector,
        temporal=arguments.temporal,
        age_gender=not arguments.no_age,
        variant=arguments.variant,
        bundle=absolute(arguments.bundle) if arguments.bundle else None,
        cascade=absolute(arguments.cascade) if arguments.cascade else None,
        read_from=arguments.read_from,
    )
    job = BatchJob(absolute(arguments.out), settings, arguments.fps)
    models = load_models(settings)
    return replace(job, reads_with=what_reads(models)), list(models.notes)


def _workers(arguments: argparse.Namespace, job: BatchJob, books: BatchRun, videos: int) -> Workers | None:
    """Who reads; nobody is started where nothing is left."""
    from emopoi.batch.worker_environment import cores

    if not videos:
        return None
    if arguments.ray is not None:
        from emopoi.batch.ray_workers import RayWorkers

        return RayWorkers(job, arguments.ray, arguments.workers)
    count = min(arguments.workers or cores(), videos)
    if count == 1:
        from emopoi.batch.workers import InProcess

        return InProcess(job, books.begin)
    from emopoi.batch.local_workers import LocalWorkers

    return LocalWorkers(job, count)
