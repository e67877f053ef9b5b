"""Reads one video after the other with models that are loaded once."""

from __future__ import annotations

import json
import time

from emopoi.batch.content import FileStamp, content_of
from emopoi.batch.job import DONE, FOUND, BatchJob, Outcome, VideoFacts
from emopoi.batch.part_files import PartFiles
from emopoi.batch.readings_part import ReadingsPart
from emopoi.errors import InputError, ModelFileError
from emopoi.pipeline import LoadedModels, build_pipeline, load_models, profile_builder, profile_settings
from emopoi.pipeline.loaded_models import model_files
from emopoi.types import FER7, EmotionProfile
from emopoi.vision.media import open_media
from emopoi.vision.shown_name import shown_name


class VideoReader:
    """Turns videos into part files; one a worker.

    Args:
        job: what is to be done with each video.

    Attributes:
        notes: what the models are not as asked, one line each.
        reads_with: see `what_reads`.

    Raises:
        ModelFileError: a frozen model is missing or damaged, or not what the batch was started with.
        MissingPartError: no TFLite runtime is installed, or the landmark network is missing.
        InputError: a bundle or cascade was named that is not there.
    """

    def __init__(self, job: BatchJob) -> None:
        self._job = job
        self._parts = PartFiles(job.out)
        self._models = load_models(job.settings)
        self.notes = self._models.notes
        self.reads_with = what_reads(self._models)
        if job.reads_with and job.reads_with != self.reads_with:
            raise ModelFileError(
                f"a worker would read with {self.reads_with}, and the batch was begun with {job.reads_with}"
            )

    def read(self, source: str) -> Outcome:
        """Read a video and write its part, unless its content has one.

        Args:
            source: absolute path.

        Raises:
            InputError: it is no video, can not be read, or was changed meanwhile.
            OutputError: the part can not be written.
        """
        stamp = FileStamp.of(source)
        settled = stamp.is_settled(time.time_ns())
        content = content_of(source)
        facts = self._parts.facts(content)
        if facts is not None:
            return Outcome(source, FOUND, content, stamp, settled, facts)
        return Outcome(source, DONE, content, stamp, settled, self._write(source, content, stamp))

    def _write(self, source: str, content: str, stamp: FileStamp) -> VideoFacts:
        fps = self._job.sample_fps
        with (
            open_media(source, sample_fps=fps, threads=1) as media,
            ReadingsPart(self._parts, source, content) as part,
        ):
            if media.kind != "video":
                raise InputError(f"{shown_name(media.name)}: a video was expected, got a {media.kind}")
            builder = profile_builder(self._models, profile_settings(media, fps))
            last_ms = 0.0
            for result in build_pipeline(self._models).run(media, builder):
                last_ms = result.frame.time_ms
                for reading in result.readings:
                    part.add(reading)
            profile = builder.build(media.name)
            if FileStamp.of(source) != stamp:
                raise InputError(f"{shown_name(source)}: it was changed while it was read")
            facts = _facts(profile, part.readings, media.frames_read, last_ms / 1000.0, media.warnings)
            part.finish(facts, profile)
            return facts


def what_reads(models: LoadedModels) -> str:
    """Which detector, memory and model files read: one line of JSON; equal where readings are."""
    told = {
        "detector": type(models.detector).__name__,
        "temporal": models.temporal,
        "eyes": models.eyes is not None,
        "models": model_files(models),
    }
    return json.dumps(told, sort_keys=True)


def _facts(
    profile: EmotionProfile, readings: int, frames: int, seconds: float, notes: list[str]
) -> VideoFacts:
    observed_s = sum(person.observed_s for person in profile.people)
    shown = [sum(person.observed_s * person.fer7[label] for person in profile.people) for label in FER7]
    return VideoFacts(
        readings=readings,
        people=len(profile.people),
        frames=frames,
        seconds=round(seconds, 3),
        observed_s=round(observed_s, 3),
        fer7=tuple(round(part / observed_s, 4) if observed_s else 0.0 for part in shown),
        notes=tuple(notes),
    )
