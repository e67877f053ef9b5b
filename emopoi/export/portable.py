"""Does a file run everywhere? Its operators are read, and every runtime that is installed runs it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from emopoi.errors import ModelFileError
from emopoi.runtime.interpreter import quiet_stderr
from emopoi.runtime.tflite_file import CUSTOM_OPERATOR, operator_codes

RUNTIMES = {
    "ai_edge_litert": "ai_edge_litert.interpreter",
    "tflite_runtime": "tflite_runtime.interpreter",
    "tensorflow": "tensorflow.lite.python.interpreter",
}
"""Modules with an `Interpreter`, by the name of the package."""

TOO_NEW = {9: ("FULLY_CONNECTED", 12)}
"""Versions from which tflite-runtime 2.14, the last release for small boards, does not know an
operator. Dynamic-range files of TensorFlow 2.17 have this one unless their dense layers keep one
scale for the whole matrix (see `convert`)."""


def check_operators(content: bytes) -> None:
    """Refuse a file that some small runtime could not run, whichever is installed here.

    Args:
        content: bytes of a `.tflite` file.

    Raises:
        ModelFileError: it asks for one of TensorFlow's own operations (Flex), for another operator
            from outside of TFLite's list, or for a newer version than tflite-runtime 2.14 has.
    """
    for code in operator_codes(content):
        if code.builtin == CUSTOM_OPERATOR or code.custom:
            raise ModelFileError(
                f"TFLite's own operators were expected, but the file asks for {code.custom!r}"
            )
        name, version = TOO_NEW.get(code.builtin, ("", code.version + 1))
        if code.version >= version:
            raise ModelFileError(
                f"tflite-runtime 2.14 does not run it ({name} version {code.version}, up to "
                f"{version - 1} was expected)"
            )


def installed_runtimes() -> dict[str, Any]:
    """The interpreter classes that can be imported here, by the names of `RUNTIMES`."""
    found = {}
    for name, module in RUNTIMES.items():
        try:
            found[name] = importlib.import_module(module).Interpreter
        except ImportError:
            continue
    return found


def run_rows(
    interpreter_class: Any, content: bytes, inputs: Mapping[str, np.ndarray], outputs: Mapping[str, str]
) -> dict[str, np.ndarray]:
    """Run a file of batch one over many rows.

    Args:
        interpreter_class: of `installed_runtimes`.
        content: bytes of the file.
        inputs: float32 (N, ...) by the tensor's name.
        outputs: tensor's name by the name that the result shall have.

    Returns:
        float32 (N, ...) by the names of `outputs`.

    Raises:
        ModelFileError: the runtime does not take the file.
    """
    try:
        with quiet_stderr():
            interpreter = interpreter_class(model_content=content, num_threads=1)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        said = str(error).strip().splitlines()
        raise ModelFileError(
            f"{interpreter_class.__module__.split('.')[0]} does not load the file ({said[0]})"
        ) from error
    places = {detail["name"]: detail["index"] for detail in interpreter.get_input_details()}
    wanted = {detail["name"]: detail["index"] for detail in interpreter.get_output_details()}
    rows: list[dict[str, np.ndarray]] = []
    for row in range(len(next(iter(inputs.values())))):
        for name, values in inputs.items():
            interpreter.set_tensor(places[name], values[row : row + 1])
        interpreter.invoke()
        rows.append({name: interpreter.get_tensor(wanted[tensor]) for name, tensor in outputs.items()})
    return {name: np.concatenate([row[name] for row in rows]) for name in outputs}
