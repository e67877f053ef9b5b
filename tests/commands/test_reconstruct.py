import csv
import json
from dataclasses import replace
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
import trimesh

from emopoi.commands.main import main
from emopoi.demo_clip import demo_frames, portrait
from emopoi.errors import MissingPartError, OutputError
from emopoi.head.coefficient_files import read_coefficients_npz
from emopoi.head.head_file import write_head_npz
from emopoi.reconstruct import person_files, reconstruction
from emopoi.reconstruct.people import People
from emopoi.runtime.frozen_head import load_head
from tests.head.made_heads import small_head

DATA = {f"person-1/{name}" for name in ("head.obj", "head.mtl", "head.glb")} | {
    f"person-1/coefficients.{kind}" for kind in ("npz", "csv", "json")
}
FPS = 12


@pytest.fixture(scope="module")
def head():
    """The small head with a layout, so that there is a texture."""
    bare = small_head()
    across = np.arctan2(bare.v_template[:, 0], bare.v_template[:, 2]) / (2 * np.pi) + 0.5
    up = (bare.v_template[:, 1] - bare.v_template[:, 1].min()) / np.ptp(bare.v_template[:, 1])
    return replace(bare, uv=np.stack([across, up], axis=1).astype(np.float32), uv_f=bare.f)


@pytest.fixture(scope="module")
def head_file(head, tmp_path_factory):
    path = tmp_path_factory.mktemp("head") / "small.npz"
    write_head_npz(head, path)
    return path


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("media") / "portrait.png"
    cv2.imwrite(str(path), portrait()[..., ::-1])
    return path


def clip(path, pictures, sound=True):
    """A video of these pictures with a tone of their length."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS)
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt = "yuv420p"
        tone = container.add_stream("aac", rate=16_000, layout="mono") if sound else None
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if tone is not None:
            wave = 0.3 * np.sin(np.arange(len(pictures) * 16_000 // FPS) / 5).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 16_000, 0, Fraction(1, 16_000)
            container.mux(tone.encode(frame))
            container.mux(tone.encode(None))
    return path


@pytest.fixture(scope="module")
def pictures():
    shown = (picture for number, (_, picture) in enumerate(demo_frames(portrait(), 3.0)) if number % 4 == 0)
    return [cv2.resize(picture, (320, 240)) for picture in shown][:14]


@pytest.fixture(scope="module")
def video(pictures, tmp_path_factory):
    return clip(tmp_path_factory.mktemp("media") / "clip.mp4", pictures)


def reconstruct(*words):
    return main(["reconstruct", *map(str, words), "--consent"])


def files_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def refused(capsys, *words):
    """Run it where it must end with exit code 2 and one clear line; give that line."""
    assert reconstruct(*words) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("emopoi: error:")]
    assert len(lines) == 1
    return lines[0]


def test_a_video(opengl, video, head, head_file, tmp_path, capsys):
    out = tmp_path / "out"
    assert reconstruct(video, "--head", head_file, "--out", out) == 0
    assert "Person 1: 1" in capsys.readouterr().out
    assert files_in(out) == DATA | {"person-1/head.png", "reconstruction.json", "grid.mp4", "head.mp4"}
    told = json.loads((out / "reconstruction.json").read_text())
    (person,) = told["people"]
    assert told["files"] == ["grid.mp4", "head.mp4"] and set(person["files"]) == DATA | {"person-1/head.png"}
    frames = person["frames"]
    assert told["frames_read"] == 14 and frames + person["frames_skipped"] in (13, 14) and frames >= 12
    track = read_coefficients_npz(out / "person-1" / "coefficients.npz", head)
    assert len(track.coefficients) == frames and track.coefficients[0].camera[0] > 0
    with open(out / "person-1" / "coefficients.csv") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == frames and set(head.expression_names) <= set(rows[0])
    for name, size in (("grid.mp4", (640, 480)), ("head.mp4", (1440, 480))):
        with av.open(str(out / name)) as container:
            shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
            assert len(shown) == 14 and shown[0].shape == (size[1], size[0], 3)
            assert container.streams.audio[0].codec_context.name == "aac"
            assert float(container.duration) / 1e6 == pytest.approx(14 / FPS, abs=0.1)
    middle = shown[7]  # of head.mp4: three heads on an empty ground
    for left in (0, 480, 960):
        part = middle[:, left : left + 480].astype(int)
        assert part[240, 240].sum() > part[20, 20].sum() + 100


def test_a_photo(opengl, photo, head_file, tmp_path, capsys):
    out = tmp_path / "out"
    assert reconstruct(photo, "--head", head_file, "--out", out) == 0
    drawn = {"overlay.jpg", "frontal.jpg", "turned.jpg"}
    assert files_in(out) == DATA | drawn | {"person-1/head.png", "reconstruction.json"}
    told = json.loads((out / "reconstruction.json").read_text())
    assert told["kind"] == "photo" and told["people"][0]["frames"] == 1
    original = cv2.imread(str(photo)).astype(int)
    overlay = cv2.imread(str(out / "overlay.jpg"))
    changed = np.abs(overlay - original).max(axis=2) > 40
    told_camera = read_coefficients_npz(out / "person-1" / "coefficients.npz", small_head())
    _, x, y = told_camera.coefficients[0].camera
    rows, columns = np.nonzero(changed)
    assert 0.02 < changed.mean() < 0.6
    assert columns.mean() == pytest.approx(x, abs=0.15 * original.shape[1])
    assert rows.mean() == pytest.approx(y, abs=0.15 * original.shape[0])
    assert cv2.imread(str(out / "frontal.jpg")).shape == (1024, 1024, 3)
    assert cv2.imread(str(out / "turned.jpg")).shape == (1024, 2048, 3)


def test_json_prints_the_object_and_stores_nothing(photo, head_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert reconstruct(photo, "--head", head_file, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == 1 and len(told["people"]) == 1 and told["files"] == []
    assert set(told["people"][0]["expression_max"]) == set(small_head().expression_names)
    assert list(tmp_path.iterdir()) == []


def test_people_have_to_agree(photo, head_file, capsys):
    assert main(["reconstruct", str(photo), "--head", str(head_file)]) == 0
    assert "agreed" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["photo", "video"])
def test_without_opengl_the_data_are_written(kind, request, head_file, tmp_path, monkeypatch, capsys):
    def absent(*size):
        raise MissingPartError("drawing heads needs OpenGL: apt install libegl1")

    monkeypatch.setattr(reconstruction, "HeadRenderer", absent)
    source = request.getfixturevalue(kind)
    assert reconstruct(source, "--head", head_file, "--out", tmp_path / "out", "--fps", "6") == 0
    assert files_in(tmp_path / "out") == DATA | {"person-1/head.png", "reconstruction.json"}
    assert capsys.readouterr().err.count("apt install libegl1") == 1
    told = json.loads((tmp_path / "out" / "reconstruction.json").read_text())
    assert any("libegl1" in note for note in told["notes"])


def test_data_alone(video, head_file, tmp_path):
    assert reconstruct(video, "--head", head_file, "--out", tmp_path, "--no-video", "--seconds", "0.7") == 0
    assert files_in(tmp_path) == DATA | {"person-1/head.png", "reconstruction.json"}
    assert json.loads((tmp_path / "reconstruction.json").read_text())["frames_read"] == 9


def test_nobody_is_an_answer(empty_scene, head_file, tmp_path, capsys):
    assert reconstruct(empty_scene, "--head", head_file, "--out", tmp_path / "out") == 0
    assert "no face was found" in capsys.readouterr().err
    assert files_in(tmp_path / "out") == {"reconstruction.json"}
    assert json.loads((tmp_path / "out" / "reconstruction.json").read_text())["people"] == []


def test_who_comes_back_is_a_new_person(pictures, head_file, tmp_path, capsys):
    nobody = [np.full((240, 320, 3), 60, np.uint8)] * 20
    source = clip(tmp_path / "clip.mp4", [*pictures[:9], *nobody, *pictures[:9]])
    assert reconstruct(source, "--head", head_file, "--json") == 0
    captured = capsys.readouterr()
    people = json.loads(captured.out)["people"]
    assert len(people) == 2 and people[0]["last_s"] < 0.8 and people[1]["first_s"] > 2.3
    assert "new person" in captured.err


def test_a_file_that_fails_costs_no_other(video, head_file, tmp_path, monkeypatch, capsys):
    def full(path, *rest, **options):
        raise OutputError(f"{path}: can not be written (No space left on device)")

    monkeypatch.setattr(person_files, "write_glb", full)
    words = (video, "--head", head_file, "--out", tmp_path, "--no-video", "--seconds", "0.7")
    assert "No space left" in refused(capsys, *words)
    assert files_in(tmp_path) == (DATA - {"person-1/head.glb"}) | {"person-1/head.png", "reconstruction.json"}


def test_ctrl_c_keeps_what_was_read(video, head_file, tmp_path, monkeypatch, capsys):
    add = People.add

    def stopping(self, result):
        if self.frames_read == 9:
            raise KeyboardInterrupt
        add(self, result)

    monkeypatch.setattr(People, "add", stopping)
    assert reconstruct(video, "--head", head_file, "--out", tmp_path, "--no-video") == 130
    assert "stopped by you" in capsys.readouterr().err
    assert json.loads((tmp_path / "reconstruction.json").read_text())["frames_read"] == 9


def stop(*arguments, **keywords):
    raise KeyboardInterrupt


def test_ctrl_c_while_files_are_written_leaves_a_summary(photo, head_file, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(person_files.PersonFiles, "writers", stop)
    status = main(["reconstruct", str(photo), "--head", str(head_file), "--out", str(tmp_path / "out")])
    assert status == 130
    told = json.loads((tmp_path / "out" / "reconstruction.json").read_text())
    assert len(told["people"]) == 1 and any("stopped by you" in note for note in told["notes"])
    assert "1 person" in capsys.readouterr().out


def test_ctrl_c_while_solving_keeps_what_was_solved(photo, head_file, tmp_path, monkeypatch):
    monkeypatch.setattr(reconstruction.StillSolver, "solve", stop)
    status = main(["reconstruct", str(photo), "--head", str(head_file), "--out", str(tmp_path / "out")])
    assert status == 130
    assert json.loads((tmp_path / "out" / "reconstruction.json").read_text())["people"] == []


def test_a_profile_is_told(data_dir, capsys):
    photo = data_dir / "photos" / "audience_profiles.jpg"
    assert main(["reconstruct", str(photo), "--no-video", "--consent"]) == 0
    assert "mostly in profile" in capsys.readouterr().err


def test_an_earlier_run_leaves_nobody_behind(photo, head_file, tmp_path):
    old = {"files": ["old.jpg", "../kept"], "people": [{"files": ["person-7/head.obj"]}]}
    out = tmp_path / "out"
    (out / "person-7").mkdir(parents=True)
    for name in ("old.jpg", "person-7/head.obj", "mine.txt", "../kept"):
        (out / name).write_text("")
    (out / "reconstruction.json").write_text(json.dumps(old))
    assert reconstruct(photo, "--head", head_file, "--out", out, "--no-video") == 0
    assert files_in(out) == DATA | {"person-1/head.png", "reconstruction.json", "mine.txt"}
    assert not (out / "person-7").exists() and (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["FOLDER"], "folder"),
        (["absent.mp4"], "no such file"),
        (["PHOTO", "--fps", "0"], "--fps"),
        (["PHOTO", "--seconds", "-1"], "--seconds"),
        (["PHOTO", "--threads", "0"], "--threads"),
        (["PHOTO", "--method", "magic"], "magic"),
        (["PHOTO", "--method", "pixels"], "face_regressor"),
        (["PHOTO", "--detail"], "method pixels was expected"),
        (["PHOTO", "--bundle", "absent"], "absent"),
    ],
)
def test_a_mistake_is_one_line(words, reason, photo, head_file, capsys):
    named = {"FOLDER": photo.parent, "PHOTO": photo}
    assert reason in refused(capsys, *(named.get(word, word) for word in words), "--head", head_file)


def test_pixels_with_folds_give_a_finer_head_of_the_persons_own(photo, tmp_path, capsys):
    """The networks that ship, on the head that ships."""
    plain, folded = tmp_path / "plain", tmp_path / "folded"
    words = [photo, "--method", "pixels", "--no-video"]
    assert reconstruct(*words, "--out", plain) == 0 and reconstruct(*words, "--detail", "--out", folded) == 0
    first, second = (
        read_coefficients_npz(folder / "person-1" / "coefficients.npz", load_head())
        for folder in (plain, folded)
    )
    np.testing.assert_array_equal(first.coefficients[0].expression, second.coefficients[0].expression)
    meshes = [
        trimesh.load(folder / "person-1" / "head.obj", process=False, force="mesh")
        for folder in (plain, folded)
    ]
    assert all(np.isfinite(mesh.vertices).all() for mesh in meshes)
    assert np.abs(meshes[0].bounds - meshes[1].bounds).max() < 0.1 * meshes[0].extents.max()
    # The finer head of the files is the head that folds are learned on.
    moved = np.linalg.norm(meshes[0].vertices - meshes[1].vertices, axis=1)
    assert 1e-4 < np.median(moved) / meshes[0].extents.max() < 0.02


def test_a_head_that_is_none_is_told(photo, tmp_path, capsys):
    (tmp_path / "head.npz").write_bytes(b"PK nothing")
    assert "head.npz" in refused(capsys, photo, "--head", tmp_path / "head.npz")


def test_two_people_of_a_real_clip(data_dir, head_file, tmp_path, capsys):
    source = data_dir / "videos" / "intel_headpose_two_people.mp4"
    assert reconstruct(source, "--head", head_file, "--json", "--seconds", "2.5", "--fps", "6") == 0
    people = json.loads(capsys.readouterr().out)["people"]
    assert len(people) == 2 and all(person["frames"] >= 10 for person in people)


@pytest.mark.parametrize("name", ["partial_face_left.jpg", "audience_profiles.jpg", "neg_cat_white.jpg"])
def test_hard_photos_end_well(data_dir, name, head_file, capsys):
    assert reconstruct(data_dir / "photos" / name, "--head", head_file, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert all(np.isfinite(person["error"]["mean"]) for person in told["people"])
