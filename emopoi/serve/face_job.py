"""What a job on a video or photo does: expressions and ages first, then heads in 3D."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from emopoi.errors import EmopoiError, InputError, MediaError
from emopoi.head.landmark_solver import LandmarkSolver
from emopoi.pipeline import (
    RecognitionSettings,
    build_pipeline,
    is_photo,
    load_models,
    profile_builder,
    profile_settings,
)
from emopoi.pipeline.run_facts import run_facts
from emopoi.recognition_outputs import RecognitionOutputs
from emopoi.reconstruct.reconstruction import Reconstruction
from emopoi.report import write_text_atomically
from emopoi.runtime.frozen_head import load_head
from emopoi.serve.job_kinds import JobInput
from emopoi.vision.media import MediaSource, open_media

NOTES = "notes.txt"
"""What the person should know, a line each."""

_READING_SHARE = 0.4
_PASSES = 2  # of a reconstruction: reading and drawing
Item = TypeVar("Item")


def run(job: JobInput) -> None:
    """Leave the files of `emopoi recognize` in the results, and those of `emopoi reconstruct` in head/.

    Raises:
        EmopoiError: the file can not be read, is of another kind, or a model is missing.
    """
    wanted = bool(job.options.get("heads", True))
    notes = _recognize(job, _READING_SHARE if wanted else 1.0)
    if wanted:
        try:
            notes += _reconstruct(job)
        except EmopoiError as error:
            # The readings are worth having without heads.
            notes.append(f"no heads in 3D: {error}")
    write_text_atomically(job.results / NOTES, "".join(f"{note}\n" for note in notes))


def _recognize(job: JobInput, share: float) -> list[str]:
    settings = RecognitionSettings(age_gender=bool(job.options.get("age", True)))
    with open_media(job.source, threads=1) as media:
        media.name = job.name
        _check(media, job)
        job.tell(0.0, "loading models")
        models = load_models(settings, photo=is_photo(media))
        builder = profile_builder(models, profile_settings(media))
        frames = build_pipeline(models).run(media, builder)
        total = _frames(media, job.max_seconds)
        cut = False
        with RecognitionOutputs(job.results, media, builder) as outputs:
            for count, result in enumerate(frames, 1):
                outputs.add(result)
                job.tell(share * min(count / total, 1.0) if total else 0.0, "reading expressions")
                if result.frame.time_ms >= 1000 * job.max_seconds:
                    cut = True
                    break
        profile = builder.build(media.name)
        notes = [*models.notes, *media.warnings]
        if cut:
            notes.append(f"only the first {job.max_seconds:g} seconds were read")
        if builder.left_out():
            notes.append(f"{len(builder.left_out())} faces seen for a moment only were left out")
        outputs.finish(profile, (), notes, run_facts(settings, models, media))
    if outputs.failures:
        raise outputs.failures[0]
    return notes


def _reconstruct(job: JobInput) -> list[str]:
    passes = iter(range(_PASSES))

    def watch(items: Iterable[Item], total: int | None, what: str, /) -> Iterator[Item]:
        done = next(passes, _PASSES - 1)
        for count, item in enumerate(items, 1):
            yield item
            part = (done + (min(count / total, 1.0) if total else 0.0)) / _PASSES
            job.tell(
                _READING_SHARE + (1 - _READING_SHARE) * part,
                "shaping heads" if done == 0 else "drawing heads",
            )

    job.tell(_READING_SHARE, "shaping heads")
    reconstruction = Reconstruction(
        job.source, LandmarkSolver(load_head(None)), seconds=job.max_seconds, watch=watch
    )
    reconstruction.read()
    reconstruction.summary["source"] = job.name
    if not reconstruction.people:
        return ["no head could be shaped"]
    failures = reconstruction.write(job.results / "head")
    return [*reconstruction.notes, *(f"not written: {failure}" for failure in failures)]


def _check(media: MediaSource, job: JobInput) -> None:
    if media.kind not in ("photo", "video"):
        raise InputError(f"one photo or one video was expected, got a {media.kind}")
    pixels = media.width * media.height
    if pixels > job.max_pixels:
        raise MediaError(
            f"a picture of at most {job.max_pixels / 1e6:g} megapixels was expected, got {pixels / 1e6:.0f}"
        )


def _frames(media: MediaSource, max_seconds: float) -> int | None:
    if media.frame_count is None or not media.fps:
        return media.frame_count
    return max(1, min(media.frame_count, round(max_seconds * media.fps)))
