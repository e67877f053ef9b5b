"""Freeze the networks of folds and wrinkles, and measure what they add to how a drawn face looks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from emopoi.errors import ModelFileError
from emopoi.export.freeze import freeze
from emopoi.export.input_levels import MEAN, STD
from emopoi.export.kinds import KINDS
from emopoi.head.detail_places import DetailPlaces
from emopoi.head.detailed_head import LEVELS
from emopoi.head.finer_head import finer_head
from emopoi.head.fingerprint import head_fingerprint
from emopoi.head.head_model import HeadModel
from emopoi.head.point_alignment import PointAlignment
from emopoi.models.drawn_face import DrawnFace
from emopoi.models.face_detail import build_detail_encoder
from emopoi.models.face_regressor import build_face_regressor
from emopoi.preprocess import InputSpec
from emopoi.progress import progress
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from training.crop_layouts import FER2013
from training.face3d.albedo import AlbedoBasis
from training.face3d.dream_figures import middle_of, read_coefficients
from training.face3d.dream_model import config_for
from training.face3d.looks import Looks
from training.face3d.regressor_faces import LAYOUT, PICTURE, load_regressor_faces
from training.run_folder import load_weights

NAMES = ("face_detail", "face_detail_map")
VALID = "age_gender/valid.parquet"
DRAWN_PX = 96
_SAMPLES, _TOGETHER = 400, 64


def publish_detail(
    name: str, data: Path, runs: Path, cache: Path, out: Path, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Freeze one of the two, and measure both.

    Args:
        name: of `NAMES`; the first one goes first.
        data: holds age_gender/.
        runs: holds face_detail/ of `training.train_detail`.
        cache: where points and solutions are kept.
        out: where the model's folder goes.
        facts: licence, recipe and the like.

    Returns:
        The figures by variant.
    """
    run = runs / "face_detail"
    head = load_head()
    choices = json.loads((run / "settings.json").read_text())["choices"]
    basis = AlbedoBasis.load(Path(choices["albedo"]))
    network = build_face_regressor(config_for(head, basis.modes.shape[-1]))
    load_weights(network, Path(choices["regressor"]))
    encoder = build_detail_encoder()
    load_weights(encoder, run / "face_detail.weights.h5")
    faces = load_regressor_faces(head, data, cache, (VALID,))
    pictures = middle_of(faces.pictures, network.input.shape[1])
    told = read_coefficients(network, pictures)
    told["expression"] = np.clip(told["expression"], 0, 1)
    kind = KINDS[name]
    spec = None
    if name == NAMES[0]:
        spec = InputSpec(kind.size, kind.channels, MEAN, STD, LAYOUT.of_centre(*kind.window))
        samples = {"face": (pictures[:_SAMPLES].astype(np.float32) - MEAN) / STD}
    else:
        code = read_coefficients(encoder, pictures[:_SAMPLES])["code"]
        samples = {"code": code, "expression": told["expression"][:_SAMPLES]}
    manifest = freeze(
        name, run / f"{name}.weights.h5", samples, out / name, input_spec=spec,
        facts={**facts, "head_fingerprint": head_fingerprint(head)},
    )  # fmt: skip
    if name == NAMES[0]:
        return {}
    return {
        variant: measure_detail(
            head,
            basis,
            told,
            pictures,
            FrozenModel.load(str(_beside(out)), variant),
            FrozenModel(manifest, variant),
        )
        for variant in manifest.files
    }


def _beside(building: Path) -> Path:
    folder = building.parent / NAMES[0]
    if not (folder / "manifest.json").is_file():
        raise ModelFileError(f"{folder}: publish {NAMES[0]} first")
    return folder


def measure_detail(
    head: HeadModel,
    basis: AlbedoBasis,
    told: Mapping[str, np.ndarray],
    pictures: np.ndarray,
    codes: FrozenModel,
    maps: FrozenModel,
) -> dict[str, Any]:
    """How far drawn skin is from the picture, with and without detail.

    Args:
        head: that all was trained for.
        basis: colours of skin.
        told: what the regressor says, expressions cut to 0..1.
        pictures: uint8 (N, S, S, 3).
        codes: task "face_detail".
        maps: task "face_detail_map".
    """
    finer = finer_head(head, LEVELS)
    light = (basis.light_mean, basis.light_deviation)
    unit, size = PointAlignment(head).unit, pictures.shape[1]
    draw = DrawnFace(finer, unit, basis.mean, basis.modes, light, crop_px=size, size_px=DRAWN_PX)
    side = maps.manifest.outputs["displacement"].shape[1]
    places = DetailPlaces.of_head(finer, side)
    looks = Looks(
        LAYOUT.of_centre(size, PICTURE),
        emotion=None,
        emotion_layout=FER2013,
        mouth=None,
        landmarks=np.arange(468),
    )
    errors: dict[str, list[np.ndarray]] = {"without": [], "with_detail": []}
    starts = range(0, len(pictures), _TOGETHER)
    for start in progress(starts, len(starts), f"drawing with {maps.variant}"):
        rows = slice(start, start + _TOGETHER)
        faces = (pictures[rows].astype(np.float32) - MEAN) / STD
        moved = np.stack(
            [
                places.apply(
                    maps.run(code=codes.run_face(face)["code"][None], expression=expression[None])[
                        "displacement"
                    ][0, ..., 0]
                )
                for face, expression in zip(faces, told["expression"][rows], strict=True)
            ]
        )
        parts = [told[part][rows] for part in ("identity", "expression", "turn", "camera", "albedo", "light")]
        nowhere = np.zeros((len(faces), 468, 2), np.float32)
        for label, by in (("without", None), ("with_detail", moved)):
            drawn = draw(*parts, along_normals=by)
            shown = pictures[rows].astype(np.float32)
            seen = looks(shown, drawn["image"], drawn["part"], nowhere, np.ones(len(faces), np.float32))
            errors[label].append(keras.ops.convert_to_numpy(seen["photometric"])[:, 0])
    figures = {label: round(float(np.concatenate(values).mean()), 5) for label, values in errors.items()}
    return {"n": len(pictures), **figures}
