import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.preprocess import CropLayout, InputSpec, face_to_input

SPEC = InputSpec(44, 1, 127.5, 64.0, CropLayout(0.4, 0.8, 0.4))


def test_normalises():
    crop = np.full((44, 44, 1), 255, np.uint8)
    found = face_to_input(crop, SPEC)
    assert found.dtype == np.float32 and np.allclose(found, (255 - 127.5) / 64.0)


@pytest.mark.parametrize(
    "crop",
    [np.zeros((44, 44, 3), np.uint8), np.zeros((43, 44, 1), np.uint8), np.zeros((44, 44, 1), np.float32)],
)
def test_other_crops_are_refused_with_both_shapes(crop):
    with pytest.raises(InputError, match=r"44, 44, 1.*got"):
        face_to_input(crop, SPEC)


def test_spec_goes_through_json():
    assert InputSpec.from_dict(SPEC.to_dict()) == SPEC


@pytest.mark.parametrize("change", [{"colour": "blue"}, {"std": 0}, {"size": "x"}, {"layout": {}}])
def test_malformed_specs_are_refused(change):
    with pytest.raises(InputError):
        InputSpec.from_dict({**SPEC.to_dict(), **change})
