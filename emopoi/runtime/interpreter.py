"""Runs a TFLite model with whichever small runtime is installed; never with TensorFlow.

Two packages carry the same `Interpreter`: `tflite-runtime` (Python up to 3.11, numpy 1) and
its successor `ai-edge-litert`. Nothing is imported before the first model is loaded.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import InputError, MissingPartError, ModelFileError
from emopoi.runtime.tflite_file import check_tflite_file

RUNTIMES = ("ai_edge_litert", "tflite_runtime")
"""Import names in the order in which they are tried. Both are equally fast (docs/faces.md has
the timings); the first is still maintained and checks the files it is given."""

_PIP_NAMES = {"tflite_runtime": "tflite-runtime", "ai_edge_litert": "ai-edge-litert"}
_stderr_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Name, shape and type of one input or output.

    Attributes:
        name: the signature's name where the file has a signature, else the tensor's.
        shape: as the file fixes it.
        dtype: numpy type of the elements.
        scale: quantization step of an integer tensor, 0.0 where it is not quantized.
        zero_point: integer that stands for 0.0.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scale: float = 0.0
    zero_point: int = 0


class TFLiteModel:
    """One model, ready to run, for one thread at a time: two would write into the same input.

    A second thread that comes while the first one runs is refused; make a model for each. Everything that
    holds one - `FrozenModel` and all readers - is so bound as well. Handing one over, from the thread that
    made it to the one that runs it, is fine.

    Args:
        content: the bytes of a `.tflite` file.
        threads: threads used inside one run.
        runtime: one of `RUNTIMES`; None takes the first that is installed.

    Attributes:
        inputs: what `run` takes, in the order of the file.
        outputs: what `run` gives, in the order of the file.

    Raises:
        MissingPartError: no TFLite runtime is installed.
        ModelFileError: the bytes are no TFLite model, are cut short or need operations that
            the runtime does not have.
    """

    def __init__(self, content: bytes, threads: int = 1, *, runtime: str | None = None) -> None:
        if threads < 1:
            raise InputError(f"threads: at least 1 was expected, got {threads}")
        check_tflite_file(content)
        interpreter_class = _interpreter_class(runtime)
        try:
            with quiet_stderr():
                self._interpreter = interpreter_class(model_content=bytes(content), num_threads=threads)
                self._interpreter.allocate_tensors()
            input_details, output_details = self._details()
        except (ValueError, RuntimeError) as error:
            raise ModelFileError(f"the TFLite model can not be loaded: {_first_line(error)}") from error
        except MemoryError as error:
            raise ModelFileError("the TFLite model asks for more memory than there is") from error
        self.inputs: tuple[TensorSpec, ...] = tuple(_spec(name, d) for name, d in input_details)
        self.outputs: tuple[TensorSpec, ...] = tuple(_spec(name, d) for name, d in output_details)
        self._input_index = {name: int(d["index"]) for name, d in input_details}
        self._output_index = {name: int(d["index"]) for name, d in output_details}
        self._first_input = int(input_details[0][1]["index"])
        self._output_order = tuple(self._output_index.values())
        self._busy = threading.Lock()

    def run(self, **inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Run once with every input given by name.

        Args:
            **inputs: arrays of exactly the shapes and types in `inputs`. Names that are no
                Python identifiers go in as `run(**{"serving:0": array})`.

        Returns:
            Outputs by name; the arrays belong to the caller.

        Raises:
            InputError: a name, shape or type differs; the message shows what was expected. Or another
                thread is running this model.
        """
        if inputs.keys() != self._input_index.keys():
            raise InputError(f"inputs {sorted(self._input_index)} were expected, got {sorted(inputs)}")
        with self._alone():
            for name, array in inputs.items():
                self._set(self._input_index[name], array)
            self._interpreter.invoke()
            get_tensor = self._interpreter.get_tensor
            return {name: get_tensor(index) for name, index in self._output_index.items()}

    def run_first(self, array: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """Run a model of one input; the cheap way for a model called on every frame.

        Args:
            array: of exactly the shape and type of `inputs[0]`.

        Returns:
            All outputs in the order of `outputs`; the arrays belong to the caller.

        Raises:
            InputError: shape or type differs, or another thread is running this model.
        """
        with self._alone():
            self._set(self._first_input, array)
            self._interpreter.invoke()
            return tuple(map(self._interpreter.get_tensor, self._output_order))

    def reset_state(self) -> None:
        """Forget what stateful operations (fused LSTM) kept from earlier runs."""
        with self._alone():
            self._interpreter.reset_all_variables()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        # Refused, not made to wait: who shares a model has the states of two faces in one, too.
        if not self._busy.acquire(blocking=False):
            raise InputError("this model runs in another thread just now: make one for each thread")
        try:
            yield
        finally:
            self._busy.release()

    def _set(self, index: int, array: NDArray[Any]) -> None:
        try:
            self._interpreter.set_tensor(index, array)
        except (ValueError, TypeError, AttributeError) as error:
            name = next(key for key, value in self._input_index.items() if value == index)
            spec = next(spec for spec in self.inputs if spec.name == name)
            got = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
            raise InputError(f"input {name!r}: {spec.dtype} {spec.shape} was expected, got {got}") from error

    def _details(self) -> tuple[list[tuple[str, dict[str, Any]]], list[tuple[str, dict[str, Any]]]]:
        """Inputs and outputs in the file's order, under their signature names where there are any."""
        inputs = self._interpreter.get_input_details()
        outputs = self._interpreter.get_output_details()
        names: dict[int, str] = {}
        signatures = self._interpreter.get_signature_list()
        if signatures:
            runner = self._interpreter.get_signature_runner(next(iter(signatures)))
            for details in (runner.get_input_details(), runner.get_output_details()):
                names.update({int(detail["index"]): name for name, detail in details.items()})
        return (
            [(names.get(int(d["index"]), d["name"]), d) for d in inputs],
            [(names.get(int(d["index"]), d["name"]), d) for d in outputs],
        )


def runtime_name() -> str | None:
    """Which runtime models will run on, e.g. "tflite_runtime 2.14.0"; None where none is installed."""
    for name in RUNTIMES:
        try:
            importlib.import_module(f"{name}.interpreter")
        except ImportError:
            continue
        return f"{name} {_version(name)}".strip()
    return None


def _version(name: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(_PIP_NAMES[name])
    except metadata.PackageNotFoundError:
        return ""


def _interpreter_class(runtime: str | None) -> Any:
    if runtime is not None and runtime not in RUNTIMES:
        raise InputError(f"runtime: one of {', '.join(RUNTIMES)} was expected, got {runtime!r}")
    for name in RUNTIMES if runtime is None else (runtime,):
        try:
            return importlib.import_module(f"{name}.interpreter").Interpreter
        except ImportError:
            continue
    wanted = " or ".join(f"pip install {_PIP_NAMES[name]}" for name in ((runtime,) if runtime else RUNTIMES))
    raise MissingPartError(f"no TFLite runtime is installed: {wanted}")


def _spec(name: str, detail: dict[str, Any]) -> TensorSpec:
    scale, zero_point = detail.get("quantization", (0.0, 0))
    return TensorSpec(
        name=name,
        shape=tuple(int(size) for size in detail["shape"]),
        dtype=np.dtype(detail["dtype"]),
        scale=float(scale),
        zero_point=int(zero_point),
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep what C++ code writes past Python off the user's terminal.

    Runtimes say "Created XNNPACK delegate", camera drivers say worse. What matters of it is in the
    exception too.
    """
    with _stderr_lock:
        try:
            saved = os.dup(2)
        except OSError:  # no stderr at all: nothing to keep quiet
            yield
            return
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(null, 2)
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            os.close(null)
