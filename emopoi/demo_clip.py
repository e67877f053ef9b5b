"""A clip to try the main job on, made from the public-domain portrait in scikit-image's wheel.

The camera wanders over the portrait of astronaut Eileen Collins (NASA, public domain): zoom, pan,
tilt, changing light. Towards the end her mirror image joins from the right as a second person.
Nothing in it is random: the same pictures come out every time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, MissingPartError
from emopoi.vision.sinks import VideoSink

WIDTH_PX, HEIGHT_PX, FPS, SECONDS = 640, 480, 25, 8.0

_FACE_XY = (222.0, 122.0)  # middle of the face in the portrait of 512x512 pixels
_SECOND_PERSON_S = (4.5, 6.0)  # she starts to come in, has arrived

_ALONE_FRAMES = 100  # before the second person comes in


def portrait() -> NDArray[np.uint8]:
    """The portrait, uint8 (512, 512, 3) RGB.

    Raises:
        MissingPartError: scikit-image is not installed.
    """
    try:
        from skimage import data
    except ImportError as error:
        raise MissingPartError(
            "the demo's portrait comes with scikit-image: pip install scikit-image"
        ) from error
    picture: NDArray[np.uint8] = data.astronaut()
    return picture


def demo_frames(
    picture: NDArray[np.uint8], seconds: float = SECONDS
) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """The frames of the clip.

    Args:
        picture: uint8 (512, 512, 3) RGB, face in the middle of `portrait()`'s face.
        seconds: length; the story is told over `SECONDS` and cut there.

    Yields:
        Time in milliseconds and uint8 (480, 640, 3) RGB.

    Raises:
        InputError: the picture is of another kind, or the length is not above zero.
    """
    if picture.dtype != np.uint8 or picture.shape != (512, 512, 3):
        raise InputError(
            f"a portrait of uint8 (512, 512, 3) was expected, got {picture.dtype} {picture.shape}"
        )
    if not 0 < seconds <= SECONDS:
        raise InputError(f"seconds: more than 0 and at most {SECONDS:g} was expected, got {seconds:g}")
    mirrored = np.ascontiguousarray(picture[:, ::-1])
    mirrored_face = (511.0 - _FACE_XY[0], _FACE_XY[1])
    for index in range(max(1, round(seconds * FPS))):
        time_s = index / FPS
        arrived = _ease((time_s - _SECOND_PERSON_S[0]) / (_SECOND_PERSON_S[1] - _SECOND_PERSON_S[0]))
        turn = 2 * math.pi * time_s / SECONDS
        # The first person makes room: from the middle of the picture to its left half.
        frame = _view(
            picture,
            face=_FACE_XY,
            to=(320 - 150 * arrived + 28 * math.sin(2 * turn), 215 + 18 * math.sin(3 * turn)),
            zoom=1.55 + 0.45 * math.sin(turn),
            tilt_deg=9 * math.sin(2 * turn),
            light=1.0 + 0.22 * math.sin(1.5 * turn + 0.6),
            warmth=0.05 * math.sin(turn),
        )
        if arrived > 0:
            edge = round(WIDTH_PX - WIDTH_PX / 2 * arrived)
            second = _view(
                mirrored,
                face=mirrored_face,
                to=(edge + WIDTH_PX / 4, 230 + 12 * math.sin(4 * turn)),
                zoom=1.35,
                tilt_deg=-6 * math.sin(3 * turn),
                light=0.9,
                warmth=-0.06,
            )
            frame[:, edge:] = second[:, edge:]
        yield 1000.0 * time_s, frame


def write_demo_clip(path: Path, seconds: float = SECONDS) -> Path:
    """Write the clip as MP4.

    Args:
        path: ends in .mp4; its folder exists.
        seconds: length, at most `SECONDS`.

    Returns:
        The path.

    Raises:
        MissingPartError: scikit-image is not installed.
        OutputError: the file can not be written.
    """
    picture = portrait()
    with VideoSink(path, fps=FPS) as sink:
        for time_ms, frame in demo_frames(picture, seconds):
            sink.write(frame, time_ms)
    return path


def write_short_clips(folder: Path, count: int, frames: int = 8) -> list[Path]:
    """Write many short clips of the first person, no two alike: for tests and benchmarks of many videos.

    Args:
        folder: exists.
        count: how many; each begins at another moment and is moved sideways by another number of pixels.
        frames: of each, at most 100; 320x240 pixels at `FPS`.

    Returns:
        The paths, in the order of their names.

    Raises:
        InputError: the number of frames is out of range.
        MissingPartError: scikit-image is not installed.
        OutputError: a file can not be written.
    """
    if not 1 <= frames <= _ALONE_FRAMES:
        raise InputError(f"frames: 1 to {_ALONE_FRAMES} was expected, got {frames}")
    alone = demo_frames(portrait(), _ALONE_FRAMES / FPS)
    pictures = [cv2.resize(picture, (WIDTH_PX // 2, HEIGHT_PX // 2)) for _, picture in alone]
    paths = []
    for number in range(count):
        start, shift = number % (_ALONE_FRAMES - frames + 1), number // (_ALONE_FRAMES - frames + 1)
        path = folder / f"{number:04d}.mp4"
        with VideoSink(path, fps=FPS) as sink:
            for index, picture in enumerate(pictures[start : start + frames]):
                sink.write(np.roll(picture, 2 * shift, axis=1), 1000.0 * index / FPS)
        paths.append(path)
    return paths


def _view(
    picture: NDArray[np.uint8],
    *,
    face: tuple[float, float],
    to: tuple[float, float],
    zoom: float,
    tilt_deg: float,
    light: float,
    warmth: float,
) -> NDArray[np.uint8]:
    """The picture with its face moved to a place, enlarged, tilted and lit."""
    matrix = cv2.getRotationMatrix2D(face, tilt_deg, zoom)
    matrix[:, 2] += np.subtract(to, face)
    view = cv2.warpAffine(
        picture, matrix, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    gains = light * np.array([1.0 + warmth, 1.0, 1.0 - warmth])
    return np.clip(view * gains, 0, 255).astype(np.uint8)


def _ease(share: float) -> float:
    """0..1 without a jerk at either end (smoothstep)."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)
