import numpy as np
import pytest

from emopoi.models.augmentation import FaceAugmentation


def pictures(channels=1):
    random = np.random.default_rng(0)
    base = random.integers(0, 256, (16, 12, 12, channels)).astype(np.uint8)
    return base.repeat(4, 1).repeat(4, 2)


def test_outside_of_training_it_cuts_the_centre():
    source = pictures()
    found = np.asarray(FaceAugmentation(44)(source))
    assert np.array_equal(found, source[:, 2:46, 2:46].astype(np.float32))


@pytest.mark.parametrize("channels", [1, 3])
def test_in_training_it_changes_within_range(channels):
    layer = FaceAugmentation(40, grey=0.5, tint=0.2, seed=1)
    found = np.asarray(layer(pictures(channels), training=True))
    assert found.shape == (16, 40, 40, channels)
    assert found.min() >= 0 and found.max() <= 255
    assert np.abs(found - pictures(channels)[:, 4:44, 4:44]).mean() > 5
    assert not np.allclose(found, np.asarray(layer(pictures(channels), training=True)))


def test_without_changes_only_flips_are_left():
    layer = FaceAugmentation(
        48, scale=0.0, rotate_deg=0.0, shift=0.0, brightness=0.0, contrast=0.0, erase=0.0, seed=3
    )
    source = pictures().astype(np.float32)
    found = np.asarray(layer(source, training=True))
    same = np.abs(found - source).max((1, 2, 3)) < 0.5
    mirrored = np.abs(found - source[:, :, ::-1]).max((1, 2, 3)) < 0.5
    assert (same ^ mirrored).all() and same.any() and mirrored.any()


def test_goes_through_its_config():
    layer = FaceAugmentation(40, scale=0.3, erase=0.1, seed=2)
    again = FaceAugmentation.from_config(layer.get_config())
    assert (again.size, again.scale, again.erase, again.seed) == (40, 0.3, 0.1, 2)
