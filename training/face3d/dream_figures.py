"""What a network from pixels is worth: points, bearing, expressions, lips, emotion. Keras, not files.

Every figure is of faces that it was not trained on, each picture by itself, cropped at its points.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import keras
import numpy as np

from emopoi.export.input_levels import MEAN, STD
from emopoi.head.head_model import HeadModel
from emopoi.models.face_coefficients import build_coefficient_emotion_network
from emopoi.models.head_in_crop import HeadInCrop
from emopoi.progress import progress
from training.face3d.meshes import read_pictures
from training.face3d.point_loss import LIDS
from training.face3d.regressor_faces import PICTURE, RegressorFaces, cut
from training.face3d.stored_faces import stored_meshes
from training.fer2013 import load_faces, shown_pictures
from training.loop import LoopSettings
from training.optimizers import make_optimizer
from training.soft_labels import blend

WATCHED = ("eyeBlink", "jawOpen", "mouthSmile", "mouthPucker", "browInnerUp")
EYES = ((LIDS[:3], (33, 133)), (LIDS[3:], (263, 362)))
"""Of the right and the left eye: pairs of the upper and the lower lid, and the corners."""
INNER_LIPS = ((13, 14), (82, 87), (312, 317))
"""Pairs of points of the upper and the lower inner lip."""

_NAMING = LoopSettings(
    epochs=30, batch=256, optimizer="adamw", learning_rate=2e-3, warmup_epochs=1, weight_decay=1e-3
)


@dataclass(frozen=True, eq=False)
class EmotionCrops:
    """FER2013 faces as the network sees them.

    Attributes:
        train: uint8 (N, S, S, 3), cut at the points, S the network's input.
        target: float32 (N, 7), labels and votes.
        valid: uint8 (M, S, S, 3), all rows of public_test; those without points are cut as they are.
        labels: int64 (M,).
    """

    train: np.ndarray
    target: np.ndarray
    valid: np.ndarray
    labels: np.ndarray


def middle_of(pictures: np.ndarray, size: int) -> np.ndarray:
    """The middle square of pictures (N, P, P, 3), as augmentation leaves it outside of training."""
    start = (pictures.shape[1] - size) // 2
    return pictures[:, start : start + size, start : start + size]


def read_coefficients(network: keras.Model, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """What the network tells of uint8 (N, S, S, 3), float32 by output."""
    parts = []
    for start in range(0, len(pictures), 1024):
        faces = (pictures[start : start + 1024].astype(np.float32) - MEAN) / STD
        parts.append(network.predict(faces, batch_size=256, verbose=0))
    return {name: np.concatenate([part[name] for part in parts]).astype(np.float32) for name in parts[0]}


def point_figures(head: HeadModel, network: keras.Model, faces: RegressorFaces) -> dict[str, float]:
    """Against points and solver.

    Args:
        head: whose coefficients are told.
        network: from pixels.
        faces: with their points and solutions.

    Returns:
        `error` mean distance of points over the eye distance; `turn_deg` median; correlations of the watched
        expressions (of two sides the lower one); `lids` correlation of the lids' openings, of two eyes the
        lower one; `lips` mean error of the inner lips' openings and
        `lip_points` of their points against the lips' middle, both over the eye distance.
    """
    size = network.input.shape[1]
    told = read_coefficients(network, middle_of(faces.pictures, size))
    if head.expression_names:
        # As the device does.
        told["expression"] = np.clip(told["expression"], 0.0, 1.0)
    straight = np.zeros((len(faces), 6), np.float32)
    straight[:, (0, 4)] = 1.0
    straight[:, (2, 5)] = (PICTURE - size) // 2
    layer = HeadInCrop(head, size, None, jaw="jaw" in told)
    named = ("identity", "expression", "turn", "camera")
    placed = layer(*(told[name] for name in named), straight, told.get("jaw"))
    found, asked = np.asarray(placed["points"]), faces.points[:, head.landmarks.indices]
    distance = faces.eye_distance_px
    apart = np.linalg.norm(found[..., :2] - asked[..., :2], axis=2).mean(axis=1) / distance
    turn = np.asarray(placed["rotation"]) @ faces.rotation.transpose(0, 2, 1)
    angle = np.degrees(np.arccos(np.clip((np.trace(turn, axis1=1, axis2=2) - 1) / 2, -1, 1)))
    figures = {"error": float(apart.mean()), "turn_deg": float(np.median(angle))}
    figures |= watched_correlations(told["expression"], faces.expression, head.expression_names)
    return figures | lip_figures(head, found, asked, distance) | lid_figures(head, found, asked)


def watched_correlations(found: np.ndarray, asked: np.ndarray, names: tuple[str, ...]) -> dict[str, float]:
    """By watched expression; of two sides the lower one."""
    figures = {}
    for watched in WATCHED:
        columns = [
            k for k, name in enumerate(names) if name.removesuffix("Left").removesuffix("Right") == watched
        ]
        values = [
            np.corrcoef(found[:, k], asked[:, k])[0, 1] if found[:, k].std() > 0 else 0.0 for k in columns
        ]
        if values:
            figures[watched] = float(min(values))
    return figures


def lip_figures(
    head: HeadModel, found: np.ndarray, asked: np.ndarray, distance: np.ndarray
) -> dict[str, float]:
    """Errors of the inner lips over the eye distance; nothing for heads that lack the points."""
    place = {int(number): index for index, number in enumerate(head.landmarks.indices)}
    pairs = [(place[a], place[b]) for a, b in INNER_LIPS if a in place and b in place]
    if not pairs:
        return {}
    upper, lower = (np.array(side) for side in zip(*pairs, strict=True))

    def openings(points: np.ndarray) -> np.ndarray:
        return np.linalg.norm(points[:, upper, :2] - points[:, lower, :2], axis=2)

    def from_middle(points: np.ndarray) -> np.ndarray:
        lips = points[:, np.concatenate([upper, lower]), :2]
        return lips - lips.mean(axis=1, keepdims=True)

    gaps = np.abs(openings(found) - openings(asked)).mean(axis=1) / distance
    apart = np.linalg.norm(from_middle(found) - from_middle(asked), axis=2).mean(axis=1) / distance
    return {"lips": float(gaps.mean()), "lip_points": float(apart.mean())}


def lid_figures(head: HeadModel, found: np.ndarray, asked: np.ndarray) -> dict[str, float]:
    """How the lids of the head open and close with those of the points; nothing for heads that lack them.

    Args:
        head: with landmarks.
        found: float (N, L, 2 or 3), the head's points.
        asked: the same of the landmark network.
    """
    place = {int(number): index for index, number in enumerate(head.landmarks.indices)}
    correlations = []
    for pairs, corners in EYES:
        if not {*corners, *(number for pair in pairs for number in pair)} <= set(place):
            return {}

        def opening(points: np.ndarray, pairs=pairs, corners=corners) -> np.ndarray:
            def apart(first: int, second: int) -> np.ndarray:
                return np.linalg.norm(points[:, place[first], :2] - points[:, place[second], :2], axis=1)

            return sum(apart(*pair) for pair in pairs) / apart(*corners)

        correlations.append(np.corrcoef(opening(found), opening(asked))[0, 1])
    return {"lids": float(min(correlations))}


def emotion_crops(data: Path, cache: Path, size: int, rows: int | None = None) -> EmotionCrops:
    """Cut FER2013.

    Args:
        data: holds fer2013/.
        cache: where points are kept.
        size: of the network's input, pixels.
        rows: only the first so many training rows.
    """
    folder = data / "fer2013"
    faces = load_faces(folder / "train.parquet", leave_out=shown_pictures(folder), clean=True).first(rows)
    valid = load_faces(folder / "public_test.parquet").first(rows)
    needed = [None if rows is None else int(split.rows.max()) + 1 for split in (faces, valid)]
    cuts = [
        _cut_file(data, cache, f"fer2013/{name}.parquet", split.rows, size, count)
        for name, split, count in zip(("train", "public_test"), (faces, valid), needed, strict=True)
    ]
    return EmotionCrops(cuts[0], blend(faces.ferplus8, faces.fer7, 0.2, 0.05), cuts[1], valid.fer7)


def _cut_file(
    data: Path, cache: Path, file: str, rows: np.ndarray, size: int, count: int | None
) -> np.ndarray:
    points, _ = stored_meshes(data, cache, file, count)
    encoded = read_pictures(data / file)
    result = np.empty((len(rows), size, size, 3), np.uint8)
    for place, row in enumerate(progress(rows, len(rows), f"cutting {file}")):
        picture = cv2.cvtColor(
            cv2.imdecode(np.frombuffer(encoded[row], np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB
        )
        if points[row].any():
            result[place] = middle_of(cut(picture, points[row])[0][None], size)[0]
        else:
            result[place] = cv2.resize(picture, (size, size))
    return result


def emotion_figures(
    head: HeadModel, network: keras.Model, crops: EmotionCrops, seed: int = 1
) -> dict[str, float]:
    """How well seven classes are named from what the network tells, by a classifier that is fitted to it.

    Args:
        head: whose coefficients are told.
        network: from pixels.
        crops: of FER2013.
        seed: of the classifier.

    Returns:
        `emotion`: accuracy on all of public_test.
    """
    keras.utils.set_random_seed(seed)
    inputs = []
    for pictures in (crops.train, crops.valid):
        told = read_coefficients(network, pictures)
        parts = [told[name] for name in ("identity", "expression", "turn")]
        inputs.append(np.concatenate(parts, axis=1))
    before = keras.config.dtype_policy().name
    keras.config.set_dtype_policy("float32")
    try:
        namer = build_coefficient_emotion_network(head.n_identity, head.n_expressions)
    finally:
        keras.config.set_dtype_policy(before)
    loss = {"fer7": keras.losses.CategoricalCrossentropy(from_logits=True)}
    namer.compile(make_optimizer(_NAMING, len(crops.train)), loss=loss)
    namer.fit(inputs[0], {"fer7": crops.target}, batch_size=_NAMING.batch, epochs=_NAMING.epochs, verbose=0)
    named = namer.predict(inputs[1], batch_size=1024, verbose=0)["fer7"].argmax(axis=1)
    return {"emotion": float((named == crops.labels).mean())}
