"""What an app project takes into its own build: models, labels, facts, and known answers as plain bytes."""

from __future__ import annotations

import io
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError
from emopoi.serve.device_facts import device_facts
from emopoi.serve.device_models import DeviceModel, device_models

_README = """\
Files for an app project: see docs/device.md for the steps on Android and iOS
=============================================================================

models.json        each model with its tensors by name, input size, colour, mean and std, where the crop has
                   eyes and mouth, labels, temperatures, hash and licence: the facts of its manifest
NAME.tflite        the model; runs with LiteRT on the CPU, no operation outside of the built-in ones
NAME.OUTPUT.txt    labels of an output, one a line, in the order of its numbers
golden/NAME/       a known answer: inputs and outputs as little-endian numbers, described in golden.json
facts.json         label sets, the map from expressions to states, when to look for faces, weights of readings

Run the known answers once on every device before you trust a model: a runtime that lacks an operation may
give garbage without a word. Outputs go by name, never by their order.
"""


def write_app_files(folder: Path, chosen: Collection[str] | None = None) -> list[str]:
    """Write the files.

    Args:
        folder: made here.
        chosen: names of models; None takes all that the live page runs.

    Returns:
        Names of the models written.

    Raises:
        InputError: there is no such model.
        EmopoiError: a model is missing or damaged.
    """
    models = device_models()
    unknown = [name for name in chosen or () if name not in models]
    if unknown:
        raise InputError(f"--models: there is no model {unknown[0]!r} (there are: {', '.join(models)})")
    folder.mkdir()
    written = [model for name, model in models.items() if chosen is None or name in chosen]
    for model in written:
        (folder / f"{model.name}.tflite").write_bytes(model.content)
        for output, tensor in model.facts["outputs"].items():
            if tensor.get("labels"):
                (folder / f"{model.name}.{output}.txt").write_text("\n".join(tensor["labels"]) + "\n")
        _write_golden(folder / "golden" / model.name, model)
    described = [
        {**model.facts, "url": f"{model.name}.tflite", "golden": f"golden/{model.name}"} for model in written
    ]
    _write_json(folder / "models.json", {"models": described})
    _write_json(folder / "facts.json", device_facts())
    (folder / "README.txt").write_text(_README, encoding="utf-8")
    return [model.name for model in written]


def _write_golden(folder: Path, model: DeviceModel) -> None:
    folder.mkdir(parents=True)
    arrays = np.load(io.BytesIO(model.golden))
    index = {}
    for name in arrays.files:
        array = arrays[name]
        kind = array.dtype.newbyteorder("<")
        (folder / f"{name}.bin").write_bytes(array.astype(kind).tobytes())
        index[name] = {"file": f"{name}.bin", "dtype": str(array.dtype), "shape": list(array.shape)}
    _write_json(folder / "golden.json", index)


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
