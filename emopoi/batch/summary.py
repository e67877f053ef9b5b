"""What a run came to: one JSON object, and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emopoi.batch.batch_folder import FAILURES
from emopoi.batch.batch_run import BatchRun
from emopoi.batch.job import VideoFacts
from emopoi.batch.video_log import KnownVideo, VideoLog
from emopoi.types import FER7
from emopoi.vision.shown_name import shown_name

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class RunTime:
    """How a run was done.

    Attributes:
        seconds: from the first video to the last; models and workers come up within.
        workers: videos that were read at a time.
        kind: of workers, in words.
        stopped: Ctrl-C ended it.
    """

    seconds: float
    workers: int
    kind: str
    stopped: bool = False


def summarize(
    sources: Sequence[str], run: BatchRun, log: VideoLog, time: RunTime, notes: Sequence[str]
) -> dict[str, Any]:
    """Counts of the videos that were asked for, and what all that are done hold together.

    Args:
        sources: what was asked for.
        run: the books of the run.
        log: what is known of each path.
        time: how it was done.
        notes: what there is to know, one line each.

    Returns:
        A JSON object. "read_now", "read_before", "copies", "set_aside" and "left" add up to "videos"; each
        content counts once in "readings", "people", "frames" and seconds.
    """
    aside = {*run.set_aside, *run.set_aside_before}
    facts: dict[str, VideoFacts] = {}
    for source in sources:
        known = log.get(source)
        if known is not None and known.content and known.facts:
            facts[known.content] = known.facts
    observed_s = sum(one.observed_s for one in facts.values())
    ended = len(run.now) + len(run.before) + run.copies + len(aside)
    return {
        "videos": len(sources),
        "read_now": len(run.now),
        "read_before": len(run.before),
        "copies": run.copies,
        "set_aside": len(aside),
        "left": len(sources) - ended,
        "readings": sum(one.readings for one in facts.values()),
        "people": sum(one.people for one in facts.values()),
        "frames": sum(one.frames for one in facts.values()),
        "seconds_of_video": round(sum(one.seconds for one in facts.values()), 3),
        "seconds_of_faces": round(observed_s, 3),
        "fer7": {
            label: round(sum(one.observed_s * one.fer7[place] for one in facts.values()) / observed_s, 4)
            for place, label in enumerate(FER7)
        }
        if observed_s
        else None,
        "damaged_in_part": sum(bool(one.notes) for one in facts.values()),
        "workers": time.workers,
        "workers_are": time.kind,
        "seconds": round(time.seconds, 2),
        "videos_per_second": round(len(run.now) / time.seconds, 3) if time.seconds and run.now else None,
        "stopped": time.stopped,
        "notes": list(notes),
        "failures": [
            {"source": known.source, "reason": known.reason}
            for known in named(log.set_aside(), aside)[:_MOST_NAMED]
        ],
    }


def named(videos: Sequence[KnownVideo], sources: set[str]) -> list[KnownVideo]:
    """Those videos that are among the sources."""
    return [known for known in videos if known.source in sources]


def as_table(summary: dict[str, Any]) -> str:
    """The summary for people to read."""
    rows = [
        ("videos", f"{summary['videos']:,}"),
        ("  read now", f"{summary['read_now']:,}"),
        ("  read before", f"{summary['read_before']:,}"),
        ("  copies of one of these", f"{summary['copies']:,}"),
        ("  set aside", f"{summary['set_aside']:,}"),
        ("  left", f"{summary['left']:,}"),
        ("readings", f"{summary['readings']:,}"),
        ("people, counted in each video", f"{summary['people']:,}"),
        ("video read", f"{summary['seconds_of_video']:,.1f} s, {summary['frames']:,} frames"),
        ("faces shown", f"{summary['seconds_of_faces']:,.1f} s"),
    ]
    if summary["fer7"]:
        shown = sorted(summary["fer7"].items(), key=lambda pair: -pair[1])
        rows.append(("expressions shown", ", ".join(f"{label} {share:.0%}" for label, share in shown[:4])))
    if summary["videos_per_second"]:
        rows.append(
            ("speed", f"{summary['videos_per_second']:.2f} videos a second, {summary['workers_are']}")
        )
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:<{width}}  {value}" for name, value in rows]
    if summary["failures"]:
        lines += ["", f"Set aside ({FAILURES} has all of them)"]
        lines += [
            f"  {shown_name(one['source'])}: {shown_name(one['reason'])}" for one in summary["failures"]
        ]
        rest = summary["set_aside"] - len(summary["failures"])
        lines += [f"  and {rest:,} more"] if rest > 0 else []
    return "\n".join(lines)
