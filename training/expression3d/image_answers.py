"""What the shipped network of pictures says of the same faces: a teacher, and a partner in fusion.

Hinton et al. 2015 (distillation); Gupta et al. 2016, "Cross modal distillation for supervision transfer".
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np

from emopoi.evaluation.emotion import predict
from emopoi.evaluation.faces_of_table import read_columns
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.probabilities import softmax
from emopoi.types.labels import FER7
from training.run_folder import replace_file


def image_answers(file: Path, kept: Path, name: str = "emotion", *, mirrored: bool = True) -> np.ndarray:
    """What a frozen network says of the tight crops of a labelled file; found once and kept.

    Args:
        file: parquet with a column `image`.
        kept: folder for the answers.
        name: of the frozen model.
        mirrored: take the mean of each picture's answer and of its mirror image's.

    Returns:
        float32 (N, 7), rows sum to 1; even where a picture could not be decoded.

    Raises:
        InputError: the file is missing or has no pictures.
        OutputError: the answers can not be written.
    """
    model = FrozenModel.load(name)
    images = read_columns(file, ["image"])["image"]
    origin = model.manifest.files[model.variant].sha256 + hashlib.sha256(file.read_bytes()).hexdigest()
    key = hashlib.sha256(f"{origin} {mirrored}".encode()).hexdigest()[:12]
    stored = kept / f"{file.stem}_{name}_{key}.npz"
    if not stored.is_file():
        answers = _answers(images, model)
        if mirrored:
            answers = (answers + _answers([_turned(image) for image in images], model)) / 2
        kept.mkdir(parents=True, exist_ok=True)
        replace_file(stored, lambda temporary: _write(temporary, answers))
    with np.load(stored) as content:
        return content["answers"]


def _answers(images: list[bytes | None], model: FrozenModel) -> np.ndarray:
    even = np.full(len(FER7), 1 / len(FER7), np.float32)
    temperature = model.manifest.temperature
    outputs = predict(images, model)
    return np.stack([even if o is None else softmax(o["fer7"], temperature) for o in outputs]).astype(
        np.float32
    )


def _turned(image: bytes | None) -> bytes | None:
    """Left for right, without loss."""
    picture = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_UNCHANGED) if image else None
    return None if picture is None else cv2.imencode(".png", picture[:, ::-1])[1].tobytes()


def _write(path: Path, answers: np.ndarray) -> None:
    with open(path, "wb") as file:
        np.savez(file, answers=answers)
