"""What a runtime would end the process on is refused before: each case was found by damaging real files."""

import struct

import flatbuffers
import pytest

from emopoi.errors import ModelFileError
from emopoi.runtime.flatbuffer_reader import DamagedBufferError, FlatbufferReader
from emopoi.runtime.interpreter import TFLiteModel
from emopoi.runtime.manifest import find_model
from emopoi.runtime.tflite_file import check_tflite_file, operator_codes


class Model:
    """A shipped file, its places to be changed."""

    def __init__(self, name="states"):
        self.content = bytearray(find_model(name).content())
        self.reader = FlatbufferReader(bytes(self.content))
        self.table = self.reader.pointed(0)
        self.graph = next(self.reader.tables(self.table, 2))
        self.tensor = next(self.reader.tables(self.graph, 0))
        self.operators = list(self.reader.tables(self.graph, 3))

    def write(self, at, layout, value):
        struct.pack_into(layout, self.content, at, value)

    def element(self, table, place, number=0, element_bytes=4):
        return self.reader.list_at(table, place, element_bytes)[0] + number * element_bytes

    def text_end(self, table, place):
        start, count = self.reader.list_at(table, place, 1)
        return start, start + count

    def without_field(self, table, place):
        fields = table - self.reader.number("<i", table)
        self.write(fields + 4 + 2 * place, "<H", 0)


def no_buffers(model):
    model.without_field(model.table, 4)


def field_outside(model):
    fields = model.table - model.reader.number("<i", model.table)
    model.write(fields + 4 + 2 * 4, "<H", 60_000)


def buffer_not_there(model):
    model.write(model.reader.field(model.tensor, 2), "<I", 10**6)


def input_not_there(model):
    model.write(model.element(model.operators[0], 1), "<i", 999)


def input_left_out(model):
    model.write(model.element(model.operators[0], 1), "<i", -1)


def output_not_there(model):
    model.write(model.element(model.operators[0], 2), "<i", -1)


def written_twice(model):
    place = model.element(model.operators[-1], 2)
    model.write(place, "<i", model.reader.numbers(model.operators[0], 2, "<i")[0])


def before_its_input(model):
    model.write(
        model.element(model.operators[0], 1), "<i", model.reader.numbers(model.operators[-1], 2, "<i")[0]
    )


def code_not_there(model):
    for operator in model.operators:
        field = model.reader.field(operator, 0)
        if field is not None:
            model.write(field, "<I", 99)


def name_without_end(model):
    model.write(model.text_end(model.tensor, 3)[1], "<B", 120)


def name_no_text(model):
    model.write(model.text_end(model.tensor, 3)[0], "<B", 0xFF)


def shape_below_zero(model):
    model.write(model.element(model.tensor, 0), "<i", -5)


def shape_of_gigabytes(model):
    model.write(model.element(model.tensor, 0), "<i", 2**30)


def rounded(model):
    """Quantisation of a tensor of 8-bit numbers."""
    for tensor in model.reader.tables(model.graph, 0):
        if model.reader.value(tensor, 1, "<b", 0) == 9:
            return model.reader.pointed(model.reader.field(tensor, 4))
    raise AssertionError("a tensor of 8-bit numbers was expected")


def zero_point_outside(model):
    model.write(model.element(rounded(model), 3), "<q", -(2**24))


def scale_missing(model):
    model.without_field(rounded(model), 2)


def scale_of_nothing(model):
    model.write(model.element(rounded(model), 2), "<f", 0.0)


def scale_too_large(model):
    model.write(model.element(rounded(model), 2), "<f", 5e10)


def quantization_missing(model):
    for tensor in model.reader.tables(model.graph, 0):
        if model.reader.value(tensor, 1, "<b", 0) == 9:
            model.without_field(tensor, 4)


def weights_cut(model):
    buffers = list(model.reader.tables(model.table, 4))
    filled = [buffer for buffer in buffers if model.reader.length(buffer, 0, 1) > 1]
    start, count = model.reader.list_at(filled[0], 0, 1)
    model.write(start - 4, "<I", count - 1)


def between_types(model):
    """A dense layer that writes whole numbers of fractions, or the other way round."""
    for operator in model.operators:
        tensors = list(model.reader.tables(model.graph, 0))
        written = tensors[model.reader.numbers(operator, 2, "<i")[0]]
        code = list(model.reader.tables(model.table, 1))[model.reader.value(operator, 0, "<I", 0)]
        if model.reader.value(code, 0, "<b", 0) == 9:
            model.write(model.reader.field(written, 1), "<b", 7)
            return
    raise AssertionError("a dense layer was expected")


def nothing_goes_in(model):
    model.without_field(model.graph, 1)


def type_not_there(model):
    code = next(model.reader.tables(model.table, 1))
    model.write(model.reader.field(code, 0), "<b", -3)
    field = model.reader.field(code, 3)
    if field is not None:
        model.write(field, "<i", -3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (no_buffers, "no buffers"),
        (field_outside, "outside of its table"),
        (buffer_not_there, "without a buffer"),
        (input_not_there, "a tensor that there is not"),
        (input_left_out, "an operator without its input"),
        (output_not_there, "a tensor that there is not"),
        (written_twice, "written twice"),
        (before_its_input, "before its input"),
        (code_not_there, "without a code"),
        (name_without_end, "without an end"),
        (name_no_text, "no UTF-8"),
        (shape_below_zero, "a shape that there is not"),
        (shape_of_gigabytes, "gigabytes"),
        (zero_point_outside, "a zero point outside"),
        (scale_missing, "scales and zero points|without a scale"),
        (scale_of_nothing, "a scale that is no size"),
        (scale_too_large, "a scale that is no size"),
        (quantization_missing, "without a scale"),
        (weights_cut, "weights of another size"),
        (between_types, "between two types|outside of its type"),
        (nothing_goes_in, "nothing goes in or out"),
        (type_not_there, "an operator that there is not"),
    ],
)
def test_a_number_that_points_nowhere_is_told(change, message):
    model = Model()
    check_tflite_file(bytes(model.content))
    change(model)
    with pytest.raises(ModelFileError, match=f"damaged or cut short .*{message}"):
        TFLiteModel(bytes(model.content))
    with pytest.raises(ModelFileError, match=message):
        operator_codes(bytes(model.content))


def table(builder, *fields):
    """A table of offsets (int) and whole numbers (pairs with how they are put in)."""
    builder.StartObject(len(fields))
    for place, field in enumerate(fields):
        if isinstance(field, tuple):
            field[0](builder)(place, field[1], None)
        elif field is not None:
            builder.PrependUOffsetTRelativeSlot(place, field, 0)
    return builder.EndObject()


def offsets(builder, *places):
    builder.StartVector(4, len(places), 4)
    for place in reversed(places):
        builder.PrependUOffsetTRelative(place)
    return builder.EndVector()


def offsets_of_first(builder):
    """A list of one number, 0: the first tensor."""
    builder.StartVector(4, 1, 4)
    builder.PrependInt32(0)
    return builder.EndVector()


def test_what_is_made_whole_keeps_its_shape():
    model = Model("emotion_time")
    tensors = list(model.reader.tables(model.graph, 0))
    codes = list(model.reader.tables(model.table, 1))
    for operator in model.operators:
        code = codes[model.reader.value(operator, 0, "<I", 0)]
        if model.reader.value(code, 0, "<b", 0) in (6, 114):
            written = tensors[model.reader.numbers(operator, 2, "<i")[0]]
            model.write(model.element(written, 0), "<i", 65_535)
            break
    with pytest.raises(ModelFileError, match="between two shapes"):
        TFLiteModel(bytes(model.content))


def test_a_split_writes_as_many_as_it_says():
    model = Model("emotion_time")
    splits = [table for table in model.operators if model.reader.value(table, 3, "<B", 0) in (35, 64)]
    assert splits
    place = model.reader.field(model.reader.pointed(model.reader.field(splits[0], 4)), 0)
    model.write(place, "<i", 16_711_684)
    with pytest.raises(ModelFileError, match="parts that are not all written"):
        TFLiteModel(bytes(model.content))


@pytest.mark.parametrize(
    ("tensor", "graph", "message"),
    [(0, 0, ""), (7, 0, "a signature without a tensor"), (0, 3, "a signature without a graph")],
)
def test_signatures_name_what_is_there(tensor, graph, message):
    """The smallest file with a signature; ours have none."""
    builder = flatbuffers.Builder(256)

    def number(put):
        return lambda used: getattr(used, put)

    name = builder.CreateString("x")
    buffers = offsets(builder, table(builder))
    one = table(builder, None, None, None, name)
    tensors = offsets(builder, one)
    used = offsets_of_first(builder)
    graphs = offsets(builder, table(builder, tensors, used, used))
    uint32 = number("PrependUint32Slot")
    mapped = table(builder, name, (uint32, tensor))
    signature = table(builder, offsets(builder, mapped), None, name, None, (uint32, graph))
    signatures = offsets(builder, signature)
    builder.Finish(table(builder, (uint32, 3), None, graphs, None, buffers, None, None, signatures), b"TFL3")
    content = bytes(builder.Output())
    if message:
        with pytest.raises(ModelFileError, match=message):
            check_tflite_file(content)
    else:
        check_tflite_file(content)


def test_a_reader_believes_no_offset():
    reader = FlatbufferReader(struct.pack("<4I", 0, 12, 2**31, 7))
    for place in (0, 8):
        with pytest.raises(DamagedBufferError):
            reader.pointed(reader.pointed(place))
    for place in (-1, 14):
        with pytest.raises(DamagedBufferError):
            reader.number("<I", place)
