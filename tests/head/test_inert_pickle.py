import builtins
import io
import os
import pickle
import subprocess

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from emopoi.errors import ModelFileError
from emopoi.head.inert_pickle import array_of, read_inert
from tests.head.flame_files import chumpy


class Calls:
    """Pickled as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class Sets(Calls):
    """Pickled as a call, and a state set on what it gives."""

    def __reduce__(self):
        return (*self.call, {"x": 1})


@pytest.mark.parametrize("protocol", range(5))
@pytest.mark.parametrize(
    "function", [os.system, subprocess.check_output, builtins.eval, builtins.exec, os.unlink, open]
)
def test_no_function_of_the_file_runs(tmp_path, function, protocol):
    victim = tmp_path / "victim"
    victim.write_text("there")
    argument = {
        "eval": f"__import__('os').unlink({str(victim)!r})",
        "exec": f"__import__('os').unlink({str(victim)!r})",
        "unlink": str(victim),
        "open": str(victim),
    }.get(function.__name__, f"rm {victim}")
    extra = ("w",) if function is open else ()
    content = pickle.dumps({"v_template": Calls(function, argument, *extra)}, protocol)
    with pytest.raises(ModelFileError, match="which no head needs"):
        read_inert(content, "evil.pkl")
    assert victim.read_text() == "there"
    # The test itself could fail: Python's own reader does it.
    with open(os.devnull, "w") as nothing, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", nothing)
        if function is not subprocess.check_output:
            pickle.loads(content)
            assert not victim.exists() or victim.read_text() == ""


@pytest.mark.parametrize(
    "lines",
    [
        "cnumpy.testing._private.utils\nrunstring\n",
        "cnumpy\nload\n",
        "cnumpy\nfromfile\n",
        "cnumpy.core.multiarray\nfromfile\n",
        "cnumpy.f2py.diagnose\nrun_command\n",
        "cnumpy\nos.system\n",
        "cnumpy.dtype\n__init__\n",
        "cbuiltins\ngetattr\n",
        "c__builtin__\neval\n",
        "ccopyreg\n__newobj__\n",
        "cscipy.sparse\nload_npz\n",
        "cscipy.sparse._sputils\nos.system\n",
        "cchumpyx\nCh\n",
        "ctorch\nload\n",
        "cpickle\nloads\n",
    ],
)
def test_gadgets_of_libraries_are_refused(lines):
    with pytest.raises(ModelFileError, match="which no head needs"):
        read_inert(lines.encode() + b"(S'x'\ntR.", "evil.pkl")


def test_allowed_names_are_not_called_either(monkeypatch):
    called = []
    monkeypatch.setattr("numpy.core.multiarray._reconstruct", lambda *a: called.append(a))
    content = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR."
    note = read_inert(content, "file")
    assert not called and note.kind.name == "_reconstruct"


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04\x82\x01.",  # an extension
        b"P1\n.",  # something outside
        b"\x80\x05\x96" + b"\xff" * 7 + b"\x7f.",  # eight exabytes follow
        b"\x80\x02r\xff\xff\xff\x7f.",  # kept under number two billion
        b"\x80\x02}X\x01\x00\x00\x00aK\x01sb.",  # a state for nothing
        b"\x80\x02]]b.",  # a state for a list
        b"\x80\x02K\x01)R.",  # a number is called
        b"(" * 100 + b".",
        b"",
        b"\x80\x09.",
        b"not a pickle",
        b"S'never closed",
    ],
)
def test_damaged_programs_end_in_one_line(content):
    with pytest.raises(ModelFileError) as caught:
        read_inert(content, "bad.pkl")
    assert str(caught.value).startswith("bad.pkl: ") and "\n" not in str(caught.value)


@settings(max_examples=60)
@given(st.binary(max_size=60), st.integers(0, 4))
def test_any_bytes_give_values_or_our_error(noise, protocol):
    good = pickle.dumps({"a": np.arange(3.0), "b": [1, "x"]}, protocol)
    for content in (noise, good[: len(noise)] + noise + good[len(noise) :]):
        try:
            read_inert(content, "noise")
        except ModelFileError:
            pass


@settings(max_examples=40)
@given(
    arrays.arrays(
        st.sampled_from(["<f4", "<f8", ">f8", "<i4", "<u4", "<i8", "|u1", "|b1", "<f2"]),
        arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    ),
    st.integers(0, 5),
    st.booleans(),
)
def test_arrays_come_back(array, protocol, fortran):
    if fortran:
        array = np.asfortranarray(array)
    back = array_of(read_inert(pickle.dumps(array, protocol), "file"))
    np.testing.assert_array_equal(back, array)
    assert back.shape == array.shape


@pytest.mark.parametrize("kind", ["csc_matrix", "csr_matrix", "coo_matrix", "csc_array"])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_sparse_matrices_are_written_out(kind, protocol):
    dense = np.random.default_rng(0).normal(size=(5, 30)) * (np.arange(30) % 4 == 0)
    sparse = getattr(scipy.sparse, kind)(dense)
    np.testing.assert_array_equal(array_of(read_inert(pickle.dumps(sparse, protocol), "file")), dense)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda m: m.indices.__setitem__(0, 400),
        lambda m: m.indices.__setitem__(0, -1),
        lambda m: setattr(m, "data", m.data[:-1]),
        lambda m: setattr(m, "_shape", (10**6, 10**6)),
        lambda m: m.indptr.__setitem__(1, -5),
    ],
)
def test_damaged_sparse_matrices_are_refused(spoil):
    matrix = scipy.sparse.csc_matrix(np.eye(5, 30))
    spoil(matrix)
    with pytest.raises(ModelFileError, match="no array"):
        array_of(read_inert(pickle.dumps(matrix, 2), "file"))


@pytest.mark.parametrize("protocol", [0, 1, 2, 4])
def test_chumpy_arrays_need_no_chumpy(protocol):
    values = np.random.default_rng(0).normal(size=(4, 3))
    with chumpy() as Ch:
        content = pickle.dumps(Ch(values), protocol)
    np.testing.assert_array_equal(array_of(read_inert(content, "file")), values)


def test_what_is_no_array_is_told():
    for value in ("text", None, {"a": 1}, [[1], [1, 2]], [object()]):
        with pytest.raises(ModelFileError, match="no array"):
            array_of(value)
    content = pickle.dumps(np.array([{"a": 1}], object))
    with pytest.raises(ModelFileError, match="no array"):
        array_of(read_inert(content, "file"))


def test_array_of_other_length_than_its_bytes_is_refused():
    content = pickle.dumps(np.arange(4, dtype=np.uint8), 2)
    longer = content.replace(b"K\x01K\x04\x85", b"K\x01K\x09\x85")
    assert longer != content
    with pytest.raises(ModelFileError, match="4 bytes for shape"):
        array_of(read_inert(longer, "file"))


def test_reading_leaves_the_stream_alone_and_state_stays_with_its_note():
    content = pickle.dumps(Sets(frozenset, [1]), 2)
    note = read_inert(io.BytesIO(content).getvalue(), "file")
    assert note.state == {"x": 1} and note.arguments == ([1],)
