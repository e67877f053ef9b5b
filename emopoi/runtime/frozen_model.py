"""A frozen model ready to run, its tensors called by the names of its manifest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import ModelFileError
from emopoi.runtime.interpreter import TFLiteModel
from emopoi.runtime.manifest import Manifest, find_model


class FrozenModel:
    """Loads one variant, hash checked. For one thread at a time, as every reader that holds one.

    Args:
        manifest: of the model.
        variant: "int8", "float16", ...; None takes the manifest's default.
        threads: used inside one run.

    Raises:
        ModelFileError: damaged, or its tensors are not those of the manifest.
    """

    def __init__(self, manifest: Manifest, variant: str | None = None, *, threads: int = 1) -> None:
        self.manifest = manifest
        self.variant = variant or manifest.default
        self._model = TFLiteModel(manifest.content(self.variant), threads)
        given = {spec.name for spec in self._model.inputs} | {spec.name for spec in self._model.outputs}
        wanted = {t.tensor for t in (*manifest.inputs.values(), *manifest.outputs.values())}
        if not wanted <= given:
            raise ModelFileError(
                f"model {manifest.name}: tensors {sorted(wanted)} were expected, got {sorted(given)}"
            )
        order = [spec.name for spec in self._model.outputs]
        self._outputs = {name: order.index(tensor.tensor) for name, tensor in manifest.outputs.items()}

    @classmethod
    def load(cls, name: str, variant: str | None = None, *, threads: int = 1) -> FrozenModel:
        """Find by name (or folder) and load."""
        return cls(find_model(name), variant, threads=threads)

    def run_face(self, face: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Run a face model on one input.

        Args:
            face: float32 (S, S, C), from `preprocess.face_to_input`.

        Returns:
            Outputs by manifest name, batch axis dropped.
        """
        values = self._model.run_first(face[None])
        return {name: values[place][0] for name, place in self._outputs.items()}

    def run(self, **inputs: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Run with every input by manifest name, with the batch axis.

        Returns:
            Outputs by manifest name, with the batch axis.
        """
        given = {self.manifest.inputs[name].tensor: value for name, value in inputs.items()}
        values = self._model.run(**given)
        return {name: values[tensor.tensor] for name, tensor in self.manifest.outputs.items()}
