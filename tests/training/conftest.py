"""Recipes settle the arithmetic of a whole process; no test leaves it so to the next."""

import keras
import pytest


@pytest.fixture(autouse=True)
def the_policy_comes_back():
    before = keras.config.dtype_policy().name
    yield
    keras.config.set_dtype_policy(before)


@pytest.fixture(scope="session", autouse=True)
def every_test_starts_with_float32():
    keras.config.set_dtype_policy("float32")
