"""Inputs of the temporal networks from stored clips: for int8's ranges and for parity."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from emopoi.errors import InputError
from emopoi.export.kinds import KINDS


def sequence_samples(kind: str, weights: Path, stored: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Inputs of a network that reads no pixels.

    Args:
        kind: a key of `KINDS`.
        weights: its `.weights.h5`: the states of a step network come from running it.
        stored: float32 (N, T, ...) by input name for clips, or (N, ...) for a network that reads
            single frames.

    Returns:
        float32 by the network's own input names, first axis the samples.

    Raises:
        InputError: an input is not stored.
    """
    network = KINDS[kind].build()
    given = network.input if isinstance(network.input, dict) else {network.input.name: network.input}
    names = list(given)
    states = [name for name in names if f"next_{name}" in network.output]
    missing = [name for name in names if name not in stored and name not in states]
    if missing:
        raise InputError(f"samples: an array {missing[0]!r} was expected, found {', '.join(stored)}")
    if states:
        network.load_weights(weights)
        return _step_samples(network, stored, states)
    # Stored clips may be longer than the clip form is.
    return {name: np.asarray(stored[name], np.float32)[:, : given[name].shape[1]] for name in names}


def _step_samples(
    network, stored: Mapping[str, np.ndarray], states: list[str], count: int = 400
) -> dict[str, np.ndarray]:
    """Inputs of the step form, with the states that real clips lead to: int8 needs their range."""
    names = [name for name in network.input if name not in states]
    clips, frames = stored[names[0]].shape[:2]
    state = {name: np.zeros((clips, int(network.input[name].shape[-1])), np.float32) for name in states}
    rows: list[dict[str, np.ndarray]] = []
    for frame in range(frames):
        given = {name: stored[name][:, frame] for name in names} | state
        rows.append(given)
        output = network.predict(given, verbose=0, batch_size=clips)
        state = {name: np.asarray(output[f"next_{name}"]) for name in states}
    together = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    chosen = np.random.default_rng(0).permutation(len(rows) * clips)[:count]
    return {name: value[chosen].astype(np.float32) for name, value in together.items()}
