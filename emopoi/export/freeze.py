"""From trained weights to a folder of `frozen_models`: variants, manifest, golden bytes, metadata."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
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
from emopoi.export.portable import check_operators, installed_runtimes, run_rows
from emopoi.preprocess import InputSpec
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest
from emopoi.runtime.model_metadata import with_metadata

FILES = {
    "int8": "model.tflite",
    "float16": "model_float16.tflite",
    "float32": "model_float32.tflite",
    "dynamic": "model_dynamic.tflite",
}
IN_THE_FILE = (
    "name", "task", "input", "inputs", "outputs", "temperature", "age_temperature", "training_layout",
    "person_layout", "licence", "recipe", "epochs", "seed", "parameters",
)  # fmt: skip
"""What of the manifest goes into the `.tflite` file itself: what one needs to run it, and its origin."""


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
        variants: of `convert.VARIANTS`. A dynamic-range file that a runtime refuses is left out, with
            one line on stderr.
        default: which one is used; where it is not among the variants, the first of them.
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
            named = {file.path for file in Manifest.read(out).files.values()}
            for left_over in set(FILES.values()) - named:
                (out / left_over).unlink(missing_ok=True)
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
    given = next(iter(samples.values())) if len(samples) == 1 else dict(samples)
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
    runtimes = installed_runtimes()
    paths = {variant: out / FILES[variant] for variant in variants}
    convert(kind, weights, samples, paths)
    for variant, path in paths.items():
        content = path.read_bytes()
        try:
            tensors = _tensors(content, samples, expected, description.labels)
            parity[variant] = _compare(content, variant, tensors, samples, expected, runtimes)
        except ModelFileError as error:
            if variant != "dynamic":
                raise
            print(f"dynamic: left out: {error}", file=sys.stderr)
            path.unlink()
            continue
        manifest["files"][variant] = _file_facts(path)
        if not manifest["outputs"]:
            manifest |= tensors
        write_json(out / "manifest.json", manifest)
        golden |= _golden(FrozenModel(Manifest.read(out), variant), input_spec)
    if not manifest["files"]:
        raise ModelFileError(f"{kind}: no variant runs on every runtime")
    if default not in manifest["files"]:
        manifest["default"] = next(iter(manifest["files"]))
    manifest["parity"] = parity
    manifest["runtimes"] = list(runtimes)
    write_json(out / "manifest.json", manifest)
    np.savez_compressed(out / "golden.npz", **golden)
    embed_metadata(out)


def embed_metadata(folder: Path) -> Manifest:
    """Put what the manifest says into the files themselves, and their new hashes into the manifest.

    Args:
        folder: of a frozen model; facts that changed since (temperatures) are written anew.

    Raises:
        ModelFileError: the manifest or a file is damaged.
    """
    manifest = Manifest.read(folder)
    data = dict(manifest.data)
    files = dict(data["files"])
    facts = {name: data[name] for name in IN_THE_FILE if data.get(name) is not None}
    for variant, file in manifest.files.items():
        content = with_metadata(manifest.content(variant), {"variant": variant, **facts})
        _write_bytes(folder / file.path, content)
        files[variant] = _file_facts(folder / file.path)
    write_json(folder / "manifest.json", data | {"files": files})
    return Manifest.read(folder)


def _file_facts(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"path": path.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _compare(
    content: bytes,
    variant: str,
    tensors: Mapping[str, Any],
    samples: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    runtimes: Mapping[str, Any],
) -> dict[str, Any]:
    """Parity with Keras on every runtime; the figures are those of the first, which the device prefers."""
    check_operators(content)
    inputs = {tensors["inputs"][name]["tensor"]: value for name, value in samples.items()}
    outputs = {name: value["tensor"] for name, value in tensors["outputs"].items()}
    found = [
        check(expected, run_rows(runtime, content, inputs, outputs), variant) for runtime in runtimes.values()
    ]
    return {
        name: {key: round(number, 5) for key, number in asdict(value).items()}
        for name, value in found[0].items()
    }


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
    given = {spec.name for spec in model.outputs}
    tensors = {
        name: "Identity" if place == 0 else f"Identity_{place}" for place, name in enumerate(sorted(expected))
    }
    for name in sorted(expected):
        entry: dict[str, Any] = {
            "tensor": _tensor_with_the_same(name, tensors, given, expected),
            "shape": [1, *expected[name].shape[1:]],
        }
        if name in labels:
            entry["labels"] = list(labels[name])
        outputs[name] = entry
    return {"inputs": inputs, "outputs": outputs}


def _tensor_with_the_same(
    name: str, tensors: Mapping[str, str], given: set[str], expected: Mapping[str, np.ndarray]
) -> str:
    """The converter makes one tensor of outputs that are the same: a name that is gone has a twin."""
    for twin, tensor in {name: tensors[name], **tensors}.items():
        if tensor in given and np.array_equal(expected[name], expected[twin]):
            return tensor
    raise ModelFileError(
        f"output {name}: tensor {tensors[name]} was expected, got {', '.join(sorted(given))}"
    )


def _golden(model: FrozenModel, input_spec: InputSpec | None) -> dict[str, np.ndarray]:
    if input_spec:
        stored = golden_inputs(input_spec)
        outputs = model.run(face=stored["face"])
    else:
        stored = golden_state({name: tensor.shape for name, tensor in model.manifest.inputs.items()})
        outputs = model.run(**stored)
    return stored | {f"{model.variant}.{name}": value for name, value in outputs.items()}


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    _write_bytes(path, (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode())


def _write_bytes(path: Path, content: bytes) -> None:
    temporary = path.with_name(f"{path.name}.writing")
    temporary.write_bytes(content)
    os.replace(temporary, path)
