"""`emopoi recognize`: the main job."""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path

from emopoi.commands.places_text import places_text
from emopoi.commands.position import read_position
from emopoi.commands.reading_options import REMINDER, add_reading_options
from emopoi.errors import InputError
from emopoi.head.expression_names import expression_names
from emopoi.pipeline import (
    LoadedModels,
    RecognitionSettings,
    build_pipeline,
    is_photo,
    load_models,
    profile_builder,
    profile_settings,
)
from emopoi.pipeline.run_facts import run_facts
from emopoi.pipeline.settings import COEFFICIENTS
from emopoi.profile import ProfileBuilder
from emopoi.progress import progress
from emopoi.recognition_outputs import RecognitionOutputs
from emopoi.report import profile_as_text
from emopoi.report.own_labels_text import own_labels_as_text
from emopoi.types import EmotionProfile
from emopoi.vision.media import MediaSource, open_media
from recommender import MODES, Recommendation, recommend

HELP = "expressions, age range and places from a video, photo, folder or camera"

_EPILOG = """\
examples:
  emopoi recognize clip.mp4
  emopoi recognize clip.mp4 --out out --at 60.17,24.94
  emopoi recognize photo.jpg --json
  emopoi recognize --camera 0 --seconds 20 --out out
  emopoi recognize clip.mp4 --model my_model
  emopoi recognize clip.mp4 --coefficients solver --out out
  emopoi recognize clip.mp4 --from landmarks

Everything happens on this machine; nothing is stored without --out. Ctrl-C ends the reading and keeps
what was read. With --out the folder gets profile.json, readings.jsonl, readings.csv, annotated.mp4 (or
annotated/), timeline.png, report.html and run.json.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    add = parser.add_argument
    add("input", nargs="?", metavar="INPUT", help="video, photo or folder of photos")
    add("--camera", type=int, metavar="N", help="read camera N instead")
    add("--seconds", type=float, metavar="S", help="stop after S seconds of the source")
    add_reading_options(parser)
    add("--model", metavar="DIR", help="model of your own, the folder that `training.retrain` wrote")
    add(
        "--coefficients",
        nargs="?",
        choices=COEFFICIENTS[1:],
        const="solver",
        default="none",
        help="read a 3D head's named expressions in every frame: solver (best; the default) or "
        "network (quickest); with --out they stand in readings.jsonl",
    )
    add("--head", metavar="FILE", help="head of your own for --coefficients, .npz or FLAME's .pkl")
    add(
        "--threads", type=int, default=min(2, os.cpu_count() or 1), help="decode ahead (default: %(default)s)"
    )
    add("--out", type=Path, metavar="DIR", help="leave all results there")
    add("--no-video", action="store_true", help="with --out: no annotated video")
    add("--at", metavar="LAT,LON", help="where places are looked for; --at=-33.9,18.4 below the equator")
    add("--mode", choices=MODES, default="lift", help="places that lift or match the mood, or off")
    add(
        "--places",
        type=int,
        default=5,
        metavar="N",
        help="how many places; 0 for none (default: %(default)s)",
    )
    add("--consent", action="store_true", help="the people shown agreed: no reminder")
    add("--json", action="store_true", help="print profile.json's object and nothing else")


def run(arguments: argparse.Namespace) -> int:
    """Recognize, write and print.

    Returns:
        0, or 130 where Ctrl-C ended the reading.

    Raises:
        EmopoiError: the source, an option, a model or the output folder is wrong; where the disk fills
            on the way, the profile is printed first.
    """
    source = _source(arguments)
    position = None if arguments.at is None else read_position(arguments.at)
    if arguments.places < 0:
        raise InputError(f"--places: at least 0 was expected, got {arguments.places}")
    if arguments.threads < 1:
        raise InputError(f"--threads: at least 1 was expected, got {arguments.threads}")
    if arguments.fps is not None and not 0 < arguments.fps <= 1000:
        raise InputError(f"--fps: above 0 and up to 1000 was expected, got {arguments.fps}")
    if arguments.seconds is not None and not arguments.seconds > 0:
        raise InputError(f"--seconds: more than 0 was expected, got {arguments.seconds}")
    if arguments.cascade and arguments.detector != "haar":
        raise InputError("--cascade is for --detector haar")
    if arguments.head and arguments.coefficients == "none":
        raise InputError("--head is for --coefficients")
    settings = _settings(arguments)
    started = time.monotonic()
    with open_media(source, sample_fps=arguments.fps, threads=arguments.threads) as media:
        models = load_models(settings, photo=is_photo(media))
        if not arguments.consent:
            print(REMINDER, file=sys.stderr)
        builder = profile_builder(models, profile_settings(media, arguments.fps))
        outputs = _outputs(arguments, media, models, builder)
        with outputs or nullcontext():
            stopped = _read(arguments, media, models, builder, outputs)
        profile = builder.build(media.name)
        notes = [*models.notes, *_notes(media, builder, profile, stopped)]
        answer = _places(profile, position, arguments)
        if outputs:
            notes += [f"not written: {failure}" for failure in outputs.failures]
            places = [suggestion.to_dict() for suggestion in answer.places] if answer else []
            texts = [
                *notes,
                *(answer.notes if answer else ()),
                *([answer.attribution] if answer and places else ()),
            ]
            # How long it took is told on stderr: the same clip gives the same files, byte by byte.
            asked = {"fps_asked": arguments.fps, "seconds_asked": arguments.seconds}
            outputs.finish(profile, places, texts, run_facts(settings, models, media) | asked)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    if arguments.json:
        print(profile.to_json())
    else:
        print((profile_as_text(profile) + own_labels_as_text(profile)).rstrip())
        if answer:
            print("\nPlaces worth going to\n" + places_text(answer).rstrip())
    if outputs and outputs.failures:
        raise outputs.failures[0]
    if outputs:
        print(f"results: {arguments.out} ({time.monotonic() - started:.1f} s)", file=sys.stderr)
    return 130 if stopped else 0


def _source(arguments: argparse.Namespace) -> str | int:
    if (arguments.input is None) == (arguments.camera is None):
        raise InputError("one source was expected: a video, photo or folder, or --camera N")
    return arguments.input if arguments.camera is None else arguments.camera


def _outputs(
    arguments: argparse.Namespace, media: MediaSource, models: LoadedModels, builder: ProfileBuilder
) -> RecognitionOutputs | None:
    if arguments.out is None:
        return None
    return RecognitionOutputs(
        arguments.out,
        media,
        builder,
        video=not arguments.no_video,
        threads=arguments.threads,
        expressions=expression_names(models.shapes.head) if models.shapes else (),
    )


def _settings(arguments: argparse.Namespace) -> RecognitionSettings:
    return RecognitionSettings(
        detector=arguments.detector,
        temporal=arguments.temporal,
        age_gender=not arguments.no_age,
        variant=arguments.variant,
        bundle=arguments.bundle,
        cascade=arguments.cascade,
        own_model=arguments.model,
        coefficients=arguments.coefficients,
        head=arguments.head,
        read_from=arguments.read_from,
    )


def _read(
    arguments: argparse.Namespace,
    media: MediaSource,
    models: LoadedModels,
    builder: ProfileBuilder,
    outputs: RecognitionOutputs | None,
) -> bool:
    """Read the source to its end; True where Ctrl-C ended it sooner."""
    frames = build_pipeline(models).run(media, builder, name_photos=media.kind == "folder")
    # Not all frames are read with --fps or --seconds: no time left can be told.
    total = None if arguments.fps or arguments.seconds else media.frame_count
    results = progress(frames, total, f"reading {media.name}")
    try:
        for result in results:
            if outputs:
                outputs.add(result)
            if arguments.seconds is not None and result.frame.time_ms >= 1000 * arguments.seconds:
                break
    except KeyboardInterrupt:
        return True
    return False


def _notes(media: MediaSource, builder: ProfileBuilder, profile: EmotionProfile, stopped: bool) -> list[str]:
    notes = list(media.warnings)
    if "note" in profile.extra.get("own_model", {}):
        notes.append(profile.extra["own_model"]["note"])
    if media.frames_damaged and not any("damaged" in note for note in notes):
        notes.append(f"{media.frames_damaged} damaged frames were skipped")
    if builder.left_out():
        shortest = builder.settings.min_track_s
        notes.append(f"{len(builder.left_out())} faces seen for less than {shortest:g} s were left out")
    if media.kind == "video" and media.frames_read == 1 and not profile.people:
        notes.append("one frame was read, and in a video a face must be found twice: read more with --fps")
    if stopped:
        notes.append(f"stopped by you after {media.frames_read} frames; what was read is kept")
    return notes


def _places(
    profile: EmotionProfile, position: tuple[float, float] | None, arguments: argparse.Namespace
) -> Recommendation | None:
    if not arguments.places:
        return None
    return recommend(profile, at=position, mode=arguments.mode, top=arguments.places)
