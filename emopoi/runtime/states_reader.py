"""Reads boredom and frustration off what the expression network made of a face."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import ModelFileError
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest
from emopoi.runtime.probabilities import sigmoid

TASK = "states"


class StatesReader(Protocol):
    """Whatever tells states from the frame network's outputs.

    Attributes:
        states: names of what is told.
    """

    states: tuple[str, ...]

    def read(self, output: Mapping[str, NDArray[np.float32]]) -> dict[str, float]:
        """Chances by state, 0..1."""
        ...


class FrozenStatesReader:
    """The frozen heads.

    Args:
        model: task "states".
        frame_model: manifest of the expression network whose embedding is read.

    Attributes:
        states: names of what is told, in the order of the output.

    Raises:
        ModelFileError: another kind of model, or its heads were fitted to another expression network.
    """

    def __init__(self, model: FrozenModel, frame_model: Manifest) -> None:
        manifest = model.manifest
        if manifest.task != TASK or "states" not in manifest.outputs or "embedding" not in manifest.inputs:
            raise ModelFileError(f"model {manifest.name} is for {manifest.task}, not for {TASK}")
        check_fit(manifest, frame_model)
        self._model = model
        self.states = manifest.outputs["states"].labels

    def read(self, output: Mapping[str, NDArray[np.float32]]) -> dict[str, float]:
        """Tell the states of one face in one frame.

        Args:
            output: of the expression network, with `embedding` float32 (D,).

        Returns:
            Chance by state, 0..1, that it is shown strongly, where that were as likely beforehand as that
            it is not shown at all. How common the state is comes in later (emopoi/profile/states.py).
        """
        logits = self._model.run_face(output["embedding"])["states"].tolist()
        return {state: sigmoid(logit) for state, logit in zip(self.states, logits, strict=True)}


def check_fit(manifest: Manifest, frame_model: Manifest) -> None:
    """Heads are worth nothing on the embedding of another network than theirs.

    Args:
        manifest: of the heads; `frame_model` in it maps names of variants to hashes of their files.
        frame_model: of the expression network.

    Raises:
        ModelFileError: the network has no file that the heads were fitted to.
    """
    fitted = manifest.data.get("frame_model")
    known = set(fitted.values()) if isinstance(fitted, dict) else set()
    if not known & {file.sha256 for file in frame_model.files.values()}:
        raise ModelFileError(
            f"model {manifest.name} was made for another network than {frame_model.name} is now: train "
            "and publish states again"
        )
