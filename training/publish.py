"""Freeze trained networks: TFLite files, manifests, measured figures and cards.

python -m training.publish --data DATA --runs runs [--out frozen_models] [emotion age_gender ...]

For each network: convert (int8, float16), compare with Keras, fit temperatures on every second
row of the validation file, score both files on all of it, and write manifest.json and card.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.evaluation.age_gender import evaluate_age_gender
from emopoi.evaluation.emotion import evaluate_emotion, predict
from emopoi.evaluation.face_samples import face_samples
from emopoi.evaluation.faces_of_table import read_columns
from emopoi.export.freeze import freeze
from emopoi.export.input_levels import MEAN, STD
from emopoi.export.kinds import KINDS
from emopoi.preprocess import CropLayout, InputSpec
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest
from emopoi.types.labels import AGES, FER7
from training.calibrate import fit_age_temperature, fit_temperature
from training.cards import card_text
from training.compare_over_time import compare_files, valid_versions
from training.crop_layouts import FER2013, UTKFACE

LICENCE = {
    "code": "Apache-2.0",
    "weights": "CC-BY-NC-4.0: trained on data given out for research (see card.md)",
}


@dataclass(frozen=True)
class Publication:
    """What is particular to a network: its layout, where its samples and figures come from."""

    layout: CropLayout | None
    samples: str | None
    emotion_valid: str | None = None
    person_valid: str | None = None


PUBLICATIONS = {
    "emotion": Publication(FER2013, "fer2013/train.parquet", emotion_valid="fer2013/public_test.parquet"),
    "age_gender": Publication(UTKFACE, "age_gender/train.parquet", person_valid="age_gender/valid.parquet"),
    "multi_head": Publication(
        FER2013, "fer2013/train.parquet", "fer2013/public_test.parquet", "age_gender/valid.parquet"
    ),
    "emotion_time": Publication(None, None),
    "emotion_clip": Publication(None, None),
}


def publish(name: str, data: Path, runs: Path, out: Path) -> dict[str, Any]:
    """Freeze one network and write down what it is worth; returns the figures by variant."""
    publication, kind = PUBLICATIONS[name], KINDS[name]
    run = runs / ("emotion_time" if name == "emotion_clip" else name)
    settings = json.loads((run / "settings.json").read_text())
    facts = {
        "licence": LICENCE,
        "recipe": f"python -m {settings['recipe']}",
        "epochs": settings["epochs"],
        "seed": settings["seed"],
    }
    weights = run / f"{name}.weights.h5"
    if publication.layout is None:
        stored = np.load(run / "samples.npz")
        samples = clip_samples(stored) if name == "emotion_clip" else step_samples(stored, weights)
        comparison = json.loads((run / "comparison.json").read_text())
        manifest = freeze(
            name, weights, samples, out / name, input_spec=None, facts=facts,
            temperature=comparison["temperature"],
        )  # fmt: skip
        versions = valid_versions(data, runs / "emotion" / "emotion.weights.h5")
        measured = {"made_clips_of_public_test": compare_files(manifest, versions)}
    else:
        spec = InputSpec(kind.size, kind.channels, MEAN, STD, publication.layout.of_centre(*kind.window))
        faces = face_samples(data / str(publication.samples), spec, publication.layout, 400)
        facts |= {"training_layout": publication.layout.to_dict()}
        if kind.task in ("age_gender", "multi_head"):
            facts |= {"person_layout": UTKFACE.to_dict()}
        manifest = freeze(name, weights, {"face": faces}, out / name, input_spec=spec, facts=facts)
        _calibrate(manifest, publication, data)
        manifest = Manifest.read(out / name)
        measured = {variant: _measure(manifest, variant, publication, data) for variant in manifest.files}
    _update(manifest, {"measured": measured})
    manifest = Manifest.read(out / name)
    (out / name / "card.md").write_text(card_text(manifest), encoding="utf-8")
    return measured


def clip_samples(stored) -> dict[str, np.ndarray]:
    """Inputs of the clip form: (N, T, ...)."""
    return {name: stored[name] for name in ("embedding", "frame_logits")}


def step_samples(stored, weights: Path) -> dict[str, np.ndarray]:
    """Inputs of the step form, with the states that real clips lead to: int8 needs their range."""
    step = KINDS["emotion_time"].build()
    step.load_weights(weights)
    clips, frames = stored["embedding"].shape[:2]
    units = int(step.input["h"].shape[-1])
    h = c = np.zeros((clips, units), np.float32)
    rows: list[dict[str, np.ndarray]] = []
    for frame in range(frames):
        given = {
            "embedding": stored["embedding"][:, frame],
            "frame_logits": stored["frame_logits"][:, frame],
            "h": h,
            "c": c,
        }
        rows.append(given)
        output = step.predict(given, verbose=0, batch_size=clips)
        h, c = output["next_h"], output["next_c"]
    together = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    chosen = np.random.default_rng(0).permutation(len(together["h"]))[:400]
    return {name: value[chosen].astype(np.float32) for name, value in together.items()}


def _calibrate(manifest: Manifest, publication: Publication, data: Path) -> None:
    model = FrozenModel(manifest)
    if publication.emotion_valid:
        columns = read_columns(data / publication.emotion_valid, ["image", "label_name"])
        outputs = predict(columns["image"][::2], model)
        labels = np.array([FER7.index(name) for name in columns["label_name"][::2]])
        logits = np.stack([output["fer7"] for output in outputs if output is not None])
        _update(manifest, {"temperature": fit_temperature(logits, labels)})
    if publication.person_valid:
        columns = read_columns(data / publication.person_valid, ["image", "age"])
        outputs = predict(columns["image"][::2], model, layout_name="person_layout")
        logits = np.stack([output["age"] for output in outputs if output is not None])
        ages = np.minimum(np.array(columns["age"][::2], float), AGES - 1)
        _update(manifest, {"age_temperature": fit_age_temperature(logits, ages)})


def _measure(manifest: Manifest, variant: str, publication: Publication, data: Path) -> dict[str, Any]:
    model = FrozenModel(manifest, variant)
    measured = {}
    if publication.emotion_valid:
        measured["fer2013_public_test"] = evaluate_emotion(data / publication.emotion_valid, model)
    if publication.person_valid:
        measured["age_gender_valid"] = evaluate_age_gender(data / publication.person_valid, model)
    return measured


def _update(manifest: Manifest, facts: dict[str, Any]) -> None:
    path = manifest.folder / "manifest.json"
    text = json.dumps({**json.loads(path.read_text()), **facts}, indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help=f"of {', '.join(PUBLICATIONS)} (default: all)")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--out", type=Path, default=Path("frozen_models"))
    options = parser.parse_args(arguments)
    for name in options.names or PUBLICATIONS:
        print(f"freezing {name}", file=sys.stderr, flush=True)
        print(json.dumps({name: publish(name, options.data, options.runs, options.out)}))


if __name__ == "__main__":
    main()
