"""The folder of a retrained model: graph, labels, manifest, card, confusion picture."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import ModelFileError, OutputError
from emopoi.export.freeze import embed_metadata, freeze, write_json
from emopoi.preprocess import InputSpec
from emopoi.report import prepare_output_folder
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest
from emopoi.runtime.own_labels_reader import OUTPUT
from emopoi.runtime.probabilities import softmax
from emopoi.types.own_labels import OwnLabels

GRAPH = "emopoi_retrained_graph.tflite"
LABELS = "emopoi_retrained_labels.txt"


class RetrainedFolder:
    """Built beside its place and moved there at the end, the manifest last.

    A context manager; what was built and not moved is removed.

    Args:
        out: the folder; its name becomes the model's.

    Raises:
        OutputError: the folder can not be made or written.
    """

    def __init__(self, out: Path) -> None:
        self.out = Path(os.path.abspath(out))
        prepare_output_folder(self.out.parent)
        if self.out.exists():
            prepare_output_folder(self.out)
        self._above = Path(tempfile.mkdtemp(prefix=f".{self.out.name}.", dir=self.out.parent))
        self.building = self._above / self.out.name

    def __enter__(self) -> RetrainedFolder:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._above, ignore_errors=True)

    def freeze(
        self,
        network,
        labels: OwnLabels,
        samples: np.ndarray,
        spec: InputSpec,
        temperature: float,
        facts: Mapping[str, Any],
    ) -> Manifest:
        """Convert the network and write graph, labels and manifest into `building`.

        Args:
            network: Keras, from `build_retrained_network`.
            labels: names and meanings.
            samples: float32 (N, S, S, 1), real inputs.
            spec: of the input.
            temperature: of the logits.
            facts: what else the manifest shall say.

        Raises:
            ModelFileError: the conversion failed, or no file does what the network does.
        """
        weights = self._above / "retrained.weights.h5"
        network.save_weights(weights)
        kind = f"retrained-{len(labels.names)}"
        for variant in ("int8", "float16"):
            try:
                manifest = freeze(
                    kind, weights, {"face": samples}, self.building, input_spec=spec, facts=facts,
                    variants=(variant,), default=variant, temperature=temperature,
                )  # fmt: skip
                break
            except ModelFileError as error:
                # Answers that hardly differ from picture to picture drown in the steps of int8.
                if variant == "float16" or "differs by" not in str(error):
                    raise
        data = dict(manifest.data)
        file = data["files"][manifest.default]
        os.replace(self.building / file["path"], self.building / GRAPH)
        data["files"] = {manifest.default: {**file, "path": GRAPH}}
        data["outputs"][OUTPUT]["labels"] = list(labels.names)
        data["label_map"] = dict(zip(labels.names, labels.meanings, strict=True))
        write_json(self.building / "manifest.json", data)
        (self.building / LABELS).write_text("".join(f"{name}\n" for name in labels.names), encoding="utf-8")
        return embed_metadata(self.building)

    def add_facts(self, facts: Mapping[str, Any]) -> Manifest:
        """Write further facts into the manifest."""
        manifest = Manifest.read(self.building)
        write_json(self.building / "manifest.json", {**manifest.data, **facts})
        return Manifest.read(self.building)

    def publish(self) -> Manifest:
        """Move everything to its place.

        Raises:
            OutputError: the folder can not be written.
        """
        try:
            self.out.mkdir(exist_ok=True)
            # A folder whose files are newer than its manifest is refused by the hash, never misread.
            for file in sorted(self.building.iterdir(), key=lambda file: file.name == "manifest.json"):
                os.replace(file, self.out / file.name)
        except OSError as error:
            raise OutputError(f"{self.out}: can not be written ({error.strerror or error})") from error
        return Manifest.read(self.out)


def shares_of(manifest: Manifest, inputs: np.ndarray) -> np.ndarray:
    """What the file says: float32 (N, K), rows are distributions.

    Args:
        manifest: of a retrained model.
        inputs: float32 (N, S, S, 1), normalised.
    """
    model = FrozenModel(manifest)
    return softmax(np.stack([model.run_face(face)[OUTPUT] for face in inputs]), manifest.temperature)
