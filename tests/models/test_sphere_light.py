import keras
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.models.sphere_light import TERMS, light_terms, shade


def directions(count, seed=0):
    normals = np.random.default_rng(seed).normal(size=(count, 3))
    return (normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32)


def test_the_terms_are_orthogonal_over_the_sphere():
    terms = keras.ops.convert_to_numpy(light_terms(directions(200_000)))
    gram = terms.T @ terms / len(terms)
    assert terms.shape[1] == TERMS and gram[0, 0] == 1.0
    np.testing.assert_allclose(gram - np.diag(np.diag(gram)), 0, atol=0.01)
    assert np.diag(gram).min() > 0.05


@settings(max_examples=20)
@given(colour=st.tuples(*[st.floats(0, 2)] * 3), seed=st.integers(0, 1000))
def test_the_first_term_alone_is_even_light(colour, seed):
    light = np.zeros((TERMS, 3), np.float32)
    light[0] = colour
    told = keras.ops.convert_to_numpy(shade(directions(50, seed), light))
    np.testing.assert_allclose(told, np.broadcast_to(np.float32(colour), (50, 3)), rtol=1e-6, atol=1e-30)


@settings(max_examples=20)
@given(source=st.integers(0, 10_000))
def test_nine_terms_tell_a_distant_lamp_on_a_matt_surface(source):
    towards = directions(1, source)[0]
    normals = directions(4000, 1)
    lamp = np.maximum(normals @ towards, 0)
    terms = np.asarray(light_terms(normals))
    light = np.linalg.lstsq(terms, lamp, rcond=None)[0]
    # Ramamoorthi and Hanrahan 2001: the rest of a lamp's energy is under 1 %.
    assert np.mean((terms @ light - lamp) ** 2) < 0.01 * np.mean(lamp**2)
    assert normals[np.argmax(terms @ light)] @ towards > 0.98
