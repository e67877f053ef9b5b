"""The models that the page runs: the same files as everywhere, with a known answer for each.

MediaPipe's files come from where the detector finds them and are never copied. They bring no golden bytes, so
a known answer is computed here once, with the runtime of this machine.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import MissingPartError, ModelFileError
from emopoi.runtime.interpreter import TFLiteModel
from emopoi.runtime.manifest import Manifest, find_model
from emopoi.vision.blazeface_files import EYES, LANDMARKS, BlazeFaceFiles, read_blazeface_files
from emopoi.vision.face_landmarks import POINTS

FROZEN = ("emotion", "emotion_time", "states", "age_gender")
"""Frozen models that the page reads with."""

_FLOAT = "float32"  # the variant of files that come without a manifest
_LIDS = 213
_SHORT_HASH = 16
_COARSE_PX = 4


@dataclass(frozen=True, slots=True)
class DeviceModel:
    """One model as it is served.

    Attributes:
        name: that the page knows it by.
        content: of the `.tflite` file.
        golden: of a `.npz` file: inputs by name, and outputs by `VARIANT.NAME`.
        facts: what /device/models.json says of it.
    """

    name: str
    content: bytes
    golden: bytes
    facts: dict[str, Any]


def device_models() -> dict[str, DeviceModel]:
    """All models of the page, by name.

    Raises:
        ModelFileError: a model is missing or damaged.
        MissingPartError: there are no detector models, or no TFLite runtime.
    """
    models = [*_detectors(read_blazeface_files()), *(_frozen(find_model(name)) for name in FROZEN)]
    return {model.name: model for model in models}


def _frozen(manifest: Manifest) -> DeviceModel:
    variant = manifest.default
    try:
        golden = (manifest.folder / "golden.npz").read_bytes()
    except OSError as error:
        raise ModelFileError(f"model {manifest.name} has no golden.npz: {error.strerror}") from error
    facts = {
        "inputs": manifest.data["inputs"],
        "outputs": manifest.data["outputs"],
        "input": manifest.data.get("input"),
        "temperature": manifest.temperature,
        "age_temperature": manifest.age_temperature,
        "licence": manifest.data.get("licence"),
    }
    return _served(manifest.name, variant, manifest.content(variant), golden, facts)


def _detectors(files: BlazeFaceFiles) -> list[DeviceModel]:
    for content, names in ((files.landmarks, LANDMARKS), (files.eyes, EYES)):
        if content is None:
            raise MissingPartError(f"the page needs {names[0]}, which is not in {files.origin}")
    detector = {"logits": 1, "numbers": 16}
    return [
        _outside("detector_short", files.short_range, detector, last_axis=True),
        _outside("detector_full", files.full_range, detector, last_axis=True),
        _outside("face_mesh", files.landmarks or b"", {"presence": 1, "points": 3 * POINTS}),
        _outside("eye_lids", files.eyes or b"", {"lids": _LIDS}),
    ]


def _outside(name: str, content: bytes, sizes: dict[str, int], *, last_axis: bool = False) -> DeviceModel:
    """A model without a manifest: its outputs are told apart by their sizes."""
    model = TFLiteModel(content)
    image = _known_picture(model.inputs[0].shape)
    answers = model.run_first(image)
    outputs: dict[str, Any] = {}
    golden: dict[str, NDArray[np.float32]] = {"image": image}
    for output, size in sizes.items():
        for spec, answer in zip(model.outputs, answers, strict=True):
            if (spec.shape[-1] if last_axis else int(np.prod(spec.shape))) == size:
                outputs[output] = {"tensor": spec.name, "shape": list(spec.shape)}
                golden[f"{_FLOAT}.{output}"] = answer.astype(np.float32)
        if output not in outputs:
            raise ModelFileError(f"{name}: an output of size {size} was expected")
    facts = {
        "inputs": {"image": {"tensor": model.inputs[0].name, "shape": list(model.inputs[0].shape)}},
        "outputs": outputs,
        "input": None,
        "temperature": 1.0,
        "age_temperature": 1.0,
        "licence": {"weights": "Apache-2.0, The MediaPipe Authors"},
    }
    packed = io.BytesIO()
    np.savez_compressed(packed, **golden)
    # The zip holds the time of day; its address must not.
    arrays = b"".join(array.tobytes() for array in golden.values())
    return _served(name, _FLOAT, content, packed.getvalue(), facts, of_golden=arrays)


def _known_picture(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """float32, 0..1: waves with an oval and two dark spots, so that outputs vary; coarse, to pack well."""
    _, height, width, _ = shape
    y, x = np.mgrid[0:height:_COARSE_PX, 0:width:_COARSE_PX] / max(height, width)
    base = 0.55 + 0.2 * np.sin(9 * x) * np.cos(7 * y)
    base += 0.25 * np.exp(-(((x - 0.5) / 0.25) ** 2) - ((y - 0.5) / 0.33) ** 2)
    for centre in (0.4, 0.6):
        base -= 0.5 * np.exp(-((x - centre) ** 2 + (y - 0.42) ** 2) / 0.002)
    picture = np.stack([base, 0.9 * base, 0.8 * base], axis=-1)
    picture = np.clip(picture, 0.0, 1.0).astype(np.float32)
    return picture.repeat(_COARSE_PX, axis=0).repeat(_COARSE_PX, axis=1)[None]


def _served(
    name: str,
    variant: str,
    content: bytes,
    golden: bytes,
    facts: dict[str, Any],
    *,
    of_golden: bytes | None = None,
) -> DeviceModel:
    sha256 = hashlib.sha256(content).hexdigest()
    # Addresses with hashes: what is fetched once is good for ever.
    file = f"/device/models/{name}/{sha256[:_SHORT_HASH]}.tflite"
    known_hash = hashlib.sha256(of_golden or golden).hexdigest()
    known = f"/device/models/{name}/{known_hash[:_SHORT_HASH]}.npz"
    told = {"name": name, "variant": variant, "url": file, "golden": known, "bytes": len(content)}
    return DeviceModel(name, content, golden, {**told, "sha256": sha256, **facts})
