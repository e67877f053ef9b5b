import numpy as np

from emopoi.vision.scene_cut import SceneCut


def noise(seed, low, high):
    return np.random.default_rng(seed).integers(low, high, (120, 160, 3), dtype=np.uint8)


def test_another_picture_is_a_cut_and_only_once():
    watch = SceneCut()
    dark, light = noise(0, 0, 80), noise(1, 160, 250)
    assert [watch.is_cut(picture) for picture in (dark, dark, light, light, dark)] == [
        False, False, True, False, True,
    ]  # fmt: skip


def test_grain_and_slow_light_are_no_cut():
    watch = SceneCut()
    picture = noise(0, 60, 180).astype(int)
    for frame in range(20):
        grain = np.random.default_rng(frame).integers(-8, 9, picture.shape)
        assert not watch.is_cut(np.clip(picture + 3 * frame + grain, 0, 255).astype(np.uint8))


def test_another_size_is_a_cut():
    watch = SceneCut()
    watch.is_cut(noise(0, 0, 80))
    assert watch.is_cut(noise(0, 0, 80)[:60])
