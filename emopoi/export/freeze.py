"""From trained weights to a folder of `frozen_models`: variants, manifest, golden bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import ModelFileError, OutputError
from emopoi.export.convert import convert
from emopoi.export.golden import golden_inputs, golden_state
from emopoi.export.kinds import KINDS
from emopoi.export.parity import check
from emopoi.preprocess import InputSpec
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest

FILES = {"int8": "model.tflite", "float16": "model_float16.tflite", "float32": "model_float32.tflite"}


def freeze(
    kind: str,
    weights: Path,
    samples: Mapping[str, np.ndarray],
    out: Path,
    *,
    input_spec: InputSpec | None,
    facts: Mapping[str, Any],
    variants: tuple[str, ...] = ("int8", "float16"),
    default: str = "int8",
    temperature: float = 1.0,
) -> Manifest:
    """Convert, compare with Keras and write a model's folder.

    Args:
        kind: a key of `kinds.KINDS`.
        weights: `.weights.h5`.
        samples: float32 (N, ...) by input name: real inputs, for int8's ranges and parity.
        out: the model's folder; its name becomes the model's name.
        input_spec: for face models.
        facts: licence, recipe, measured figures and whatever else the manifest shall say.
        variants: of `convert.VARIANTS`.
        default: which one is used.
        temperature: for FER-7 logits.

    Returns:
        The manifest, read back.

    Raises:
        ModelFileError: the weights are not those of this network, conversion failed or a file
            differs from the Keras network.
        OutputError: the folder can not be written.
    """
    # Built beside and moved at the end: a conversion that fails half-way harms no earlier model.
    building = out.with_name(f".{out.name}.writing")
    try:
        shutil.rmtree(building, ignore_errors=True)
        try:
            _freeze(
                kind, weights, samples, building, out.name, input_spec, facts, variants, default, temperature
            )
            out.mkdir(parents=True, exist_ok=True)
            for file in sorted(building.iterdir()):
                os.replace(file, out / file.name)
        finally:
            shutil.rmtree(building, ignore_errors=True)
        return Manifest.read(out)
    except OSError as error:
        raise OutputError(f"{out}: the model can not be written ({error.strerror or error})") from error


def _freeze(
    kind: str,
    weights: Path,
    samples: Mapping[str, np.ndarray],
    out: Path,
    name: str,
    input_spec: InputSpec | None,
    facts: Mapping[str, Any],
    variants: tuple[str, ...],
    default: str,
    temperature: float,
) -> None:
    description = KINDS[kind]
    network = _network(kind, weights)
    given = samples["face"] if set(samples) == {"face"} else dict(samples)
    expected = {name: np.asarray(value) for name, value in network.predict(given, verbose=0).items()}
    out.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, Any] = {
        "name": name,
        "task": description.task,
        "parameters": int(network.count_params()),
        "default": default,
        "files": {},
        "input": input_spec.to_dict() if input_spec else None,
        "inputs": {},
        "outputs": {},
        "temperature": temperature,
        **facts,
    }
    parity: dict[str, Any] = {}
    golden: dict[str, np.ndarray] = {}
    for variant in variants:
        path = out / FILES[variant]
        convert(kind, weights, variant, samples, path)
        content = path.read_bytes()
        manifest["files"][variant] = {
            "path": path.name,
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
        }
        if not manifest["outputs"]:
            manifest |= _tensors(content, samples, expected, description.labels)
        _write_json(out / "manifest.json", manifest)
        model = FrozenModel(Manifest.read(out), variant)
        parity[variant] = {
            name: {key: round(number, 5) for key, number in asdict(value).items()}
            for name, value in check(expected, _run_rows(model, samples), variant).items()
        }
        golden |= _golden(model, input_spec)
    manifest["parity"] = parity
    _write_json(out / "manifest.json", manifest)
    np.savez_compressed(out / "golden.npz", **golden)


def _network(kind: str, weights: Path):
    network = KINDS[kind].build()
    try:
        network.load_weights(weights)
    except Exception as error:  # Keras and h5py promise no type, and it differs by what is wrong.
        said = " ".join(str(error).split())[:300]
        raise ModelFileError(f"{weights}: no weights of the {kind} network ({said})") from error
    return network


def _tensors(
    content: bytes,
    samples: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    labels: Mapping[str, tuple[str, ...]],
) -> dict[str, Any]:
    """Map our names to the file's.

    Outputs of a concrete function come as Identity, Identity_1 ... in the order of their sorted keys.
    """
    from emopoi.runtime.interpreter import TFLiteModel

    model = TFLiteModel(content)
    inputs = {}
    for name, value in samples.items():
        tensor = next(s.name for s in model.inputs if s.name.split(":")[0].split("serve_")[-1] == name)
        inputs[name] = {"tensor": tensor, "shape": [1, *value.shape[1:]]}
    outputs = {}
    for place, name in enumerate(sorted(expected)):
        entry: dict[str, Any] = {
            "tensor": "Identity" if place == 0 else f"Identity_{place}",
            "shape": [1, *expected[name].shape[1:]],
        }
        if name in labels:
            entry["labels"] = list(labels[name])
        outputs[name] = entry
    return {"inputs": inputs, "outputs": outputs}


def _run_rows(model: FrozenModel, samples: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    rows = len(next(iter(samples.values())))
    results = [model.run(**{name: value[i : i + 1] for name, value in samples.items()}) for i in range(rows)]
    return {name: np.concatenate([result[name] for result in results]) for name in results[0]}


def _golden(model: FrozenModel, input_spec: InputSpec | None) -> dict[str, np.ndarray]:
    if input_spec:
        stored = golden_inputs(input_spec)
        outputs = model.run(face=stored["face"])
    else:
        stored = golden_state({name: tensor.shape for name, tensor in model.manifest.inputs.items()})
        outputs = model.run(**stored)
    return stored | {f"{model.variant}.{name}": value for name, value in outputs.items()}


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    temporary = path.with_suffix(".writing")
    temporary.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(temporary, path)
