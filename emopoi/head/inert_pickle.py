"""Read what a pickle holds without doing anything it says.

A pickle is a program. Here its instructions to call or build something only leave a note of what was
asked for, so no code of the file or of a library runs; names that a FLAME file has no use for are refused
outright. SciPy and chumpy, with which old files were made, need not be there.
"""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import ModelFileError

_NAMES = {
    "numpy": ("ndarray", "dtype", "matrix"),
    "numpy.core.multiarray": ("_reconstruct", "scalar"),
    "numpy._core.multiarray": ("_reconstruct", "scalar"),
    "numpy.core.numeric": ("_frombuffer",),
    "numpy._core.numeric": ("_frombuffer",),
    "numpy.matrixlib.defmatrix": ("matrix",),
    "_codecs": ("encode",),
    "copy_reg": ("_reconstructor",),
    "copyreg": ("_reconstructor",),
    "collections": ("OrderedDict", "defaultdict"),
    "weakref": ("WeakKeyDictionary", "WeakValueDictionary"),
    # landmark_embedding.npy holds some tensors, which are passed over.
    "torch._utils": ("_rebuild_tensor", "_rebuild_tensor_v2"),
    "torch.storage": ("_load_from_bytes",),
}
for _module in ("builtins", "__builtin__"):
    _NAMES[_module] = (
        *("object", "set", "frozenset", "list", "tuple", "dict", "bytearray", "bytes", "int", "long"),
    )
_SPARSE = ("csc_matrix", "csr_matrix", "coo_matrix", "csc_array", "csr_array", "coo_array")
_LARGEST = 200_000_000
"""Numbers that one array may hold: FLAME's largest has six million."""


@dataclass(frozen=True, slots=True)
class Name:
    """A function or class that the file names."""

    module: str
    name: str


@dataclass(slots=True, eq=False)
class Note:
    """Something that the file wanted made.

    Attributes:
        kind: called or instantiated.
        arguments: given to it.
        state: set on it afterwards.
    """

    kind: Name
    arguments: tuple[Any, ...]
    state: Any = None


def read_inert(content: bytes, origin: str) -> Any:
    """Read a pickle into plain values and `Note`s.

    Args:
        content: the pickle; text of Python 2 is taken as Latin-1.
        origin: for errors.

    Raises:
        ModelFileError: it is cut or no pickle, or names something that it has no use for.
    """
    try:
        return _Reader(io.BytesIO(content), encoding="latin1").load()
    except ModelFileError as error:
        raise ModelFileError(f"{origin}: {error}") from None
    except (MemoryError, RecursionError) as error:
        raise ModelFileError(f"{origin}: no whole pickle ({type(error).__name__})") from None
    except Exception as error:
        # A damaged program stops with any error: of the stack, of text, of numbers.
        told = str(error).strip().split("\n", 1)[0] or type(error).__name__
        raise ModelFileError(f"{origin}: no whole pickle ({told[:100]})") from None


def array_of(value: Any) -> NDArray[Any]:
    """The array that a value of a pickle stands for.

    Args:
        value: numbers, lists of them, or a note of a NumPy array, a chumpy array or a SciPy matrix.

    Returns:
        Numbers of the file's type; sparse ones written out.

    Raises:
        ModelFileError: it stands for something else.
    """
    try:
        return _array(value, 0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise ModelFileError(f"no array ({str(error).split(chr(10), 1)[0][:100]})") from None


class _Reader(pickle._Unpickler):  # type: ignore[name-defined, misc]
    """Python's own reader, not the one in C: what it does can be replaced instruction by instruction."""

    stack: list[Any]
    append: Callable[[Any], None]
    dispatch: ClassVar[dict[int, Any]] = dict(pickle._Unpickler.dispatch)  # type: ignore[attr-defined]

    def find_class(self, module: str, name: str) -> Name:
        known = name in _NAMES.get(module, ())
        known = known or (module.split(".")[:2] == ["scipy", "sparse"] and name in _SPARSE)
        if not known and module.split(".")[0] != "chumpy":
            raise ModelFileError(f"the pickle names {module}.{name}, which no head needs; it is not read on")
        return Name(module, name)

    def get_extension(self, code: int) -> NoReturn:
        raise ModelFileError(f"the pickle names extension {code}, which no head needs; it is not read on")

    def persistent_load(self, pid: Any) -> NoReturn:
        raise ModelFileError("the pickle refers to objects outside itself")

    def _instantiate(self, kind: Any, arguments: Any) -> None:
        self.append(_note(kind, tuple(arguments)))

    def _reduce(self) -> None:
        arguments = self.stack.pop()
        self.stack[-1] = _note(self.stack[-1], arguments)

    def _newobj_ex(self) -> None:
        self.stack.pop()
        self._reduce()

    def _build(self) -> None:
        state = self.stack.pop()
        if not isinstance(self.stack[-1], Note):
            raise ModelFileError("the pickle sets the state of what it did not make")
        self.stack[-1].state = state

    dispatch[pickle.REDUCE[0]] = dispatch[pickle.NEWOBJ[0]] = _reduce
    dispatch[pickle.NEWOBJ_EX[0]] = _newobj_ex
    dispatch[pickle.BUILD[0]] = _build


def _note(kind: Any, arguments: Any) -> Note:
    if not (isinstance(kind, Name) and isinstance(arguments, tuple)):
        raise ModelFileError("the pickle calls what is no function")
    if kind.name == "_reconstructor" and arguments and isinstance(arguments[0], Name):
        # How Python 2 said "an empty object of this class".
        return Note(arguments[0], ())
    return Note(kind, arguments)


def _array(value: Any, depth: int) -> NDArray[Any]:
    if depth > 4:
        raise ValueError("arrays in arrays")
    if not isinstance(value, Note):
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise ValueError(f"numbers were expected, got {type(value).__name__}")
        return array
    module, name = value.kind.module, value.kind.name
    if module.startswith("chumpy"):
        return _array(value.state["x"], depth + 1)
    if name in _SPARSE:
        return _dense(value, depth)
    if name == "_reconstruct":
        shape, kind, fortran, content = value.state[-4:]
        return _of_bytes(_bytes(content), kind, shape, bool(fortran))
    if name == "_frombuffer":
        content, kind, shape, order = value.arguments
        return _of_bytes(_bytes(content), kind, shape, order == "F")
    if name == "scalar":
        return _of_bytes(_bytes(value.arguments[1]), value.arguments[0], (), False)
    raise ValueError(f"{module}.{name} is none")


def _of_bytes(content: bytes, kind: Any, shape: Any, fortran: bool) -> NDArray[Any]:
    dtype = _dtype(kind)
    shape = tuple(int(length) for length in shape)
    count = math.prod(shape)
    if min(shape, default=0) < 0 or count > _LARGEST or count * dtype.itemsize != len(content):
        raise ValueError(f"{len(content)} bytes for shape {shape} of {dtype}")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")


def _dtype(kind: Any) -> np.dtype[Any]:
    code = str(kind.arguments[0])
    if kind.kind.name != "dtype" or code[:1] not in "biuf" or not code[1:].isdigit():
        raise ValueError(f"numbers were expected, got type {code[:20]!r}")
    order = kind.state[1] if kind.state else "<"
    return np.dtype(code).newbyteorder(">" if order == ">" else "<")


def _bytes(content: Any) -> bytes:
    if isinstance(content, Note) and content.kind.name == "encode":
        content = content.arguments[0]
    if isinstance(content, Note) and content.kind.name in ("bytearray", "bytes"):
        return _bytes(content.arguments[0]) if content.arguments else b""
    # Python 2 wrote bytes as text.
    return content.encode("latin1") if isinstance(content, str) else bytes(memoryview(content))


def _dense(value: Note, depth: int) -> NDArray[Any]:
    state = value.state
    rows, columns = (int(length) for length in state.get("_shape", state.get("shape")))
    if not (0 < rows and 0 < columns and rows * columns <= _LARGEST):
        raise ValueError(f"a matrix of {rows} x {columns}")
    data = _array(state["data"], depth + 1)
    if value.kind.name.startswith("coo"):
        ends = state["coords"] if "coords" in state else (state["row"], state["col"])
        row, column = (_array(end, depth + 1) for end in ends)
    else:
        inner, starts = _array(state["indices"], depth + 1), _array(state["indptr"], depth + 1)
        outer = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        row, column = (inner, outer) if value.kind.name.startswith("csc") else (outer, inner)
    if not len(row) == len(column) == len(data):
        raise ValueError("a sparse matrix whose parts do not fit")
    if len(row) and (min(row.min(), column.min()) < 0 or row.max() >= rows or column.max() >= columns):
        raise ValueError("a sparse matrix with numbers outside of it")
    dense = np.zeros((rows, columns), data.dtype)
    np.add.at(dense, (row, column), data)
    return dense
