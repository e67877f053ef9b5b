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


def test_a_traced_place_is_where_it_was():
    from emopoi.models.augmentation import TracedAugmentation

    # A bright spot; light and paint would hide it.
    pictures = np.zeros((24, 64, 64, 3), np.uint8)
    pictures[:, 30:33, 38:41] = 255
    layer = TracedAugmentation(
        56, scale=0.15, rotate_deg=15, shift=0.05, brightness=0, contrast=0, erase=0, seed=3
    )
    seen, transforms, _ = (np.asarray(part) for part in layer(pictures, training=True))
    rows, columns = np.mgrid[0:56, 0:56]
    assert {bool(t[0] * t[4] - t[1] * t[3] < 0) for t in transforms} == {True, False}
    for picture, transform in zip(seen, transforms, strict=True):
        weight = picture[..., 0] / picture[..., 0].sum()
        place = np.array([(weight * columns).sum(), (weight * rows).sum(), 1.0])
        np.testing.assert_allclose(transform.reshape(2, 3) @ place, [39, 31], atol=0.6)
    same, straight, whole = layer(pictures, training=False)
    np.testing.assert_array_equal(np.asarray(same), pictures[:, 4:60, 4:60])
    np.testing.assert_array_equal(np.asarray(whole), np.asarray(same))
    np.testing.assert_allclose(np.asarray(straight)[0], [1, 0, 4, 0, 1, 4])


def test_what_is_covered_is_told_uncovered():
    from emopoi.models.augmentation import TracedAugmentation

    pictures = np.random.default_rng(0).integers(0, 256, (16, 48, 48, 3)).astype(np.uint8)
    layer = TracedAugmentation(40, erase=1.0, seed=1)
    seen, _, whole = (np.asarray(part) for part in layer(pictures, training=True))
    changed = np.abs(seen - whole).max(axis=-1) > 0
    assert 0.01 < changed.mean() < 0.5
    # A cover is one even colour.
    for picture, covered in zip(seen, changed, strict=True):
        assert np.ptp(picture[covered], axis=0).max(initial=0) < 1e-3
