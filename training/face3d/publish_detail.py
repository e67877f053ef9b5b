"""Freeze the networks of folds and wrinkles, and measure what they add to how a drawn face looks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import ModelFileError
from emopoi.export.freeze import freeze
from emopoi.export.input_levels import MEAN, STD
from emopoi.export.kinds import KINDS
from emopoi.head.detail_places import DetailPlaces
from emopoi.head.fingerprint import head_fingerprint
from emopoi.head.head_model import HeadModel
from emopoi.models.face_detail import FaceDetailConfig, build_detail_encoder
from emopoi.models.face_regressor import build_face_regressor
from emopoi.preprocess import InputSpec
from emopoi.progress import progress
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from training.face3d.albedo import AlbedoBasis
from training.face3d.dream_figures import middle_of, read_coefficients
from training.face3d.dream_model import config_for
from training.face3d.face_drawing import FaceDrawing
from training.face3d.looks import colours_apart
from training.face3d.regressor_faces import LAYOUT, load_regressor_faces
from training.run_folder import load_weights

NAMES = ("face_detail", "face_detail_map")
VALID = "age_gender/valid.parquet"
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
    run, head, kind = runs / "face_detail", load_head(), KINDS[name]
    faces = load_regressor_faces(head, data, cache, (VALID,))
    pictures = middle_of(faces.pictures, FaceDetailConfig().size)
    facts = {**facts, "head_fingerprint": head_fingerprint(head)}
    weights = run / f"{name}.weights.h5"
    if name == NAMES[0]:
        spec = InputSpec(kind.size, kind.channels, MEAN, STD, LAYOUT.of_centre(*kind.window))
        samples = {"face": (pictures[:_SAMPLES].astype(np.float32) - MEAN) / STD}
        freeze(name, weights, samples, out / name, input_spec=spec, facts=facts)
        return {}
    choices = json.loads((run / "settings.json").read_text())["choices"]
    basis = AlbedoBasis.load(Path(choices["albedo"]))
    network = build_face_regressor(config_for(head, basis.modes.shape[-1]))
    load_weights(network, Path(choices["regressor"]))
    told = read_coefficients(network, pictures)
    told["expression"] = np.clip(told["expression"], 0, 1)
    encoder = build_detail_encoder()
    load_weights(encoder, run / f"{NAMES[0]}.weights.h5")
    code = read_coefficients(encoder, pictures[:_SAMPLES])["code"]
    samples = {"code": code, "expression": told["expression"][:_SAMPLES]}
    manifest = freeze(name, weights, samples, out / name, input_spec=None, facts=facts)
    beside = str(_beside(out))
    return {
        variant: measure_detail(
            head, basis, told, pictures, FrozenModel.load(beside, variant), FrozenModel(manifest, variant)
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
    draw = FaceDrawing(head, basis, crop_px=pictures.shape[1], size_px=pictures.shape[1])
    places = DetailPlaces.of_head(draw.head, maps.manifest.outputs["displacement"].shape[1])
    errors: dict[str, list[np.ndarray]] = {"without": [], "with_detail": []}
    starts = range(0, len(pictures), _TOGETHER)
    for start in progress(starts, len(starts), f"drawing with {maps.variant}"):
        rows = slice(start, start + _TOGETHER)
        some = {part: value[rows] for part, value in told.items()}
        shown = pictures[rows].astype(np.float32)
        codes_told = [codes.run_face(face)["code"] for face in (shown - MEAN) / STD]
        moved = [
            places.apply(maps.run(code=code[None], expression=one[None])["displacement"][0, ..., 0])
            for code, one in zip(codes_told, some["expression"], strict=True)
        ]
        for label, by in (("without", None), ("with_detail", np.stack(moved))):
            drawn = draw(some, by)
            errors[label].append(np.asarray(colours_apart(shown / 255, drawn["image"], drawn["part"]))[:, 0])
    figures = {label: round(float(np.concatenate(values).mean()), 5) for label, values in errors.items()}
    return {"n": len(pictures), **figures}
