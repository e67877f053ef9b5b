"""Checks that a `.tflite` file is whole before a runtime touches it, and names its operators.

tflite-runtime checks nothing of what it is given, its successor checks offsets alone, and both end the whole
process on a file whose numbers point nowhere. The check follows TensorFlow Lite's published schema (version
3) to every buffer, tensor, operator, signature and text, and sees that each number names something that is
there. A file that was made to do harm can still do some: models are to be had from where they can be trusted,
and a manifest says their hash.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from emopoi.errors import ModelFileError
from emopoi.runtime.flatbuffer_reader import DamagedBufferError, FlatbufferReader

_MARK = b"TFL3"
# Places of the fields in the tables of the schema.
_CODES, _GRAPHS, _BUFFERS, _METADATA, _SIGNATURES = 1, 2, 4, 6, 7
_BUFFER_DATA, _BUFFER_OFFSET, _BUFFER_SIZE = 0, 1, 2
_TENSORS, _INPUTS, _OUTPUTS, _OPERATORS, _GRAPH_NAME = 0, 1, 2, 3, 4
_SHAPE, _TYPE, _BUFFER, _NAME, _QUANTIZATION, _VARIABLE, _SPARSITY, _SIGNATURE = range(8)
_SCALE, _ZERO_POINT, _DETAILS, _DIMENSION = 2, 3, 5, 6
_QUANTIZATION_LISTS = ((0, 4), (1, 4), (_SCALE, 4), (_ZERO_POINT, 8))
_CODE, _READS, _WRITES, _OPTIONS_TYPE, _OPTIONS, _CUSTOM_OPTIONS = 0, 1, 2, 3, 4, 5
_MUTATED, _BETWEEN, _OPTIONS_2 = 7, 8, 12
_OLD_BUILTIN, _CUSTOM, _VERSION, _BUILTIN = 0, 1, 2, 3
# Lists and texts inside of options: places and bytes an element, by the number of the options' type.
_LISTS_OF_OPTIONS = {3: ((0, 4), (1, 4)), 17: ((0, 4),), 30: ((0, 4),), 115: ((0, 4),)}
# Which of what they read operators can do without (-1): biases of convolutions and dense layers, most of what
# recurrent ones read, and nobody knows of custom ones. The runtimes follow a -1 elsewhere. Operators are
# told by their numbers in the schema's BuiltinOperator.
_OPTIONAL = {3: (2,), 4: (2,), 9: (2,), 67: (3,)} | dict.fromkeys((16, 27, 32, 35, 44, 46, 52), range(1, 64))
# Operators whose first output is of their first input's type: arithmetic, convolutions, dense, pooling,
# activations, sums and means, and what only moves numbers about.
_SAME_TYPE = {0, 1, 2, 3, 4, 5, 9, 14, *range(17, 24), 25, 28, 34, 40, 41, 45, 54, 55, 57, 69, 74, 75, 83, 88}
_SAME_TYPE |= {92, 117, 124}
# Those whose first output is of their first input's shape: (de)quantising, activations, roots, DENSIFY.
_SAME_SHAPE = {6, 14, 19, 20, 21, 25, 28, 54, 75, 92, 114, 117, 124}
# SPLIT and UNPACK say how many tensors they write.
_COUNTS_OF_OPTIONS = {35: 0, 64: 0}
_TEXTS_OF_OPTIONS = {111: (0, 1)}
_BYTES_OF_TYPE = {
    0: 4, 1: 2, 2: 4, 3: 1, 4: 8, 6: 1, 7: 2, 8: 8, 9: 1, 10: 8, 11: 16, 12: 8, 15: 4, 16: 2, 18: 2,
}  # fmt: skip
_INT8 = 9
# What zero points may be, by type; of wide numbers nothing but zero.
_ZERO_POINTS = {3: (0, 255), _INT8: (-128, 127), 7: (-32768, 32767)}
# Of steps; a bias's is the product of two others, and that of a channel of zeros is tiny (4e-9).
_LEAST_SCALE, _MOST_SCALE = 1e-30, 1e6
_NEWEST_TYPE = 22
_MOST_SIDES = 8
_MOST_BYTES = 1 << 31
_LAST_OPERATOR = 255
CUSTOM_OPERATOR = 32
"""`BuiltinOperator.CUSTOM` of the schema: the operator is known by its text alone."""


@dataclass(frozen=True, slots=True)
class OperatorCode:
    """One operator that a file asks a runtime for.

    Attributes:
        builtin: number in the schema's list of operators (3 CONV_2D, 9 FULLY_CONNECTED, ...).
        version: 1, 2, ...; a runtime knows each operator up to some version.
        custom: name of an operator from outside the list, "" for all others. TensorFlow's own
            operations are called "Flex...", and the small runtimes do not have them.
    """

    builtin: int
    version: int
    custom: str = ""


def check_tflite_file(content: bytes) -> None:
    """Refuse what is no TFLite model, or only a part of one.

    Args:
        content: bytes of the file.

    Raises:
        ModelFileError: the message says what is wrong.
    """
    _checked(content)


def operator_codes(content: bytes) -> tuple[OperatorCode, ...]:
    """The operators that a file uses, in the file's order.

    Args:
        content: bytes of the file.

    Raises:
        ModelFileError: as `check_tflite_file`.
    """
    return _checked(content)


def _checked(content: bytes) -> tuple[OperatorCode, ...]:
    if len(content) < 8 or content[4:8] != _MARK:
        raise ModelFileError(f"not a TFLite model: {len(content)} bytes without the mark TFL3")
    try:
        return _Check(content).model()
    except DamagedBufferError as error:
        raise ModelFileError(
            f"the TFLite model of {len(content)} bytes is damaged or cut short ({error})"
        ) from error


class _Check:
    """Walks through one file."""

    def __init__(self, content: bytes) -> None:
        self._size = len(content)
        self._reader = FlatbufferReader(content)
        self._filled: list[int] = []
        self._codes: tuple[OperatorCode, ...] = ()
        self._tensors: list[int] = []

    def model(self) -> tuple[OperatorCode, ...]:
        reader = self._reader
        model = reader.pointed(0)
        codes = tuple(self._code(table) for table in reader.tables(model, _CODES))
        self._codes = codes
        self._filled = [self._buffer(table) for table in reader.tables(model, _BUFFERS)]
        graphs = list(reader.tables(model, _GRAPHS))
        _expect(bool(self._filled and graphs), "no buffers or no graph")
        self._tensors = [reader.length(graph, _TENSORS, 4) for graph in graphs]
        _expect(
            all(reader.length(graphs[0], place, 4) for place in (_INPUTS, _OUTPUTS)), "nothing goes in or out"
        )
        for graph in graphs:
            self._graph(graph)
        for table in reader.tables(model, _METADATA):
            _expect(reader.text(table, 0) is not None, "metadata without a name")
            _expect(reader.value(table, 1, "<I", 0) < len(self._filled), "metadata without a buffer")
        for table in reader.tables(model, _SIGNATURES):
            self._signature(table)
        return codes

    def _code(self, table: int) -> OperatorCode:
        reader = self._reader
        # Operators below 127 may stand in the one-byte field of older files, in the other, or in both.
        builtin = max(reader.value(table, _OLD_BUILTIN, "<b", 0), reader.value(table, _BUILTIN, "<i", 0))
        custom = reader.text(table, _CUSTOM)
        _expect(0 <= builtin <= _LAST_OPERATOR, "an operator that there is not")
        _expect(builtin != CUSTOM_OPERATOR or bool(custom), "an operator without a name")
        return OperatorCode(builtin, reader.value(table, _VERSION, "<i", 1), custom or "")

    def _buffer(self, table: int) -> int:
        """Bytes in it."""
        reader = self._reader
        length = reader.length(table, _BUFFER_DATA, 1)
        beyond = reader.value(table, _BUFFER_OFFSET, "<Q", 0)
        size = reader.value(table, _BUFFER_SIZE, "<Q", 0)
        _expect(beyond <= 1 or beyond + size <= self._size, "weights beyond the end")
        return size if beyond > 1 else length

    def _graph(self, graph: int) -> None:
        reader = self._reader
        reader.text(graph, _GRAPH_NAME)
        tensors = list(reader.tables(graph, _TENSORS))
        known = [self._tensor(table) for table in tensors]
        shapes = [reader.numbers(table, _SHAPE, "<i") for table in tensors]
        kinds = [reader.value(table, _TYPE, "<b", 0) for table in tensors]
        count = len(known)
        inputs = _within(reader.numbers(graph, _INPUTS, "<i"), count)
        for number in inputs:
            known[number] = True
        outputs = _within(reader.numbers(graph, _OUTPUTS, "<i"), count)
        constant = [index for index, there in enumerate(known) if there]
        written = set(constant)
        for table in reader.tables(graph, _OPERATORS):
            code = reader.value(table, _CODE, "<I", 0)
            _expect(code < len(self._codes), "an operator without a code")
            reads = _within(reader.numbers(table, _READS, "<i"), count, least=-1)
            writes = _within(reader.numbers(table, _WRITES, "<i"), count)
            _within(reader.numbers(table, _BETWEEN, "<i"), count)
            _expect(all(number < 0 or known[number] for number in reads), "an operator before its input")
            spared = _OPTIONAL.get(self._codes[code].builtin, ())
            lacking = (place for place, number in enumerate(reads) if number < 0)
            _expect(all(place in spared for place in lacking), "an operator without its input")
            _expect(not written.intersection(writes), "a tensor that is written twice")
            _expect(len(set(writes)) == len(writes), "a tensor that is written twice")
            builtin = self._codes[code].builtin
            if reads and writes and reads[0] >= 0:
                first, made = reads[0], writes[0]
                alike = builtin not in _SAME_TYPE or kinds[first] == kinds[made]
                _expect(alike, "an operator between two types")
                alike = builtin not in _SAME_SHAPE or shapes[first] == shapes[made]
                _expect(alike, "an operator between two shapes")
            written.update(writes)
            for number in writes:
                known[number] = True
            self._options(table, len(writes))
        _expect(all(known[number] for number in outputs), "an output that nothing writes")

    def _options(self, operator: int, writes: int) -> None:
        reader = self._reader
        reader.list_at(operator, _CUSTOM_OPTIONS, 1)
        reader.list_at(operator, _MUTATED, 1)
        kind = reader.value(operator, _OPTIONS_TYPE, "<B", 0)
        for place in (_OPTIONS, _OPTIONS_2):
            field = reader.field(operator, place)
            if field is None:
                continue
            options = reader.pointed(field)
            reader.field(options, 0)
            if place == _OPTIONS_2:
                continue
            for part, element_bytes in _LISTS_OF_OPTIONS.get(kind, ()):
                reader.list_at(options, part, element_bytes)
            if kind in _COUNTS_OF_OPTIONS:
                told = reader.value(options, _COUNTS_OF_OPTIONS[kind], "<i", 0)
                _expect(told == writes, "parts that are not all written")
            for part in _TEXTS_OF_OPTIONS.get(kind, ()):
                reader.text(options, part)

    def _tensor(self, table: int) -> bool:
        """Whether it holds something from the start: a constant or a state."""
        reader = self._reader
        _expect(reader.text(table, _NAME) is not None, "a tensor without a name")
        shape = reader.numbers(table, _SHAPE, "<i")
        kind = reader.value(table, _TYPE, "<b", 0)
        buffer = reader.value(table, _BUFFER, "<I", 0)
        _expect(len(shape) <= _MOST_SIDES and min(shape, default=0) >= 0, "a shape that there is not")
        _expect(0 <= kind <= _NEWEST_TYPE, "a type that there is not")
        _expect(buffer < len(self._filled), "a tensor without a buffer")
        _expect(math.prod(shape) * _BYTES_OF_TYPE.get(kind, 1) < _MOST_BYTES, "a tensor of gigabytes")
        told = reader.numbers(table, _SIGNATURE, "<i")
        _expect(len(told) in (0, len(shape)), "two shapes that do not fit")
        self._quantization(table, shape, kind)
        self._sparsity(table, shape)
        filled, bytes_each = self._filled[buffer], _BYTES_OF_TYPE.get(kind)
        if filled and bytes_each and reader.field(table, _SPARSITY) is None:
            _expect(filled == math.prod(shape) * bytes_each, "weights of another size than their tensor")
        return bool(filled) or bool(reader.value(table, _VARIABLE, "<B", 0))

    def _quantization(self, tensor: int, shape: Sequence[int], kind: int) -> None:
        reader = self._reader
        field = reader.field(tensor, _QUANTIZATION)
        _expect(field is not None or kind != _INT8, "rounded numbers without a scale")
        if field is None:
            return
        table = reader.pointed(field)
        for place, element_bytes in _QUANTIZATION_LISTS:
            reader.list_at(table, place, element_bytes)
        details = reader.field(table, _DETAILS)
        if details is not None:
            reader.list_at(reader.pointed(details), 0, 1)
        scales, zeros = reader.floats(table, _SCALE), reader.numbers(table, _ZERO_POINT, "<q")
        _expect(bool(scales) or kind != _INT8, "rounded numbers without a scale")
        _expect(len(zeros) in {0, min(1, len(scales)), len(scales)}, "scales and zero points that do not fit")
        _expect(all(_LEAST_SCALE < scale < _MOST_SCALE for scale in scales), "a scale that is no size")
        least, most = _ZERO_POINTS.get(kind, (0, 0))
        _expect(all(least <= zero <= most for zero in zeros), "a zero point outside of its type")
        if len(scales) > 1:
            dimension = reader.value(table, _DIMENSION, "<i", 0)
            _expect(
                0 <= dimension < len(shape) and shape[dimension] == len(scales), "scales of another shape"
            )

    def _sparsity(self, tensor: int, shape: Sequence[int]) -> None:
        reader = self._reader
        field = reader.field(tensor, _SPARSITY)
        if field is None:
            return
        table = reader.pointed(field)
        order, blocks = reader.numbers(table, 0, "<i"), reader.numbers(table, 1, "<i")
        dimensions = list(reader.tables(table, 2))
        _expect(sorted(order) == list(range(len(shape) + len(blocks))), "an order of sides that is none")
        _expect(len(order) == len(dimensions), "sides that do not fit")
        _within(blocks, len(shape))
        whole = {
            side: reader.value(dimension, 1, "<i", 0)
            for side, dimension in zip(order, dimensions, strict=True)
            if reader.value(dimension, 0, "<b", 0) == 0
        }
        # Sides behind those of the shape are of the blocks that it is made of.
        rank = len(shape)
        in_blocks = {blocks[side - rank]: size for side, size in whole.items() if side >= rank}
        for side, size in whole.items():
            _expect(side >= rank or size * in_blocks.get(side, 1) == shape[side], "a side of another length")
        for dimension in dimensions:
            for place in (3, 5):
                inside = reader.field(dimension, place)
                if inside is not None:
                    # The kind of list stands before it: 4, 2 or 1 byte an element.
                    kind = reader.value(dimension, place - 1, "<B", 0)
                    _expect(1 <= kind <= 3, "a kind of list that there is not")
                    reader.list_at(reader.pointed(inside), 0, {1: 4, 2: 2, 3: 1}[kind])

    def _signature(self, table: int) -> None:
        reader = self._reader
        graph = reader.value(table, 4, "<I", 0)
        _expect(graph < len(self._tensors), "a signature without a graph")
        _expect(reader.text(table, 2) is not None, "a signature without a name")
        for place in (0, 1):
            for one in reader.tables(table, place):
                _expect(reader.text(one, 0) is not None, "a signature's tensor without a name")
                _expect(reader.value(one, 1, "<I", 0) < self._tensors[graph], "a signature without a tensor")


def _expect(right: bool, what: str) -> None:
    if not right:
        raise DamagedBufferError(what)


def _within(numbers: Sequence[int], count: int, least: int = 0) -> Sequence[int]:
    _expect(not numbers or (min(numbers) >= least and max(numbers) < count), "a tensor that there is not")
    return numbers
