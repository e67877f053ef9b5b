import json

import av
import cv2
import numpy as np
import pytest

from emopoi.demo_clip import portrait
from emopoi.types import Face
from emopoi.vision.photos import read_photo
from training.picture_names import copy_name, frame_name, read_name
from training.video_frames import main, surroundings, write_frames


def write_clip(path, pictures, fps=10):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Two seconds: a face that stands still for one second, then grey steps without a face."""
    face = cv2.resize(portrait(), (256, 256))
    steps = [np.full((256, 256, 3), 40 + 20 * step, np.uint8) for step in range(10)]
    return write_clip(tmp_path_factory.mktemp("clips") / "a day~at sea.mp4", [face] * 10 + steps)


def test_near_identical_frames_are_thinned_out(clip, tmp_path):
    counts = write_frames(clip, tmp_path / "Calm", fps=10)
    assert counts.written == 11 and counts.near_identical == 9
    every = write_frames(clip, tmp_path / "All", fps=10, least_difference=0)
    assert every.written == 20 and every.near_identical == 0
    slow = write_frames(clip, tmp_path / "Slow", fps=2, least_difference=0)
    assert slow.written == 4


def test_names_say_the_source_and_the_time(clip, tmp_path):
    write_frames(clip, tmp_path, fps=2, least_difference=0)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [read_name(tmp_path / name).picture.split("~")[1] for name in names] == [
        "000000000ms", "000000500ms", "000001000ms", "000001500ms",
    ]  # fmt: skip
    sources = {read_name(tmp_path / name).source for name in names}
    assert len(sources) == 1 and sources.pop().startswith("a_day_at_sea-")
    assert read_photo(tmp_path / names[0]).shape == (256, 256, 3)


def test_videos_of_one_name_do_not_collide(clip, tmp_path):
    other = tmp_path / clip.name
    write_clip(other, [np.full((64, 64, 3), 10 * step, np.uint8) for step in range(10)])
    out = tmp_path / "Calm"
    first = write_frames(clip, out, fps=2, least_difference=0).written
    second = write_frames(other, out, fps=2, least_difference=0).written
    assert second and len(list(out.iterdir())) == first + second


def test_nothing_is_overwritten_unless_asked(clip, tmp_path):
    write_frames(clip, tmp_path, fps=2, least_difference=0)
    mine = sorted(tmp_path.iterdir())[0]
    mine.write_bytes(b"mine")
    again = write_frames(clip, tmp_path, fps=2, least_difference=0)
    assert again.written == 0 and again.there_already == 4 and mine.read_bytes() == b"mine"
    assert write_frames(clip, tmp_path, fps=2, least_difference=0, overwrite=True).written == 4
    assert mine.read_bytes() != b"mine"


def test_with_faces_only_frames_with_a_face_are_cut_out(clip, tmp_path, capsys):
    assert main([str(clip), "--out", str(tmp_path), "--fps", "5", "--faces", "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts == {
        "written": 1, "near_identical": 4, "without_face": 5, "there_already": 0, "damaged": 0,
    }  # fmt: skip
    height, width = read_photo(next(iter(tmp_path.iterdir()))).shape[:2]
    assert 40 < width < 200 and 40 < height < 200


def test_surroundings_stay_in_the_picture():
    picture = np.zeros((50, 80, 3), np.uint8)
    points = np.zeros((6, 2), np.float32)
    assert surroundings(picture, Face((-20, -20, 10, 10), 1.0, points)).shape == (29, 29, 3)
    assert surroundings(picture, Face((30, 20, 40, 30), 1.0, points)).shape == (23, 23, 3)


def test_mistakes_are_one_line(clip, tmp_path, capsys):
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), portrait())
    (tmp_path / "text.mp4").write_text("no video")
    for words, said in (
        ([str(tmp_path / "none.mp4"), "--out", str(tmp_path / "x")], "no such file"),
        ([str(tmp_path / "text.mp4"), "--out", str(tmp_path / "x")], "text.mp4"),
        ([str(photo), "--out", str(tmp_path / "x")], "a video was expected, got a photo"),
        ([str(clip), "--out", str(tmp_path / "x"), "--fps", "0"], "--fps"),
        ([str(clip), "--out", str(tmp_path / "x"), "--least-difference", "-1"], "0 to 255"),
        ([str(clip), "--out", str(photo)], "a folder was expected"),
        ([str(clip)], "--out"),
    ):
        assert main(words) == 2
        captured = capsys.readouterr()
        assert said in captured.err and len(captured.err.splitlines()) == 1 and not captured.out
    assert not (tmp_path / "x").exists()


def test_names_are_taken_apart_as_they_are_made(tmp_path):
    frame = frame_name("my video", 1200.4)
    assert frame == "my_video~000001200ms"
    name = read_name(tmp_path / f"{copy_name(frame, 12)}.png")
    assert (name.source, name.picture, name.copy) == ("my_video", frame, 12)
    assert read_name(tmp_path / "IMG_1.jpg").source == "IMG_1" and read_name(tmp_path / "IMG_1.jpg").copy == 0
