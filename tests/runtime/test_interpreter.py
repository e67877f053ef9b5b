"""The interpreter runs any plain model and refuses damaged ones; models are the wheel's own."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.errors import InputError, MissingPartError, ModelFileError
from emopoi.runtime import interpreter
from emopoi.runtime.interpreter import RUNTIMES, TFLiteModel, runtime_name
from emopoi.runtime.tflite_file import check_tflite_file
from emopoi.vision.blazeface_files import read_blazeface_files


@pytest.fixture(scope="module")
def content() -> bytes:
    return read_blazeface_files().short_range


def test_named_and_fast_path_agree(content):
    model = TFLiteModel(content)
    assert [(spec.name, spec.shape) for spec in model.inputs] == [("input", (1, 128, 128, 3))]
    picture = np.random.default_rng(1).uniform(-1, 1, (1, 128, 128, 3)).astype(np.float32)
    named = model.run(input=picture)
    fast = model.run_first(picture)
    assert set(named) == {"regressors", "classificators"}
    for spec, array in zip(model.outputs, fast, strict=True):
        assert array.shape == spec.shape
        assert np.std(array) > 0.01
        np.testing.assert_array_equal(array, named[spec.name])


def test_threads_with_a_model_each_agree_with_one(content):
    pictures = np.random.default_rng(3).uniform(-1, 1, (12, 1, 128, 128, 3)).astype(np.float32)
    alone = TFLiteModel(content)
    expected = [alone.run_first(picture) for picture in pictures]

    def read_all(order):
        model = TFLiteModel(content)
        return [model.run_first(pictures[place]) for place in order]

    orders = [np.random.default_rng(seed).permutation(12) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for order, found in zip(orders, pool.map(read_all, orders), strict=True):
            for place, arrays in zip(order, found, strict=True):
                for first, other in zip(expected[place], arrays, strict=True):
                    np.testing.assert_array_equal(first, other)


def test_a_model_that_runs_is_refused_to_another_thread(content):
    model = TFLiteModel(content)
    picture = np.zeros((1, 128, 128, 3), np.float32)
    running, done = threading.Event(), threading.Event()

    class Slow:
        """In place of the interpreter: it is still at it when the other thread comes."""

        def __getattr__(self, name):
            return lambda *given: None

        def invoke(self):
            running.set()
            assert done.wait(10)

    interpreter_of_model, model._interpreter = model._interpreter, Slow()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(model.run_first, picture)
        assert running.wait(10)
        for call in (
            lambda: model.run_first(picture),
            lambda: model.run(input=picture),
            model.reset_state,
        ):
            with pytest.raises(InputError, match="make one for each thread"):
                call()
        done.set()
        first.result()
    # Handed over, from the thread that made it to another and back, it goes on.
    model._interpreter = interpreter_of_model
    with ThreadPoolExecutor(1) as pool:
        there = pool.submit(model.run_first, picture).result()
    np.testing.assert_array_equal(there[0], model.run_first(picture)[0])


def test_outputs_belong_to_the_caller(content):
    model = TFLiteModel(content)
    first = model.run_first(np.zeros((1, 128, 128, 3), np.float32))
    before = first[0].copy()
    model.run_first(np.ones((1, 128, 128, 3), np.float32))
    np.testing.assert_array_equal(first[0], before)


@pytest.mark.parametrize(
    "array",
    [np.zeros((1, 64, 64, 3), np.float32), np.zeros((1, 128, 128, 3), np.uint8), "picture"],
)
def test_a_wrong_input_is_named(content, array):
    with pytest.raises(InputError, match=r"float32 \(1, 128, 128, 3\) was expected"):
        TFLiteModel(content).run_first(array)


def test_a_wrong_name_is_named(content):
    with pytest.raises(InputError, match="input"):
        TFLiteModel(content).run(picture=np.zeros((1, 128, 128, 3), np.float32))


@pytest.mark.parametrize("keep", [0, 4, 40, 5_000, 100_000, -700])
def test_a_cut_file_is_refused(content, keep):
    with pytest.raises(ModelFileError):
        TFLiteModel(content[:keep])


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32 - 1))
def test_the_check_survives_any_damage(content, seed):
    # The check alone: what it lets through may still be refused by the runtime.
    random = np.random.default_rng(seed)
    damaged = bytearray(content[: random.integers(8, len(content))])
    for place in random.integers(8, len(damaged), 50) if len(damaged) > 8 else ():
        damaged[place] = random.integers(0, 256)
    with contextlib.suppress(ModelFileError):
        check_tflite_file(bytes(damaged))


def test_a_model_that_asks_for_too_much_memory_is_refused(content, monkeypatch):
    class Greedy:
        def __init__(self, **given):
            raise MemoryError

    monkeypatch.setattr(interpreter, "_interpreter_class", lambda runtime: Greedy)
    with pytest.raises(ModelFileError, match="more memory than there is"):
        TFLiteModel(content)


def test_noise_is_refused():
    with pytest.raises(ModelFileError, match="not a TFLite model"):
        TFLiteModel(b"PK\x03\x04" + bytes(1000))


def test_no_runtime_names_the_package(content, monkeypatch):
    monkeypatch.setattr(interpreter, "RUNTIMES", ("no_such_runtime",))
    monkeypatch.setitem(interpreter._PIP_NAMES, "no_such_runtime", "some-runtime")
    with pytest.raises(MissingPartError, match="pip install some-runtime"):
        TFLiteModel(content)
    assert runtime_name() is None


def test_every_installed_runtime_gives_the_same(content):
    picture = np.random.default_rng(2).uniform(-1, 1, (1, 128, 128, 3)).astype(np.float32)
    answers = []
    for runtime in RUNTIMES:
        try:
            answers.append(TFLiteModel(content, runtime=runtime).run_first(picture))
        except MissingPartError:
            continue
    assert answers
    for answer in answers[1:]:
        for first, other in zip(answers[0], answer, strict=True):
            np.testing.assert_allclose(first, other, rtol=1e-3, atol=1e-2)
    assert runtime_name()


def test_loading_writes_nothing_to_stderr(content, capfd):
    TFLiteModel(content)
    assert capfd.readouterr().err == ""


def test_threads_below_one_are_refused(content):
    with pytest.raises(InputError, match="threads"):
        TFLiteModel(content, threads=0)
