import struct
import zlib

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


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp", ".ppm", ".jp2"])
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


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_2000_never_reaches_opencv(tmp_path, monkeypatch, dtype, channels):
    """Its decoder ends the process on files with a few wrong bytes."""
    picture = halves(dtype=dtype, channels=3)
    picture[:, :, 0] //= 2
    path = write(tmp_path / "a.jp2", picture if channels > 1 else picture[:, :, 1])
    monkeypatch.setattr(cv2, "imdecode", lambda *given: pytest.fail("decoded by OpenCV"))
    read = read_photo(path)
    assert read.shape == (40, 60, 3)
    assert np.abs(read[20, 55].astype(int) - (255, 255, 127 if channels > 1 else 255)).max() <= 1
    content = path.read_bytes()
    for keep in (14, 90, len(content) // 2):
        path.write_bytes(content[:keep])
        with pytest.raises(MediaError, match="can not be decoded"):
            read_photo(path)


def test_transparent_parts_are_white(tmp_path):
    picture = np.zeros((30, 30, 4), np.uint8)
    picture[:15, :, 3] = 255
    read = read_photo(write(tmp_path / "a.png", picture))
    assert read[5, 5].tolist() == [0, 0, 0] and read[25, 5].tolist() == [255, 255, 255]


def exif(orientation):
    """A TIFF directory of one entry: tag 0x0112 (6: turn clockwise to see it upright)."""
    return b"MM\x00\x2a" + struct.pack(">IHHHIHHI", 8, 1, 0x112, 3, 1, orientation, 0, 0)


def png(picture, orientation):
    data = cv2.imencode(".png", picture)[1].tobytes()
    chunk = b"eXIf" + exif(orientation)
    return (
        data[:33]
        + struct.pack(">I", len(chunk) - 4)
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + data[33:]
    )


def webp(picture, orientation):
    data = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()[12:]
    height, width, channels = picture.shape
    data = data[18:] if data.startswith(b"VP8X") else data
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    head = b"VP8X" + struct.pack("<IBxxx", 10, 0x18 if channels == 4 else 0x08) + size
    tail = b"EXIF" + struct.pack("<I", 26) + exif(orientation)
    return b"RIFF" + struct.pack("<I", 4 + len(head + data + tail)) + b"WEBP" + head + data + tail


def test_exif_orientation_is_honoured(tmp_path):
    path = write(tmp_path / "a.jpg", halves())
    data = path.read_bytes()
    body = b"Exif\x00\x00" + exif(6)
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + data[2:])
    picture = read_photo(path)
    assert picture.shape == (60, 40, 3)
    assert picture[5, 20].max() < 20 and picture[55, 20].min() > 235


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("encode", [png, webp])
def test_exif_orientation_is_honoured_with_and_without_transparency(tmp_path, encode, orientation):
    picture = np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8)
    opaque = np.dstack([picture, np.full((20, 30), 255, np.uint8)])
    (tmp_path / "rgb").write_bytes(encode(picture, orientation))
    (tmp_path / "rgba").write_bytes(encode(opaque, orientation))
    seen = read_photo(tmp_path / "rgb")
    np.testing.assert_array_equal(read_photo(tmp_path / "rgba"), seen)
    rgb = picture[:, :, ::-1]
    upright = [
        rgb, rgb[:, ::-1], rgb[::-1, ::-1], rgb[::-1],
        rgb.transpose(1, 0, 2), np.rot90(rgb, -1), np.rot90(rgb, 2).transpose(1, 0, 2), np.rot90(rgb),
    ]  # fmt: skip
    np.testing.assert_array_equal(seen, upright[orientation - 1])


def test_a_large_picture_with_transparency_is_blended_whole(tmp_path):
    picture = np.full((700, 8, 4), 255, np.uint8)
    picture[:, :, :3] = (np.arange(700) % 256)[:, None, None]
    read = read_photo(write(tmp_path / "a.png", picture))
    np.testing.assert_array_equal(read[:, 3, 1], np.arange(700) % 256)


@pytest.mark.parametrize(("width", "height"), [(33_000, 60), (60, 33_000)])
def test_too_long_pictures_are_refused(tmp_path, width, height):
    path = write(tmp_path / "a.png", np.zeros((height, width), np.uint8))
    with pytest.raises(MediaError, match=f"{width}x{height}") as error:
        open_media(path)
    assert "\n" not in str(error.value)
    assert read_photo(write(tmp_path / "b.png", np.zeros((20, 32_766), np.uint8))).shape == (20, 32_766, 3)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_too_large_pictures_are_refused_before_they_are_decoded(tmp_path, monkeypatch, suffix):
    path = write(tmp_path / f"a{suffix}", np.zeros((20, 20), np.uint8))
    data = bytearray(path.read_bytes())
    if suffix == ".png":
        data[16:24] = struct.pack(">II", 20_000, 20_000)
    else:
        place = data.find(b"\xff\xc0")
        data[place + 5 : place + 9] = struct.pack(">HH", 20_000, 20_000)
    path.write_bytes(data)
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("was decoded"))
    with pytest.raises(MediaError, match=r"20000x20000.*200 megapixels"):
        read_photo(path)


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
    assert [(frame.time_ms, frame.index, frame.name) for frame in frames] == [(0.0, 0, "a.png")]


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
    assert [frame.name for frame in frames] == ["a.png", "b.JPG", "c.png"]
    assert media.frames_damaged == 1 and "aa.jpg" in media.warnings[1]


def test_what_a_folder_holds_besides_is_told(tmp_path):
    write(tmp_path / "a.png", halves())
    with open_media(tmp_path) as media:
        assert media.warnings == []
    for name in ("film.mp4", "phone.heic", ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "more").mkdir()
    with open_media(tmp_path) as media:
        assert media.warnings == ["2 other files and 1 folder in it were not read"]
    (tmp_path / "a.png").unlink()
    with pytest.raises(MediaError, match=r"no photos in the folder .2 other files and 1 folder"):
        open_media(tmp_path)


def test_photos_are_not_thinned(tmp_path):
    for name in "abcd":
        write(tmp_path / f"{name}.png", halves())
    with open_media(tmp_path, sample_fps=0.4) as media:
        assert len(list(media)) == 4


def test_a_folder_of_broken_photos_is_refused(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no photo at all")
    with pytest.raises(MediaError, match="none of its 1 photos"):
        open_media(tmp_path)
