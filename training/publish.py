"""Freeze trained networks: TFLite files, manifests, measured figures and cards.

python -m training.publish --data DATA --runs runs [--out frozen_models] [emotion age_gender ...]

For each network: convert (int8, float16), compare with Keras on every runtime, fit temperatures on halves of
the validation file, score Keras and both files on all of it, cut the faces with an error and score again, put
the facts into the files, and write manifest.json and card.md. A model is moved to its place when it is whole.
Then `python -m training.audit` fills the card's section "By group"; that of the same file of before stays.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import ModelFileError
from emopoi.evaluation.age_gender import evaluate_age_gender
from emopoi.evaluation.emotion import evaluate_emotion, predict
from emopoi.evaluation.face_samples import face_samples
from emopoi.evaluation.faces_of_table import read_columns
from emopoi.evaluation.shake import Shake
from emopoi.export.freeze import embed_metadata, freeze, write_json
from emopoi.export.input_levels import MEAN, STD
from emopoi.export.keras_reader import KerasReader
from emopoi.export.kinds import KINDS
from emopoi.export.sequence_samples import sequence_samples
from emopoi.preprocess import CropLayout, InputSpec
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest, find_model
from emopoi.types.labels import AGES, FER7
from training.audit.section import card_with_audit
from training.calibrate import fit_age_temperature_in_halves, fit_temperature
from training.cards import card_text
from training.crop_layouts import FER2013, UTKFACE
from training.expression3d.publish_landmarks import NAME as LANDMARKS
from training.expression3d.publish_landmarks import publish_landmark_emotion
from training.face3d.publish_detail import NAMES as DETAIL
from training.face3d.publish_detail import publish_detail
from training.face3d.publish_networks import NAMES, publish_network
from training.face3d.publish_regressor import NAME as REGRESSOR
from training.face3d.publish_regressor import publish_regressor

LICENCE = {
    "code": "Apache-2.0",
    "weights": "CC-BY-NC-4.0: trained on data given out for research (see card.md)",
}

SHAKE = Shake(0.15, 0.10)
"""How far off the crops of the robustness figures are."""
LARGEST_DROP = 0.005
"""Accuracy that an int8 file may lose against its Keras network: half a point."""


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
    "states": Publication(None, None),
    "face_coefficients": Publication(None, None),
    "coefficient_emotion": Publication(None, None),
    "face_regressor": Publication(None, None),
    "face_detail": Publication(None, None),
    "face_detail_map": Publication(None, None),
    "landmark_emotion": Publication(None, None),
}


def publish(name: str, data: Path, runs: Path, out: Path) -> dict[str, Any]:
    """Freeze one network and write down what it is worth.

    Args:
        name: a key of `PUBLICATIONS`.
        data: holds the folders of data.
        runs: holds the folders of training runs.
        out: where the model's folder goes.

    Returns:
        The figures by variant.

    Raises:
        EmopoiError: a file is missing or damaged, or a frozen file is worse than its network.
    """
    # Everything is done beside the place where readers look, and moved when it is whole.
    building = out / f".publishing_{name}"
    shutil.rmtree(building, ignore_errors=True)
    try:
        measured = _publish(name, data, runs, building)
        (out / name).mkdir(parents=True, exist_ok=True)
        made = {file.name for file in (building / name).iterdir()}
        for file in sorted((building / name).iterdir()):
            os.replace(file, out / name / file.name)
        for file in (out / name).glob("*.tflite"):
            if file.name not in made:
                file.unlink()
        _keep_audit(out / name)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return measured


def _publish(name: str, data: Path, runs: Path, out: Path) -> dict[str, Any]:
    publication, kind = PUBLICATIONS[name], KINDS[name]
    run = runs / {"emotion_clip": "emotion_time", "face_detail_map": "face_detail"}.get(name, name)
    settings = json.loads((run / "settings.json").read_text())
    facts = {
        "licence": LICENCE,
        "recipe": f"python -m {settings['recipe']}",
        "epochs": settings["epochs"],
        "seed": settings["seed"],
        **({"note": settings["note"]} if "note" in settings else {}),
    }
    weights = run / f"{name}.weights.h5"
    if name == "states":
        from training.publish_states import publish_states

        measured = publish_states(data, run, out, find_frames(out), facts)
    elif name in NAMES:
        measured = publish_network(name, data, run, runs / "meshes", out, facts)
    elif name == LANDMARKS:
        measured = publish_landmark_emotion(data, run, runs / "points", out, facts)
    elif name == REGRESSOR:
        measured = publish_regressor(data, run, runs / "meshes", out, facts)
    elif name in DETAIL:
        measured = publish_detail(name, data, runs, runs / "meshes", out, facts)
    elif publication.layout is None:
        measured = _publish_sequence(name, data, runs, run, weights, out, facts)
    else:
        spec = InputSpec(kind.size, kind.channels, MEAN, STD, publication.layout.of_centre(*kind.window))
        faces = face_samples(data / str(publication.samples), spec, publication.layout, 400)
        facts |= {"training_layout": publication.layout.to_dict()}
        if kind.task in ("age_gender", "multi_head"):
            facts |= {"person_layout": UTKFACE.to_dict()}
        manifest = freeze(name, weights, {"face": faces}, out / name, input_spec=spec, facts=facts)
        _calibrate(manifest, publication, data)
        manifest = Manifest.read(out / name)
        measured = {
            variant: _measure(FrozenModel(manifest, variant), publication, data) for variant in manifest.files
        }
        keras = _measure(KerasReader(manifest, name, weights), publication, data)
        _hold_to_limit(keras, measured)
        robustness = _robustness(manifest, measured[manifest.default], publication, data)
        _update(manifest, {"keras": keras, "robustness": robustness})
    _update(Manifest.read(out / name), {"measured": measured})
    manifest = embed_metadata(out / name)
    (out / name / "card.md").write_text(card_text(manifest), encoding="utf-8")
    return measured


def _keep_audit(folder: Path) -> None:
    """Figures by group stay in the card where the file that they are of is the same; else they are old."""
    card = folder / "card.md"
    card.write_text(
        card_with_audit(card.read_text(encoding="utf-8"), Manifest.read(folder)), encoding="utf-8"
    )


def find_frames(building: Path) -> Manifest:
    """The expression network beside the place that is published to, or else the one in use."""
    beside = building.parent / "emotion"
    return Manifest.read(beside) if (beside / "manifest.json").is_file() else find_model("emotion")


def _publish_sequence(
    name: str, data: Path, runs: Path, run: Path, weights: Path, out: Path, facts: dict[str, Any]
) -> dict[str, Any]:
    from training.compare_over_time import measure_over_time

    stored = np.load(run / "samples.npz")
    samples = sequence_samples(name, weights, {key: stored[key] for key in stored.files})
    comparison = json.loads((run / "comparison.json").read_text())
    manifest = freeze(
        name, weights, samples, out / name, input_spec=None, facts=facts,
        temperature=comparison["temperature"],
    )  # fmt: skip
    # What is built lies in a folder of its own, beside it the frame network that was published before.
    before = out.parent / "emotion"
    frame_model = FrozenModel.load(str(before) if before.is_dir() else "emotion")
    return measure_over_time(manifest, data, frame_model)


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
        outputs = predict(columns["image"], model, layout_name="person_layout")
        logits = np.stack([output["age"] for output in outputs if output is not None])
        ages = np.minimum(np.array(columns["age"], float), AGES - 1)
        temperature, held = fit_age_temperature_in_halves(logits, ages)
        facts = {"age_temperature": temperature, "age_coverage90_of_other_half": held}
        _update(Manifest.read(manifest.folder), facts)


def _measure(
    model: FrozenModel | KerasReader, publication: Publication, data: Path, shake: Shake | None = None
) -> dict[str, Any]:
    measured = {}
    if publication.emotion_valid:
        path = data / publication.emotion_valid
        measured["fer2013_public_test"] = evaluate_emotion(path, model, shake=shake)
    if publication.person_valid:
        path = data / publication.person_valid
        measured["age_gender_valid"] = evaluate_age_gender(path, model, shake=shake)
    return measured


def _hold_to_limit(keras: dict[str, Any], measured: dict[str, Any]) -> None:
    for file, figures in keras.items():
        for figure in ("accuracy", "ferplus_accuracy", "gender_accuracy"):
            for variant in measured:
                drop = figures.get(figure, 0.0) - measured[variant][file].get(figure, 0.0)
                if drop > LARGEST_DROP:
                    raise ModelFileError(
                        f"{variant} loses {100 * drop:.2f} points of {figure} on {file} against the Keras "
                        f"network; at most {100 * LARGEST_DROP:g} was expected"
                    )


def _robustness(
    manifest: Manifest, plain: dict[str, Any], publication: Publication, data: Path
) -> dict[str, Any]:
    """What crops with a wrong scale and place cost the file that is used."""
    shaken = _measure(FrozenModel(manifest), publication, data, SHAKE)
    result: dict[str, Any] = {"scale": SHAKE.scale, "position": SHAKE.position, "seed": SHAKE.seed}
    if "fer2013_public_test" in shaken:
        found = shaken["fer2013_public_test"]["accuracy"]
        result |= {"accuracy": found, "accuracy_drop": plain["fer2013_public_test"]["accuracy"] - found}
    if "age_gender_valid" in shaken:
        found = shaken["age_gender_valid"]
        was = plain["age_gender_valid"]
        result |= {
            "age_mae": found["age_mae"],
            "age_mae_rise": found["age_mae"] - was["age_mae"],
            "gender_accuracy": found["gender_accuracy"],
            "gender_accuracy_drop": was["gender_accuracy"] - found["gender_accuracy"],
        }
    return result


def _update(manifest: Manifest, facts: dict[str, Any]) -> None:
    path = manifest.folder / "manifest.json"
    write_json(path, {**json.loads(path.read_text()), **facts})


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
