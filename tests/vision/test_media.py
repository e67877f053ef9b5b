import time
from fractions import Fraction
from types import SimpleNamespace

import av
import cv2
import numpy as np
import pytest

from emopoi.errors import EmopoiError, InputError, MediaError
from emopoi.vision.media import open_media
from emopoi.vision.sinks import VideoSink


def read(source, **options):
    with open_media(source, **options) as media:
        return media, list(media)


def one_line(error):
    assert "\n" not in str(error.value) and len(str(error.value)) < 300


@pytest.mark.parametrize("threads", [1, 2])
def test_a_video(make_video, threads):
    media, frames = read(make_video(frames=20, fps=10), threads=threads)
    assert (media.kind, media.name, media.width, media.height) == ("video", "clip.mp4", 64, 48)
    assert media.fps == pytest.approx(10) and media.duration_s == pytest.approx(2, abs=0.15)
    assert media.frame_count == media.frames_read == len(frames) == 20
    assert (media.frames_damaged, media.warnings) == (0, [])
    assert [frame.time_ms for frame in frames] == pytest.approx([100 * i for i in range(20)], abs=1)
    assert [frame.index for frame in frames] == list(range(20))
    picture = frames[5].image
    assert picture.dtype == np.uint8 and picture.shape == (48, 64, 3)
    assert picture[30, 10].max() < 60 and picture[30, 50].min() > 180


def test_colours_are_rgb(tmp_path, make_video):
    red = np.zeros((40, 40, 3), np.uint8)
    red[:, :, 2] = 250  # OpenCV's red
    cv2.imwrite(str(tmp_path / "red.png"), red)
    _, (frame,) = read(tmp_path / "red.png")
    assert frame.image[20, 20].tolist() == [250, 0, 0]
    _, frames = read(make_video(frames=20))
    left_top = frames[15].image[5, 5].astype(int)
    assert left_top[2] - left_top[0] > 80  # written blue


def test_pictures_stay_as_they_were_when_read_on(make_video):
    with open_media(make_video()) as media:
        frames = iter(media)
        first = next(frames)
        before = first.image.copy()
        list(frames)
        np.testing.assert_array_equal(first.image, before)


def test_true_timestamps_of_an_uneven_video(make_video):
    times = [0, 40, 200, 1000, 1010, 3000]
    _, frames = read(make_video("uneven.mkv", frames=6, times_ms=times))
    assert [frame.time_ms for frame in frames] == pytest.approx(times, abs=2)


def joined(make_video, tmp_path, *clips):
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(make_video(f"{i}.ts", **clip).read_bytes() for i, clip in enumerate(clips)))
    return path


def test_joined_recordings_run_on(make_video, tmp_path):
    media, frames = read(joined(make_video, tmp_path, {"frames": 20}, {"frames": 20}, {"frames": 10}))
    assert len(frames) >= 47  # a decoder may hold back the last ones of a part
    times = [frame.time_ms for frame in frames]
    assert np.diff(times).min() > 50 and np.diff(times).max() < 350
    assert times[-1] == pytest.approx(4900, abs=350)
    assert sum("jumps back 2 times" in line for line in media.warnings) == 1


def test_joined_recordings_of_another_size_are_read_and_written(make_video, tmp_path):
    path = joined(make_video, tmp_path, {"frames": 10}, {"frames": 10, "width": 32, "height": 32})
    _, frames = read(path)
    assert {frame.image.shape for frame in frames} == {(48, 64, 3), (32, 32, 3)}
    with VideoSink(tmp_path / "out.mp4") as sink:
        for frame in frames:
            sink.write(frame.image, frame.time_ms)
    _, again = read(tmp_path / "out.mp4")
    assert len(again) == len(frames) and again[-1].image.shape == (48, 64, 3)


def test_small_jitter_is_no_jump(make_video, monkeypatch):
    from emopoi.vision import videos

    path = make_video(frames=8)
    with open_media(path) as media:
        decoded = [
            SimpleNamespace(pts=pts, time_base=Fraction(1, 1000)) for pts in (0, 100, 95, 200, 300, 300, 400)
        ]
        reader = media._reader
        reader._first, reader._decoded = None, (one for one in decoded)
        monkeypatch.setattr(videos.VideoReader, "_picture", lambda *_: np.zeros((4, 4, 3), np.uint8))
        assert [frame.time_ms for frame in media] == [0, 100, 101, 200, 300, 301, 400]
        assert not any("clock" in line for line in media.warnings)


@pytest.mark.parametrize(
    "error", [ValueError("format"), av.error.InvalidDataError(1, "damage"), OSError("x")]
)
@pytest.mark.parametrize("failing", [{0}, {1, 4}])
def test_a_frame_that_can_not_be_converted_counts_as_damaged(make_video, monkeypatch, error, failing):
    from emopoi.vision.videos import _Converter

    convert, calls = _Converter.rgb, iter(range(100))

    def rgb(self, frame):
        if next(calls) in failing:
            raise error
        return convert(self, frame)

    monkeypatch.setattr(_Converter, "rgb", rgb)
    media, frames = read(make_video(frames=10))
    # The first frame is converted once more than the others: at opening, for its size.
    assert media.frames_damaged == len(failing) and len(frames) == 10 - len(failing)
    indices = [frame.index for frame in frames]
    assert indices == [i for i in range(10) if i not in ({0} if failing == {0} else {0, 3})]
    assert any("damaged" in line for line in media.warnings)


def test_sample_fps_thins_by_time(make_video):
    media, frames = read(make_video(frames=20, fps=10), sample_fps=2)
    assert [frame.time_ms for frame in frames] == pytest.approx([0, 500, 1000, 1500], abs=1)
    assert [frame.index for frame in frames] == [0, 5, 10, 15]
    assert media.frames_read == 4


@pytest.mark.parametrize("matrix_degrees", [90, 180, 270])
def test_the_rotation_tag_is_honoured(make_video, matrix_degrees):
    # The dark half is on the left; turned clockwise it is on top, and so on.
    path = make_video(width=64, height=48)
    data = bytearray(path.read_bytes())
    track = data.find(b"tkhd")
    one = 0x10000
    a, b, c, d = {90: (0, one, -one, 0), 180: (-one, 0, 0, -one), 270: (0, -one, one, 0)}[matrix_degrees]
    start = track + 4 + 40
    for place, value in ((0, a), (4, b), (12, c), (16, d)):
        data[start + place : start + place + 4] = (value & 0xFFFFFFFF).to_bytes(4, "big")
    path.write_bytes(data)
    media, frames = read(path)
    expected = (64, 48) if matrix_degrees == 180 else (48, 64)
    assert (media.width, media.height) == expected
    picture = frames[3].image
    assert picture.shape[:2] == expected[::-1]
    dark = {90: picture[8, 24], 180: picture[24, -8], 270: picture[-8, 24]}[matrix_degrees]
    light = {90: picture[-8, 24], 180: picture[24, 8], 270: picture[8, 24]}[matrix_degrees]
    assert dark[0] < 60 and light[0] > 180


def test_a_file_cut_short_is_read_as_far_as_it_goes(make_video):
    path = make_video("long.mkv", frames=60)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    media, frames = read(path)
    assert 10 < len(frames) < 60
    assert media.frames_read == len(frames)
    assert any("ends early" in line or "damage" in line for line in media.warnings)


def test_a_cut_mp4_is_told(tmp_path):
    path = tmp_path / "fast.mp4"  # its index lies in front
    with VideoSink(path) as sink:
        for number in range(60):
            sink.write(
                np.random.default_rng(number).integers(0, 255, (48, 64, 3), dtype=np.uint8), number * 40
            )
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    media, frames = read(path)
    assert 10 < len(frames) < 60
    assert any("ends early" in line or "damage" in line for line in media.warnings)


def test_damaged_frames_are_skipped_and_counted(tmp_path):
    path = tmp_path / "a.mp4"
    with VideoSink(path) as sink:
        for number in range(40):
            grain = np.random.default_rng(number).integers(0, 255, (48, 64, 3), dtype=np.uint8)
            sink.write(grain, 40 * number)
    data = bytearray(path.read_bytes())
    start = data.find(b"mdat") + len(data) // 3
    for place in range(start, 2 * start, 2000):
        data[place : place + 300] = np.random.default_rng(place).bytes(300)
    path.write_bytes(data)
    media, frames = read(path)
    assert 0 < media.frames_damaged <= 40 - len(frames)
    assert len(frames) >= 20
    assert any("damaged" in line for line in media.warnings)
    times = [frame.time_ms for frame in frames]
    assert times == sorted(times) and len(set(times)) == len(times)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.mp4", b"", "empty"),
        ("letter.mp4", b"Dear reader,\nthis is no film.\n" * 50, "not a video"),
        ("notes.txt", b"some words\n" * 400, "not a video"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1/x.ts\n", "not a video"),
        ("noise.mkv", bytes(range(256)) * 64, "not a video"),
        ("half.jpg", b"\xff\xd8\xff\xe0" + bytes(100), "can not be decoded"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MediaError, match=words) as error:
        read(path)
    one_line(error)
    assert name in str(error.value)


def test_nothing_there(tmp_path):
    with pytest.raises(MediaError, match="no such file") as error:
        open_media(tmp_path / "absent.mp4")
    one_line(error)
    with pytest.raises(MediaError, match="no photos"):
        open_media(tmp_path)


@pytest.mark.parametrize("source", ["9" * 300, "9" * 5000, "a\0b.mp4", "x" * 300, 10**400, "12345"])
def test_names_that_no_file_can_have(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MediaError) as error:
        open_media(source)
    assert str(error.value).isprintable()


def test_a_file_named_like_a_camera_is_a_file(tmp_path, monkeypatch, make_video):
    monkeypatch.chdir(tmp_path)
    make_video().rename(tmp_path / "97")
    assert read("97")[0].kind == "video"


@pytest.mark.parametrize(
    "content", [None, b"", b"some words\n" * 400, b"\xff\xd8\xff\xe0" + bytes(100), "folder"]
)
def test_terminal_escapes_of_names_are_not_printed(tmp_path, content):
    path = tmp_path / "a\x1b[2J\n\x07.jpg"
    if content == "folder":
        path.mkdir()
        (path / "b\x1b.jpg").write_bytes(b"no photo")
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaError) as error:
        open_media(path)
    assert str(error.value).isprintable() and "\\x1b[2J\\n" in str(error.value)


def test_warnings_show_names_without_escapes(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((20, 20, 3), np.uint8))
    (tmp_path / "b\x1b[2J.jpg").write_bytes(b"no photo")
    media, _ = read(tmp_path)
    assert len(media.warnings) == 1 and media.warnings[0].isprintable()


def test_sound_without_picture(make_video):
    with pytest.raises(MediaError, match="sound but no picture"):
        open_media(make_video("song.mp4", sound=True, picture=False))


def test_sound_beside_the_picture_does_no_harm(make_video):
    _, frames = read(make_video(sound=True))
    assert len(frames) == 20


def test_an_absurd_size_is_refused(make_video):
    path = make_video("big.mkv", frames=3)
    data = bytearray(path.read_bytes())
    # Matroska: PixelWidth (0xB0) and PixelHeight (0xBA), one byte each, become 0.
    place = data.find(b"\xb0\x81\x40\xba\x81\x30")
    assert place > 0
    data[place : place + 6] = b"\xb0\x81\x00\xba\x81\x00"
    path.write_bytes(data)
    try:
        media, frames = read(path)
    except MediaError:
        return
    assert media.width == 64 and len(frames) == 3  # the codec's own header knew better


def test_a_source_is_read_once(make_video):
    with open_media(make_video()) as media:
        list(media)
        with pytest.raises(InputError, match="again"):
            next(iter(media))


@pytest.mark.parametrize("threads", [1, 2])
def test_stopping_early_closes_everything(make_video, threads):
    with open_media(make_video(frames=40), threads=threads) as media:
        for frame in media:
            if frame.index == 3:
                break
    assert media.frames_read == 4
    media.close()


@pytest.mark.parametrize("options", [{"sample_fps": 0}, {"sample_fps": -1}, {"threads": 0}])
def test_senseless_options_are_refused(make_video, options):
    with pytest.raises(InputError):
        open_media(make_video(), **options)


@pytest.mark.parametrize("camera", [97, "97", -1])
def test_a_missing_camera_is_told_quickly_and_quietly(capfd, tmp_path, monkeypatch, camera):
    monkeypatch.chdir(tmp_path)
    start = time.monotonic()
    with pytest.raises(MediaError) as error:
        open_media(camera)
    assert time.monotonic() - start < 3
    one_line(error)
    assert capfd.readouterr().err == ""


def test_every_clip_reads_to_its_end(data_dir):
    import csv

    folder = data_dir / "videos"
    rows = list(csv.DictReader((folder / "index.csv").open()))
    assert rows
    for row in rows[:1] + rows[4:]:  # the large ones take long
        media, frames = read(folder / row["file"], sample_fps=8)
        assert (media.width, media.height) == (int(row["width"]), int(row["height"]))
        assert media.frames_damaged == 0
        assert frames[-1].index >= int(row["frames"]) * 0.8


def test_only_our_errors_leave(tmp_path):
    random = np.random.default_rng(3)
    for number in range(25):
        head = [
            b"\x00\x00\x00\x20ftypisom",
            b"\x1aE\xdf\xa3",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF1234WEBPVP8 ",
            b"GIF89a",
        ]
        path = tmp_path / f"{number}.bin"
        path.write_bytes(head[number % 5] + random.bytes(int(random.integers(0, 3000))))
        with pytest.raises(EmopoiError):
            read(path)
