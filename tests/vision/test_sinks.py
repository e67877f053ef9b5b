import errno

import av
import numpy as np
import pytest

from emopoi.errors import InputError, OutputError
from emopoi.vision import sinks
from emopoi.vision.media import open_media
from emopoi.vision.photos import read_photo
from emopoi.vision.sinks import PhotoSink, VideoSink


def picture(level=100, height=48, width=64):
    image = np.full((height, width, 3), level, np.uint8)
    image[:, : width // 2] = (200, 30, 40)
    return image


def written(path):
    with open_media(path) as media:
        return list(media)


@pytest.mark.parametrize("encoders", [("libx264", "mpeg4"), ("no_such_encoder", "mpeg4")])
def test_what_is_written_comes_back(tmp_path, monkeypatch, encoders):
    monkeypatch.setattr(sinks, "_ENCODERS", encoders)
    monkeypatch.setitem(sinks._OPTIONS, "no_such_encoder", {})
    path = tmp_path / "a.mp4"
    times = [0, 40, 80, 500, 540]
    with VideoSink(path, fps=25) as sink:
        for time_ms in times:
            sink.write(picture(), time_ms)
        assert not path.exists()
    frames = written(path)
    assert [frame.time_ms for frame in frames] == pytest.approx(times, abs=25 if "mpeg4" == sink.codec else 1)
    for corner in (slice(5, 20), slice(45, 60)):
        np.testing.assert_allclose(
            frames[2].image[10:40, corner].mean((0, 1)), picture()[10:40, corner].mean((0, 1)), atol=14
        )
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.mp4"]


def test_browsers_can_play_it(tmp_path):
    path = tmp_path / "a.mp4"
    with VideoSink(path) as sink:
        for number in range(10):
            sink.write(picture(10 * number), 40 * number)
    data = path.read_bytes()
    assert data.find(b"moov") < data.find(b"mdat")
    with av.open(str(path)) as container:
        codec = container.streams.video[0].codec_context
        assert (codec.name, codec.pix_fmt) == ("h264", "yuv420p")


def test_the_same_pictures_give_the_same_file(tmp_path):
    y, x = np.mgrid[0:90, 0:160]
    waves = (lambda i: np.sin((x + 3 * i) / 17 + y / 23), lambda i: np.sin(y / 11 - i / 3))
    shades = [[*(128 + 100 * wave(i) for wave in waves), 3 * x + 2 * y + 5 * i] for i in range(10)]
    made, random = set(), np.random.default_rng(1)
    for _ in range(12):
        # Memory that is not as fresh as in a test of a few milliseconds.
        used = [random.integers(0, 255, size, np.uint8) for size in random.integers(1_000, 3_000_000, 6)]
        del used
        with VideoSink(tmp_path / "a.mp4", fps=25) as sink:
            for number, shade in enumerate(shades):
                sink.write(np.stack([part % 256 for part in shade], -1).astype(np.uint8), 40 * number)
        made.add((tmp_path / "a.mp4").read_bytes())
    assert len(made) == 1


def test_odd_sizes_are_padded(tmp_path):
    with VideoSink(tmp_path / "a.mp4") as sink:
        sink.write(picture(height=47, width=63), 0)
        sink.write(picture(height=47, width=63), 40)
    assert written(tmp_path / "a.mp4")[0].image.shape == (48, 64, 3)


def test_a_size_that_changes_is_fitted_into_the_first(tmp_path):
    light = np.full((48, 24, 3), 240, np.uint8)
    with VideoSink(tmp_path / "a.mp4") as sink:
        sink.write(picture(), 0)
        sink.write(picture(height=24, width=32), 40)  # of the same shape
        sink.write(light, 80)  # upright: borders left and right
        sink.write(light[:1], 120)
    _, half, upright, line = (frame.image for frame in written(tmp_path / "a.mp4"))
    np.testing.assert_allclose(half[10:40, 5:20].mean((0, 1)), picture()[0, 0], atol=14)
    np.testing.assert_allclose(half[10:40, 45:60].mean((0, 1)), picture()[0, -1], atol=14)
    assert upright.shape == line.shape == (48, 64, 3)
    assert upright[:, 24:40].min() > 200 and upright[:, :16].max() < 40 and upright[:, 48:].max() < 40


def test_another_type_is_refused(tmp_path):
    with pytest.raises(InputError, match="uint8"), VideoSink(tmp_path / "a.mp4") as sink:
        sink.write(np.zeros((0, 64, 3), np.uint8), 0)
    with pytest.raises(InputError, match="float64"), VideoSink(tmp_path / "a.mp4") as sink:
        sink.write(np.zeros((48, 64, 3)), 0)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_keeps_what_there_is(tmp_path):
    with pytest.raises(KeyboardInterrupt), VideoSink(tmp_path / "a.mp4") as sink:
        for number in range(5):
            sink.write(picture(), 40 * number)
        raise KeyboardInterrupt
    assert len(written(tmp_path / "a.mp4")) == 5


def test_an_error_leaves_the_old_file_alone(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"old")
    with pytest.raises(RuntimeError), VideoSink(tmp_path / "a.mp4") as sink:
        sink.write(picture(), 0)
        raise RuntimeError
    assert (tmp_path / "a.mp4").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_without_a_frame_there_is_no_file(tmp_path):
    with VideoSink(tmp_path / "a.mp4"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_times_that_stand_still_are_spread(tmp_path):
    with VideoSink(tmp_path / "a.mp4") as sink:
        for _ in range(4):
            sink.write(picture(), 0.0)
    assert len(written(tmp_path / "a.mp4")) == 4


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    with pytest.raises(OutputError, match="No space left"), VideoSink(tmp_path / "a.mp4") as sink:
        sink.write(picture(), 0)

        class Full:
            def mux(self, packets):
                raise OSError(errno.ENOSPC, "No space left on device")

            def close(self):
                raise OSError(errno.ENOSPC, "No space left on device")

        sink._container.close()
        sink._container = Full()
        sink.write(picture(), 40)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "error"), [("absent/a.mp4", OutputError), ("a.avi", InputError)])
def test_a_place_that_does_not_do_is_told_before_any_work(tmp_path, name, error):
    with pytest.raises(error):
        VideoSink(tmp_path / name)


def test_photos(tmp_path):
    sink = PhotoSink(tmp_path / "new" / "folder")
    exact = sink.write(picture(), "a.png")
    np.testing.assert_array_equal(read_photo(exact), picture())
    close = sink.write(picture(), "a.jpg")
    assert np.abs(read_photo(close).astype(int) - picture()).mean() < 4
    with pytest.raises(InputError, match=r"\.png"):
        sink.write(picture(), "a.gif")
    assert sorted(entry.name for entry in sink.folder.iterdir()) == ["a.jpg", "a.png"]


def test_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        PhotoSink(tmp_path / "file")
