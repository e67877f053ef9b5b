import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emopoi.vision.photo_header import exif_orientation, photo_size


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp", ".ppm", ".jp2"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_size_of_every_format(suffix, channels):
    if channels == 4 and suffix in (".jpg", ".ppm", ".jp2"):
        channels = 3
    picture = np.zeros((41, 60, channels), np.uint8)
    suffix = ".pgm" if suffix == ".ppm" and channels == 1 else suffix
    assert photo_size(cv2.imencode(suffix, picture)[1].tobytes()) == (60, 41)


def test_the_size_of_a_gif_and_of_a_file_with_comments():
    assert photo_size(b"GIF89a\x02\x00\x03\x00\x80\x00\x00") == (2, 3)
    assert photo_size(b"P6\n# made by hand\n7 5\n255\n") == (7, 5)


def test_a_header_cut_short_tells_nothing():
    for suffix in (".png", ".jpg", ".tif", ".webp"):
        data = cv2.imencode(suffix, np.zeros((41, 60, 3), np.uint8))[1].tobytes()
        assert photo_size(data[:15]) is None and exif_orientation(data[:15]) == 1


@settings(max_examples=200)
@given(
    st.sampled_from(
        [b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"GIF8", b"BM", b"RIFF1234WEBP", b"II*\0", b"MM\0*", b"P6"]
    ),
    st.binary(max_size=200),
)
def test_noise_does_no_harm(head, rest):
    size = photo_size(head + rest)
    assert size is None or min(size) > 0
    assert 1 <= exif_orientation(head + rest) <= 8
