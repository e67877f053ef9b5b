"""What a frozen model says of itself: the one home of its facts.

`frozen_models/NAME/manifest.json` holds hashes, input, labels, tensors, licences, recipe and
measured figures. Code repeats none of it.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emopoi.errors import InputError, ModelFileError
from emopoi.preprocess import CropLayout, InputSpec

MODELS_VARIABLE = "EMOPOI_MODELS"
"""Environment variable: a folder of frozen models that is looked in first."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One variant of a model on disk.

    Attributes:
        path: file name inside the model's folder, never a path out of it.
        sha256: of its bytes.
        bytes: its size.
    """

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output.

    Attributes:
        tensor: its name in the TFLite file.
        shape: with the batch of one.
        labels: meaning of the last axis, where it has one.
    """

    tensor: str
    shape: tuple[int, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """A model's manifest.

    Attributes:
        name: the folder's name.
        task: "emotion", "emotion_time", "age_gender" or "multi_head".
        folder: where the files lie.
        files: by variant ("int8", "float16", ...).
        default: the variant that is used unless another is asked for.
        input: what face models are fed; None for models that read no pixels.
        inputs: by the names that code uses.
        outputs: by the names that code uses.
        temperature: FER-7 logits are divided by it before the softmax (Guo et al. 2017).
        data: the whole JSON object, for cards and commands.
        age_temperature: the same for age logits.
        training_layout: of the tight crops of FER-7 faces that it was trained on, where told.
        person_layout: of the tight crops of age and gender faces.
    """

    name: str
    task: str
    folder: Path
    files: Mapping[str, ModelFile]
    default: str
    input: InputSpec | None
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    temperature: float
    data: Mapping[str, Any]
    age_temperature: float = 1.0
    training_layout: CropLayout | None = None
    person_layout: CropLayout | None = None

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read `manifest.json` in a folder.

        Raises:
            ModelFileError: missing, no JSON, or a field is missing or wrong.
        """
        path = folder / "manifest.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ModelFileError(f"no model here: {path} does not exist") from None
        except (OSError, ValueError, RecursionError) as error:
            raise ModelFileError(f"{path} can not be read: {error}") from error
        try:
            return cls(
                name=str(data["name"]),
                task=str(data["task"]),
                folder=folder,
                files={
                    variant: ModelFile(_file_name(file["path"]), str(file["sha256"]), int(file["bytes"]))
                    for variant, file in data["files"].items()
                },
                default=str(data["default"]),
                input=InputSpec.from_dict(data["input"]) if data.get("input") else None,
                inputs={name: _tensor(value) for name, value in data["inputs"].items()},
                outputs={name: _tensor(value) for name, value in data["outputs"].items()},
                temperature=_temperature(data, "temperature"),
                data=data,
                age_temperature=_temperature(data, "age_temperature"),
                training_layout=_layout(data, "training_layout"),
                person_layout=_layout(data, "person_layout"),
            )
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError, InputError) as error:
            raise ModelFileError(f"{path} is no manifest of this version ({error!r})") from error

    def content(self, variant: str | None = None) -> bytes:
        """The bytes of a variant, checked against the hash.

        Raises:
            ModelFileError: no such variant, the file is missing, or its hash differs.
        """
        variant = variant or self.default
        if variant not in self.files:
            raise ModelFileError(
                f"model {self.name} has no variant {variant!r} (it has: {', '.join(self.files)})"
            )
        file = self.files[variant]
        try:
            content = (self.folder / file.path).read_bytes()
        except OSError as error:
            raise ModelFileError(f"{self.folder / file.path} can not be read: {error.strerror}") from error
        found = hashlib.sha256(content).hexdigest()
        if found != file.sha256:
            raise ModelFileError(
                f"{self.folder / file.path} is damaged or was changed: "
                f"sha256 {found[:12]}... where the manifest says {file.sha256[:12]}..."
            )
        return content


def models_folder() -> Path:
    """Where the frozen models lie: `EMOPOI_MODELS`, the installed package, or the checkout.

    Raises:
        ModelFileError: none of them exists.
    """
    package = Path(__file__).resolve().parents[1]
    named = os.environ.get(MODELS_VARIABLE)
    places = [Path(named)] if named else [package / "frozen_models", package.parent / "frozen_models"]
    for place in places:
        if os.path.isdir(place):
            return place
    raise ModelFileError(f"no folder of frozen models: {' or '.join(map(str, places))} does not exist")


def find_model(name: str) -> Manifest:
    """The manifest of a model by name, or of a folder by path.

    Raises:
        ModelFileError: as `Manifest.read`; the message lists the models there are.
    """
    if os.sep in name or name.startswith("."):
        return Manifest.read(Path(name))
    folder = models_folder()
    if not os.path.isfile(folder / name / "manifest.json"):
        known = sorted(path.parent.name for path in folder.glob("*/manifest.json"))
        raise ModelFileError(f"no model {name!r} in {folder} (there are: {', '.join(known) or 'none'})")
    return Manifest.read(folder / name)


def _file_name(value: Any) -> str:
    """Bundles copy to where a manifest says: it may name no other folder."""
    if not isinstance(value, str) or value in ("", ".", "..") or set(value) & {"/", "\\", ":", "\0"}:
        raise ValueError(f"path: a file name without folders was expected, got {value!r}")
    return value


def _temperature(data: Mapping[str, Any], name: str) -> float:
    value = float(data.get(name, 1.0))
    if not 0 < value < math.inf:
        raise ValueError(f"{name}: a number above 0 was expected, got {value}")
    return value


def _layout(data: Mapping[str, Any], name: str) -> CropLayout | None:
    return CropLayout.from_dict(data[name]) if data.get(name) is not None else None


def _tensor(data: Mapping[str, Any]) -> Tensor:
    return Tensor(
        str(data["tensor"]), tuple(map(int, data["shape"])), tuple(map(str, data.get("labels", ())))
    )
