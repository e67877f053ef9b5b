import keras
import numpy as np
import pytest

from emopoi.export.freeze import freeze
from emopoi.export.kinds import KINDS
from emopoi.export.sequence_samples import sequence_samples
from emopoi.head.head_model import HeadModel
from emopoi.runtime.face_coefficients_reader import FaceCoefficientsReader
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.types import FER7, FaceCoefficients
from tests.head.made_heads import small_head
from tests.head.solved_points import points_of

HEAD = small_head()
SIZES = (HEAD.n_identity, HEAD.n_expressions, len(HEAD.landmarks))


def test_sizes_of_networks_stand_in_their_names():
    own = KINDS["face_coefficients-4-5-6"]
    assert own.task == "face_coefficients" and own.labels == {} and own.build().input_shape == (None, 18)
    shipped = KINDS["face_coefficients"].build()
    assert shipped.input_shape == (None, 1404) and shipped.output["expression"].shape == (None, 51)
    assert KINDS["face_coefficients"].labels["expression"][8] == "eyeBlinkLeft"
    named = KINDS["coefficient_emotion-4-5"]
    assert named.build().input_shape == (None, 12) and named.labels == {"fer7": FER7}
    assert KINDS["coefficient_emotion"].build().input_shape == (None, 84)
    assert KINDS["retrained-5"].task == "retrained" and KINDS["retrained-5"].channels == 1


@pytest.mark.parametrize(
    "name",
    ["face_coefficients-4-5", "face_coefficients-0-5-6", "coefficient_emotion-4-x", "retrained", "retrained-",
     "retrained-3-4", "emotion-3", "", "other-3"],
)  # fmt: skip
def test_other_names_are_unknown(name):
    with pytest.raises(KeyError):
        KINDS[name]


def frozen(kind, given, folder) -> FrozenModel:
    """A network with weights drawn by chance, frozen as the command does."""
    keras.utils.set_random_seed(1)
    weights = folder / f"{kind}.weights.h5"
    KINDS[kind].build().save_weights(weights)
    samples = sequence_samples(kind, weights, given)
    manifest = freeze(
        kind, weights, samples, folder / kind, input_spec=None, facts={}, variants=("float32",)
    )  # fmt: skip
    return FrozenModel(manifest)


def test_the_network_of_a_head_of_one_s_own_goes_from_weights_to_its_reader(tmp_path):
    identity, expressions, landmarks = SIZES
    random = np.random.default_rng(0)
    points = random.normal(0, 0.3, (24, 3 * landmarks)).astype(np.float32)
    model = frozen(f"face_coefficients-{identity}-{expressions}-{landmarks}", {"points": points}, tmp_path)
    solved = FaceCoefficientsReader(HEAD, model).read(points_of(HEAD, _face(HEAD)))
    coefficients = solved.coefficients
    assert coefficients.expression.shape == (expressions,) and np.isfinite(solved.error)


def _face(head: HeadModel) -> FaceCoefficients:
    camera = np.array([1500, 300, 200], np.float32)
    return FaceCoefficients(
        np.zeros(head.n_identity, np.float32), np.zeros(head.n_expressions, np.float32), camera=camera
    )
