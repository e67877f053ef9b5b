"""Which files run everywhere: told by their operators, shown by running them."""

import numpy as np
import pytest
import tensorflow as tf

from emopoi.errors import ModelFileError
from emopoi.export.portable import check_operators, installed_runtimes, run_rows
from emopoi.runtime.tflite_file import operator_codes


def converted(function, *shape, flex=False, dynamic=False):
    concrete = tf.function(function, input_signature=[tf.TensorSpec(shape)]).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    if flex:
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    if dynamic:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return converter.convert()


@pytest.fixture(scope="module")
def plain():
    return converted(lambda x: tf.nn.relu(x) + 1.0, 1, 4)


def test_operators_are_read(plain):
    assert {code.builtin for code in operator_codes(plain)} <= {0, 19}  # ADD, RELU
    assert 0 in {code.builtin for code in operator_codes(plain)}
    check_operators(plain)


def test_operations_of_tensorflow_are_refused():
    content = converted(tf.linalg.inv, 1, 2, 2, flex=True)
    assert [code.custom for code in operator_codes(content)] == ["FlexMatrixInverse"]
    with pytest.raises(ModelFileError, match="FlexMatrixInverse"):
        check_operators(content)


def test_versions_that_the_old_runtime_lacks_are_refused():
    weights = tf.constant(np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32))
    content = converted(lambda x: x @ weights, 1, 64, dynamic=True)
    with pytest.raises(ModelFileError, match=r"tflite-runtime 2\.14 does not run it.*version 12"):
        check_operators(content)
    with pytest.raises(ModelFileError, match="tflite_runtime does not load the file"):
        run_rows(installed_runtimes()["tflite_runtime"], content, {"x": np.zeros((1, 64))}, {})


def test_every_runtime_runs_rows_in_their_order(plain):
    rows = np.arange(12, dtype=np.float32).reshape(3, 4)
    runtimes = installed_runtimes()
    assert {"ai_edge_litert", "tflite_runtime", "tensorflow"} <= set(runtimes)
    for runtime in runtimes.values():
        found = run_rows(runtime, plain, {"x": rows}, {"sum": "Identity"})
        assert np.array_equal(found["sum"], rows + 1)
