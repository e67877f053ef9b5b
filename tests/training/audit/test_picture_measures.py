"""Brightness and sharpness are what they say, whatever the size."""

import cv2
import numpy as np
import pytest

from training.audit.picture_measures import brightness, sharpness


def made(side=96, seed=0):
    small = np.random.default_rng(seed).integers(30, 220, (12, 12, 3)).astype(np.uint8)
    return cv2.resize(small, (side, side), interpolation=cv2.INTER_NEAREST)


@pytest.mark.parametrize("level", [0, 90, 255])
def test_an_even_picture(level):
    picture = np.full((40, 40, 3), level, np.uint8)
    assert brightness(picture) == pytest.approx(level) and sharpness(picture) == 0.0


def test_blur_makes_less_sharp_and_not_darker():
    picture = made()
    values = [sharpness(cv2.GaussianBlur(picture, (0, 0), blur)) for blur in (1, 2, 4, 6)]
    assert values == sorted(values, reverse=True)
    assert brightness(cv2.GaussianBlur(picture, (0, 0), 3)) == pytest.approx(brightness(picture), abs=2)


def test_contrast_and_size_play_little_part():
    picture = made()
    weak = (picture // 2 + 60).astype(np.uint8)
    assert sharpness(weak) == pytest.approx(sharpness(picture), rel=0.1)
    assert sharpness(made(192)) == pytest.approx(sharpness(picture), rel=0.15)
