"""Frames of a video as pictures into a label's folder.

python -m training.video_frames VIDEO --out Images/Happy [--fps 5] [--faces]

Names begin with the video's name and a hash of its content, so frames of two videos never collide
and all frames of one video stay together when `training.retrain` holds pictures back.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from emopoi.errors import InputError
from emopoi.progress import progress
from emopoi.report import prepare_output_folder
from emopoi.types import Face
from emopoi.vision.face_detector import FaceDetector
from emopoi.vision.media import open_media
from emopoi.vision.sinks import PhotoSink
from training.command_line import OneLineParser, run_command
from training.picture_likeness import difference, thumbnail
from training.picture_names import frame_name

_EXAMPLES = """\
examples:
  python -m training.video_frames laughing.mp4 --out Images/Happy
  python -m training.video_frames meeting.mp4 --out Images/Bored --fps 1 --faces
"""
_HASHED_BYTES = 1 << 20
_SURROUNDINGS = 0.6  # of the box, on each side: the detector needs some to find the face again


@dataclass
class FrameCounts:
    """What became of the frames.

    Attributes:
        written: new pictures.
        near_identical: left out, as they hardly differ from the picture before.
        without_face: left out with `faces`.
        there_already: pictures of an earlier run, left as they were.
        damaged: frames that could not be decoded.
    """

    written: int = 0
    near_identical: int = 0
    without_face: int = 0
    there_already: int = 0
    damaged: int = 0


def write_frames(
    video: Path,
    out: Path,
    *,
    fps: float = 5.0,
    detector: FaceDetector | None = None,
    least_difference: float = 2.0,
    overwrite: bool = False,
) -> FrameCounts:
    """Write frames of a video as JPEG pictures.

    Args:
        video: the file.
        out: the label's folder; made where it is missing.
        fps: about so many frames a second are looked at.
        detector: where given, frames without a face are left out and the others are cut to the
            surroundings of the largest face.
        least_difference: mean difference from the picture before, in grey levels of 255, below which
            a frame is left out; 0 keeps all.
        overwrite: write pictures again that are there already.

    Raises:
        MediaError: the video can not be read.
        InputError: no video, or an argument is out of range.
        OutputError: the folder can not be written.
    """
    if not 0 <= least_difference <= 255:
        raise InputError(f"least difference: 0 to 255 was expected, got {least_difference}")
    counts = FrameCounts()
    with open_media(video, sample_fps=fps) as media:
        if media.kind != "video":
            raise InputError(f"{video}: a video was expected, got a {media.kind}")
        sink = PhotoSink(prepare_output_folder(out))
        source = f"{video.stem}-{_content_hash(video)}"
        before: np.ndarray | None = None
        for frame in progress(media, None, f"reading {media.name}"):
            picture = frame.image
            if detector is not None:
                faces = detector.detect(picture)
                if not faces:
                    counts.without_face += 1
                    continue
                picture = surroundings(picture, faces[0])
            small = thumbnail(picture)
            if before is not None and difference(small, before) < least_difference:
                counts.near_identical += 1
                continue
            before = small
            name = f"{frame_name(source, frame.time_ms)}.jpg"
            if (out / name).exists() and not overwrite:
                counts.there_already += 1
                continue
            sink.write(picture, name)
            counts.written += 1
        counts.damaged = media.frames_damaged
    return counts


def surroundings(picture: np.ndarray, face: Face) -> np.ndarray:
    """The part of a picture around a face, uint8 (h, w, 3).

    Args:
        picture: uint8 (H, W, 3) RGB.
        face: found in it.
    """
    height, width = picture.shape[:2]
    margin = _SURROUNDINGS * max(face.width_px, face.height_px)
    x0, y0 = (max(0, int(place - margin)) for place in face.box[:2])
    x1, y1 = min(width, int(face.box[2] + margin) + 1), min(height, int(face.box[3] + margin) + 1)
    return np.ascontiguousarray(picture[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)])


def _content_hash(video: Path) -> str:
    """Eight digits that tell videos of one name apart: of the size and the first megabyte."""
    with video.open("rb") as file:
        head = file.read(_HASHED_BYTES)
    return hashlib.sha256(str(video.stat().st_size).encode() + head).hexdigest()[:8]


def command(words: list[str] | None = None) -> None:
    """Parse the words and write the frames."""
    parser = OneLineParser(prog="python -m training.video_frames", description=__doc__, epilog=_EXAMPLES)
    add = parser.add_argument
    add("video", type=Path, help="video file")
    add("--out", type=Path, required=True, metavar="DIR", help="the label's folder, e.g. Images/Happy")
    add("--fps", type=float, default=5.0, help="frames a second looked at (default: %(default)s)")
    add("--faces", action="store_true", help="only frames with a face, cut to its surroundings")
    add("--least-difference", type=float, default=2.0, metavar="L",
        help="leave out frames that differ by less, grey levels (default: %(default)s; 0: none)")  # fmt: skip
    add("--overwrite", action="store_true", help="write pictures again that are there already")
    add("--json", action="store_true", help="print the counts as JSON")
    options = parser.parse_args(words)
    if not 0 < options.fps <= 1000:
        raise InputError(f"--fps: above 0 and up to 1000 was expected, got {options.fps}")
    detector: FaceDetector | None = None
    if options.faces:
        from emopoi.vision.photo_detector import PhotoDetector

        detector = PhotoDetector()
    counts = write_frames(
        options.video,
        options.out,
        fps=options.fps,
        detector=detector,
        least_difference=options.least_difference,
        overwrite=options.overwrite,
    )
    if options.json:
        print(json.dumps(asdict(counts)))
    else:
        left_out = [f"{count} {what}" for what, count in _told(counts) if count]
        print(f"{options.out}: {counts.written} pictures" + (f" ({', '.join(left_out)})" if left_out else ""))
    if not counts.written and not counts.there_already:
        print("note: no picture was written", file=sys.stderr)


def _told(counts: FrameCounts) -> list[tuple[str, int]]:
    return [
        ("near-identical left out", counts.near_identical),
        ("without a face left out", counts.without_face),
        ("there already", counts.there_already),
        ("damaged", counts.damaged),
    ]


def main(words: list[str] | None = None) -> int:
    """Command line; gives the exit status."""
    return run_command(command, words)


if __name__ == "__main__":
    raise SystemExit(main())
