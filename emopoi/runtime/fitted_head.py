"""Whether a frozen network was made for a head."""

from __future__ import annotations

import numpy as np

from emopoi.errors import ModelFileError
from emopoi.head.fingerprint import head_fingerprint
from emopoi.head.head_model import HeadModel
from emopoi.runtime.frozen_head import SHIPPED, load_head
from emopoi.runtime.manifest import Manifest, find_model


def check_task(manifest: Manifest, task: str, inputs: dict[str, int], outputs: dict[str, int]) -> None:
    """Hold a manifest to what a reader asks for.

    Args:
        manifest: of the network.
        task: that it must have.
        inputs: length of the last axis by name.
        outputs: the same of what it gives.

    Raises:
        ModelFileError: another task, or other sizes: the network was made for another head.
    """
    if manifest.task != task:
        raise ModelFileError(f"model {manifest.name} is for {manifest.task}, not for {task}")
    for wanted, given in ((inputs, manifest.inputs), (outputs, manifest.outputs)):
        found = {name: tensor.shape[-1] for name, tensor in given.items() if name in wanted}
        if found != wanted:
            raise ModelFileError(
                f"model {manifest.name} does not fit the head: {wanted} was expected, got {found}; train and "
                "export one for this head"
            )


def check_head(manifest: Manifest, head: HeadModel) -> None:
    """A network on one head's coefficients is worth nothing on another's of the same size.

    Args:
        manifest: of the network; `head_fingerprint` in it tells the head, or `head`, the hash of its file.
        head: that it shall be used with.

    Raises:
        ModelFileError: it was made for another head, or for this one before its file changed.
    """
    known = manifest.data.get("head_fingerprint")
    if known is not None:
        if known != head_fingerprint(head):
            raise ModelFileError(
                f"model {manifest.name} was made for another head than {head.name}, or its file has changed "
                "since: train and export one for it"
            )
        return
    fitted = manifest.data.get("head")
    if fitted is None:
        return
    try:
        shipped = find_model(SHIPPED)
    except ModelFileError:
        # A folder of models without a head: nothing to compare with.
        return
    for_shipped = fitted in {file.sha256 for file in shipped.files.values()}
    if for_shipped != _alike(head, load_head()):
        raise ModelFileError(
            f"model {manifest.name} was made for another head than {head.name}: train and export one for it"
        )


def _alike(head: HeadModel, other: HeadModel) -> bool:
    """Whether coefficients mean the same on both."""
    return (
        head.n_identity == other.n_identity
        and head.expression_names == other.expression_names
        and np.array_equal(head.v_template, other.v_template)
        and np.array_equal(head.shapedirs, other.shapedirs)
    )
