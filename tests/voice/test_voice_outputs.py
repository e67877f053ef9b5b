import json
from pathlib import Path

import av
import numpy as np
import pytest
import trimesh

from emopoi.errors import OutputError
from emopoi.head.coefficient_files import read_coefficients_npz
from emopoi.types import EmotionProfile
from emopoi.voice import face_files
from emopoi.voice.control import VoiceControl
from emopoi.voice.hearing import hear
from emopoi.voice.voice_outputs import VoiceOutputs
from tests.head.made_heads import small_head
from tests.training.voice.made_voices import as_wav
from tests.voice.made_readers import JAW, made_emotion_reader, made_face_reader, noise


def watch(items, total, what):
    return iter(items)


@pytest.fixture
def speech(tmp_path) -> Path:
    path = tmp_path / "speech.wav"
    path.write_bytes(as_wav(noise(2.0)))
    return path


def written(tmp_path, speech, *, video=False, fps=30.0, head=None) -> tuple[VoiceOutputs, Path]:
    folder = tmp_path / "out"
    heard = hear(speech, made_emotion_reader(), watch=watch)
    outputs = VoiceOutputs(folder)
    profile = heard.profile.build(speech.name)
    outputs.write_heard(heard, profile)
    outputs.write_face(
        speech, heard, made_face_reader(), head or small_head(), VoiceControl("happy"), fps=fps, video=video,
        watch=watch,
    )  # fmt: skip
    outputs.finish({"source": speech.name, "profile": profile.to_dict()})
    return outputs, folder


def test_every_file_is_whole_and_listed(tmp_path, speech):
    outputs, folder = written(tmp_path, speech)
    assert outputs.failures == []
    told = json.loads((folder / "voice.json").read_text())
    assert set(told["files"]) | {"voice.json"} == {path.name for path in folder.iterdir()}
    EmotionProfile.from_json((folder / "profile.json").read_text())
    lines = (folder / "readings.csv").read_text().splitlines()
    assert lines[0].startswith("time_ms,window_s,angry,calm")
    assert len(lines) == 5


def test_coefficients_are_those_of_the_head(tmp_path, speech):
    _, folder = written(tmp_path, speech)
    head = small_head()
    track = read_coefficients_npz(folder / "coefficients.npz", head)
    assert len(track.times_ms) == 60
    jaw = np.array([one.expression[head.expression_names.index("jawOpen")] for one in track.coefficients])
    told = json.loads((folder / "coefficients.json").read_text())
    assert told["frames"][10]["blendShapes"]["jawOpen"] == pytest.approx(jaw[10], abs=1e-4)
    with np.load(folder / "facegood.npz") as stored:
        assert stored["coefficients"].shape == (60, 3)
        assert str(stored["names"][0]) == "mouth_stretch_c"


def test_the_head_moves_in_its_gltf_file(tmp_path, speech):
    _, folder = written(tmp_path, speech)
    content = (folder / "head.glb").read_bytes()
    length = int.from_bytes(content[12:16], "little")
    document = json.loads(content[20 : 20 + length])
    (animation,) = document["animations"]
    assert [channel["target"]["path"] for channel in animation["channels"]] == ["weights"]
    clock = document["accessors"][animation["samplers"][0]["input"]]
    assert clock["min"] == [0.0] and clock["max"][0] == pytest.approx(59 / 30, abs=1e-4)
    scene = trimesh.load(folder / "head.glb")
    assert len(scene.geometry) >= 1


def test_long_sounds_are_written_in_parts(tmp_path, speech, monkeypatch):
    monkeypatch.setattr(face_files, "PART_S", 0.8)
    outputs, folder = written(tmp_path, speech)
    names = [name for name in outputs.files if name.endswith(".npz") and name.startswith("coefficients")]
    assert names == ["coefficients.npz", "coefficients-2.npz"] or len(names) == 3
    head = small_head()
    tracks = [read_coefficients_npz(folder / name, head) for name in names]
    times = np.concatenate([track.times_ms for track in tracks])
    np.testing.assert_allclose(times, np.arange(60) * 1000 / 30, atol=1e-6)


def test_faces_end_where_listening_ended(tmp_path, speech):
    heard = hear(speech, made_emotion_reader(), seconds=1.2, watch=watch)
    outputs = VoiceOutputs(tmp_path / "out")
    outputs.write_face(
        speech, heard, made_face_reader(), small_head(), VoiceControl(), fps=30.0, video=False, watch=watch
    )
    track = read_coefficients_npz(tmp_path / "out" / "coefficients.npz", small_head())
    assert len(track.times_ms) == 36


def test_what_could_not_be_written_is_not_listed(tmp_path, speech, monkeypatch):
    def full(*arguments):
        raise OutputError("no space left")

    monkeypatch.setattr(face_files, "write_coefficients_csv", full)
    outputs, folder = written(tmp_path, speech)
    assert [str(failure) for failure in outputs.failures] == ["no space left"]
    told = json.loads((folder / "voice.json").read_text())
    assert set(told["files"]) | {"voice.json"} == {path.name for path in folder.iterdir()}


def test_the_video_has_the_sound_and_is_as_long(opengl, tmp_path, speech):
    outputs, folder = written(tmp_path, speech, video=True, fps=10.0)
    assert outputs.notes == []
    with av.open(str(folder / "head.mp4")) as container:
        (picture,), (sound,) = container.streams.video, container.streams.audio
        assert float(picture.duration * picture.time_base) == pytest.approx(2.0, abs=0.15)
        assert float(sound.duration * sound.time_base) == pytest.approx(2.0, abs=0.15)
        assert picture.start_time * picture.time_base == pytest.approx(0.0, abs=0.02)


def test_lips_and_sound_are_in_step_in_the_video(opengl, tmp_path):
    # A burst from 1.0 to 1.4 s; the made network opens the jaw 100 ms early, as it is told to look ahead.
    sound = np.zeros(32_000, np.float32)
    sound[16_000:22_400] = noise(0.4)
    path = tmp_path / "burst.wav"
    path.write_bytes(as_wav(sound))
    outputs, folder = written(tmp_path, path, video=True, fps=20.0)
    assert outputs.notes == []
    with av.open(str(folder / "head.mp4")) as container:
        pictures = [(f.time, f.to_ndarray(format="gray").astype(float)) for f in container.decode(video=0)]
    rest = pictures[0][1]
    moved = np.array([np.abs(picture - rest).mean() for _, picture in pictures])
    times = np.array([time for time, _ in pictures])
    opened = times[moved > moved.max() / 2]
    assert opened.min() == pytest.approx(0.9, abs=0.11)
    assert opened.max() == pytest.approx(1.3, abs=0.11)
    assert JAW == 24
