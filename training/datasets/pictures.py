"""Pictures of collections: read, cut and written again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np

from emopoi.errors import InputError
from emopoi.evaluation.emotion import VOTES
from emopoi.evaluation.faces_of_table import decode_picture
from emopoi.preprocess import CropLayout, crop_face
from emopoi.types import Face
from emopoi.types.labels import FER7
from training.datasets.collection import Row

SIDE = 48
"""Of faces for the expression network, pixels."""
PERSON_SIDE = 112
"""Of faces for age and gender."""
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 92)


def read_bytes(path: Path) -> bytes:
    """Content of a file.

    Raises:
        InputError: there is none, or it can not be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError("no such file") from error
    except OSError as error:
        raise InputError(error.strerror or "can not be read") from error
    if not content:
        raise InputError("empty file")
    return content


def read_rgb(path: Path) -> np.ndarray:
    """A picture file, uint8 (H, W, 3) RGB.

    Raises:
        InputError: it is no picture.
    """
    picture = decode_picture(read_bytes(path))
    if picture is None:
        raise InputError("no picture, or a damaged one")
    return picture


def grey_side(picture: np.ndarray) -> np.ndarray:
    """The central square of a picture in grey at `SIDE`: uint8 (48, 48)."""
    side = min(picture.shape[:2])
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    square = picture[top : top + side, left : left + side]
    grey = cv2.cvtColor(square, cv2.COLOR_RGB2GRAY) if square.ndim == 3 else square
    if side == SIDE:
        return grey
    kind = cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR
    return cv2.resize(grey, (SIDE, SIDE), interpolation=kind)


def grey_face(picture: np.ndarray, face: Face, layout: CropLayout) -> np.ndarray:
    """An aligned face in grey: uint8 (48, 48)."""
    return crop_face(picture, face, layout, SIDE, grey=True)[..., 0]


def face_of_points(right_eye, left_eye, mouth) -> Face:
    """A face known by three points in pixels; right and left are the person's own.

    Raises:
        InputError: a point is no number, or eyes or mouth lie on one another.
    """
    points = np.array([right_eye, left_eye, mouth], np.float32)
    if points.shape != (3, 2) or not np.isfinite(points).all():
        raise InputError("points of eyes and mouth were expected")
    if np.linalg.norm(points[0] - points[1]) < 1 or np.linalg.norm(points[:2].mean(axis=0) - points[2]) < 1:
        raise InputError("eyes and mouth lie on one another")
    nose = points.mean(axis=0)
    keypoints = np.stack([points[0], points[1], nose, points[2], points[0], points[1]])
    low, high = points.min(axis=0), points.max(axis=0)
    return Face((float(low[0]), float(low[1]), float(high[0]), float(high[1])), 1.0, keypoints)


def face_of_68(points: np.ndarray) -> Face:
    """A face known by the 68 points of iBUG's mark-up (Sagonas et al. 2013), float (68, 2) pixels."""
    return face_of_points(
        points[36:42].mean(axis=0), points[42:48].mean(axis=0), points[[48, 54]].mean(axis=0)
    )


def as_jpeg(picture: np.ndarray) -> bytes:
    """uint8 (H, W, 3) RGB as JPEG bytes."""
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), _JPEG)[1].tobytes()


def expression_row(
    grey: np.ndarray, label: str, source_id: str, *, image: bytes | None = None, votes: tuple[int, ...] = ()
) -> Row:
    """A row of `columns.EXPRESSION`.

    Args:
        grey: uint8 (48, 48).
        label: among FER-7.
        source_id: where it is from.
        image: the picture's own bytes; None writes `grey` as PNG, which loses nothing.
        votes: of FER+, in the order of its columns.

    Raises:
        InputError: the picture has another size.
    """
    if grey.shape != (SIDE, SIDE):
        raise InputError(f"{SIDE}x{SIDE} pixels were expected, got {grey.shape[1]}x{grey.shape[0]}")
    votes = votes or (0,) * len(VOTES)
    return {
        "image": cv2.imencode(".png", grey)[1].tobytes() if image is None else image,
        "label": FER7.index(label),
        "label_name": label,
        "source_id": source_id,
        "pixel_sha1": hashlib.sha1(grey.tobytes()).hexdigest(),
        **dict(zip(VOTES, votes, strict=True)),
    }


def person_row(
    image: bytes, gender: str, source: str, name: str, age: tuple[float | None, float | None, float | None]
) -> Row:
    """A row of `columns.AGE_GENDER`; `age` is years, least and most, None where not known."""
    return {
        "image": image, "age": age[0], "gender": gender, "age_min": age[1], "age_max": age[2],
        "source": source, "id": name,
    }  # fmt: skip
