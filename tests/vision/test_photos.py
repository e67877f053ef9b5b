import cv2
import numpy as np
import pytest

from emopoi.errors import MediaError
from emopoi.vision.media import open_media
from emopoi.vision.photos import is_animated, looks_like_photo, read_photo


def halves(height=40, width=60, dtype=np.uint8, channels=3):
    full = np.iinfo(dtype).max
    picture = np.zeros((height, width, channels), dtype)
    picture[:, width // 2 :] = full
    return picture


def write(path, picture):
    assert cv2.imwrite(str(path), picture)
    return path


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp", ".ppm"])
def test_formats(tmp_path, suffix):
    path = write(tmp_path / f"a{suffix}", halves())
    assert looks_like_photo(path.read_bytes()[:64])
    picture = read_photo(path)
    assert picture.dtype == np.uint8 and picture.shape == (40, 60, 3)
    assert picture[20, 5].max() < 20 and picture[20, 55].min() > 235


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_depths_and_channels_become_rgb_of_8_bits(tmp_path, dtype, channels):
    picture = halves(dtype=dtype, channels=channels)
    if channels == 4:
        picture[:, :, 3] = np.iinfo(dtype).max
    read = read_photo(write(tmp_path / "a.png", picture if channels > 1 else picture[:, :, 0]))
    assert read.dtype == np.uint8 and read.shape == (40, 60, 3)
    assert read[20, 5].tolist() == [0, 0, 0] and read[20, 55].tolist() == [255, 255, 255]


def test_transparent_parts_are_white(tmp_path):
    picture = np.zeros((30, 30, 4), np.uint8)
    picture[:15, :, 3] = 255
    read = read_photo(write(tmp_path / "a.png", picture))
    assert read[5, 5].tolist() == [0, 0, 0] and read[25, 5].tolist() == [255, 255, 255]


def test_exif_orientation_is_honoured(tmp_path):
    path = write(tmp_path / "a.jpg", halves())
    data = path.read_bytes()
    # A TIFF directory of one entry: tag 0x0112, orientation 6 (turn clockwise to see it upright).
    tiff = (
        b"MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
    )
    body = b"Exif\x00\x00" + tiff
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + data[2:])
    picture = read_photo(path)
    assert picture.shape == (60, 40, 3)
    assert picture[5, 20].max() < 20 and picture[55, 20].min() > 235


def gif(frames):
    screen = b"GIF89a\x02\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
    control = b"\x21\xf9\x04\x00\x0a\x00\x00\x00"
    image = b"\x2c\x00\x00\x00\x00\x02\x00\x02\x00\x00\x02\x03\x84\x1d\x05\x00"
    return screen + (control + image) * frames + b"\x3b"


def test_animated_pictures_are_refused(tmp_path):
    assert not is_animated(gif(1)) and is_animated(gif(3))
    path = tmp_path / "a.gif"
    path.write_bytes(gif(3))
    with pytest.raises(MediaError, match="animated"):
        open_media(path)


def test_one_photo_is_one_frame(tmp_path):
    with open_media(write(tmp_path / "a.png", halves())) as media:
        frames = list(media)
    assert (media.kind, media.width, media.height, media.frame_count, media.fps) == ("photo", 60, 40, 1, None)
    assert [(frame.time_ms, frame.index) for frame in frames] == [(0.0, 0)]


def test_a_folder_goes_by_name_and_counts_what_it_skips(tmp_path):
    for name, level in (("c.png", 30), ("a.png", 10), ("b.JPG", 20)):
        write(tmp_path / name, np.full((20, 20, 3), level, np.uint8))
    (tmp_path / "aa.jpg").write_bytes(b"no photo at all")
    (tmp_path / "notes.txt").write_text("not looked at")
    with open_media(tmp_path) as media:
        frames = list(media)
    assert media.kind == "folder" and media.name == tmp_path.name
    assert [round(frame.image.mean(), -1) for frame in frames] == [10, 20, 30]
    assert [(frame.time_ms, frame.index) for frame in frames] == [(0, 0), (2000, 2), (3000, 3)]
    assert media.frames_damaged == 1 and "aa.jpg" in media.warnings[0]


def test_a_folder_of_broken_photos_is_refused(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no photo at all")
    with pytest.raises(MediaError, match="none of its 1 photos"):
        open_media(tmp_path)
