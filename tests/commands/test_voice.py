import json

import av
import numpy as np
import pytest
import trimesh

from emopoi.commands import voice
from emopoi.commands.main import main
from emopoi.errors import ModelFileError
from emopoi.types import EmotionProfile
from emopoi.voice import microphone
from tests.head.glb_content import read_glb
from tests.head.khronos_validator import faults
from tests.training.voice.made_voices import as_wav
from tests.vision.test_sound_reader import wav
from tests.voice.made_readers import MadeEmotion, MadeFace, noise


@pytest.fixture(autouse=True)
def made_models(monkeypatch):
    def load(name, variant=None, **options):
        return MadeEmotion() if name == "voice_emotion" else MadeFace()

    monkeypatch.setattr(voice.FrozenModel, "load", load)


@pytest.fixture
def speech(tmp_path):
    path = tmp_path / "speech.wav"
    path.write_bytes(as_wav(noise(2.0, high=True)))
    return path


def failed(capsys, *words) -> str:
    assert main(["voice", *map(str, words)]) == 2
    told = capsys.readouterr()
    error = told.err
    assert told.out == "" and error.count("emopoi: error:") == 1 and "Traceback" not in error
    return error


def test_prints_a_profile(speech, capsys):
    assert main(["voice", str(speech), "--json"]) == 0
    profile = EmotionProfile.from_json(capsys.readouterr().out)
    assert profile.modalities == ("voice",)
    assert profile.people[0].fer7["angry"] > 0.5


def test_says_it_in_words(speech, capsys):
    assert main(["voice", str(speech), "--consent"]) == 0
    told = capsys.readouterr()
    assert "sounds angry" in told.out
    assert "agreed" not in told.err


def test_leaves_its_files(speech, tmp_path, capsys):
    folder = tmp_path / "out"
    words = ["voice", speech, "--emotion", "happy", "--intensity", "2", "--no-video", "--out", folder]
    assert main(list(map(str, words))) == 0
    told = json.loads((folder / "voice.json").read_text())
    assert told["shown"] == {"emotion": "happy", "intensity": 2.0}
    assert {"profile.json", "coefficients.csv", "head.glb", "facegood.npz"} <= set(told["files"])
    frames = json.loads((folder / "coefficients.json").read_text())["frames"]
    assert len(frames) == 60
    assert frames[30]["blendShapes"]["mouthSmileLeft"] == pytest.approx(1.0)


@pytest.fixture
def glb(speech, tmp_path):
    folder = tmp_path / "out"
    assert main(["voice", str(speech), "--no-video", "--out", str(folder)]) == 0
    return folder / "head.glb"


def test_the_head_is_what_gltf_s_specification_and_trimesh_expect(glb):
    content = read_glb(glb)  # asserts what the specification says
    (mesh,) = content.document["meshes"]
    assert len(mesh["extras"]["targetNames"]) == len(mesh["primitives"][0]["targets"]) == len(mesh["weights"])
    (animation,) = content.document["animations"]
    clock, weights = (content.arrays[animation["samplers"][0][name]] for name in ("input", "output"))
    assert len(clock) == 60 and len(weights) == 60 * len(mesh["weights"])
    scene = trimesh.load(glb)
    assert len(scene.geometry) == len(mesh["primitives"])
    places = np.concatenate([part.vertices for part in scene.geometry.values()])
    assert np.isfinite(places).all() and 0.1 < np.ptp(places, axis=0)[1] < 0.5  # metres


def test_khronos_validator_finds_no_fault_in_the_head(glb, tmp_path):
    short = tmp_path / "short.wav"
    short.write_bytes(as_wav(noise(0.01)))
    assert main(["voice", str(short), "--no-video", "--out", str(tmp_path / "short")]) == 0
    assert faults(glb, tmp_path / "short" / "head.glb") == []


def test_without_a_face_what_was_heard_is_left(speech, tmp_path, monkeypatch, capsys):
    def load(name, variant=None, **options):
        if name != "voice_emotion":
            raise ModelFileError("no model 'voice_face'")
        return MadeEmotion()

    monkeypatch.setattr(voice.FrozenModel, "load", load)
    assert main(["voice", str(speech), "--out", str(tmp_path / "out")]) == 0
    assert "no face" in capsys.readouterr().err
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"profile.json", "voice.json"}


def test_silence_is_an_empty_profile(tmp_path, capsys):
    path = tmp_path / "silence.wav"
    path.write_bytes(as_wav(np.zeros(16_000)))
    assert main(["voice", str(path), "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["people"] == []
    assert "silent throughout" in told.err


@pytest.mark.parametrize(
    ("rate_hz", "samples", "note"),
    [
        (16_000, np.clip(90 * noise(2.0), -1, 1), "the sound is clipped"),
        (8_000, noise(2.0), "recorded at 8000 Hz: high tones are missing"),
        (16_000, noise(0.01), "too short to be heard"),
    ],
    ids=["clipped", "telephone", "10 ms"],
)
def test_what_spoils_a_sound_is_a_note_and_no_error(tmp_path, capsys, rate_hz, samples, note):
    path = tmp_path / "sound.wav"
    path.write_bytes(wav(samples, rate_hz))
    assert main(["voice", str(path), "--json"]) == 0
    told = capsys.readouterr()
    EmotionProfile.from_json(told.out)
    assert told.err.count("note:") == 1 and note in told.err


def test_music_and_six_channels_are_read(tmp_path, capsys):
    times = np.arange(32_000) / 16_000
    chords = sum(np.sin(2 * np.pi * hz * times) for hz in (261.6, 329.6, 392.0)) * np.exp(-(times % 0.5)) / 4
    path = tmp_path / "chords.wav"
    for samples in (chords, np.stack([chords * share for share in (0, 0.9, 0.1, 0, 0.2, 0)], 1)):
        path.write_bytes(wav(samples, 16_000))
        assert main(["voice", str(path), "--json"]) == 0
        assert 0 < EmotionProfile.from_json(capsys.readouterr().out).people[0].observed_s <= 2.0


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (20, b"\x99\x99", "no decoder for its sound"),
        (24, (1).to_bytes(4, "little"), "1 samples a second; 4000 to 768000 were expected"),
        (24, (2_000_000_000).to_bytes(4, "little"), "2000000000 samples a second"),
        (24, bytes(4), "no sound that can be read"),
        (40, bytes(4), "nothing of its sound can be decoded"),
    ],
    ids=["codec", "rate 1", "rate 2 G", "rate 0", "empty"],
)
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_header_that_can_not_be_true_is_one_line(tmp_path, capsys, place, value, words, more):
    content = bytearray(wav(noise(1.0) if place != 40 else np.zeros(0), 16_000))
    content[place : place + len(value)] = value
    path = tmp_path / "sound.wav"
    path.write_bytes(content)
    assert words in failed(capsys, path, *more)


def test_users_mistakes_are_one_line(speech, tmp_path, capsys):
    text = tmp_path / "text.wav"
    text.write_text("no sound")
    assert "known: angry, calm" in failed(capsys, speech, "--emotion", "hungry")
    assert "0 to 2" in failed(capsys, speech, "--intensity", "3")
    assert "--fps" in failed(capsys, speech, "--fps", "0")
    assert "--seconds" in failed(capsys, speech, "--seconds", "-1")
    assert "no such file" in failed(capsys, tmp_path / "nothing.wav")
    assert "no sound" in failed(capsys, text)
    assert "FILE and --microphone" in failed(capsys)
    assert "FILE and --microphone" in failed(capsys, speech, "--microphone")
    assert "go with a file" in failed(capsys, "--microphone", "--out", tmp_path / "out")
    assert "--head goes with a file" in failed(capsys, "--microphone", "--head", tmp_path / "head.npz")
    assert "--microphone" in failed(capsys, speech, "--device", "1")
    assert "--with-face" in failed(capsys, speech, "--bundle", tmp_path)
    assert "no such file" in failed(capsys, speech, "--head", tmp_path / "head.npz")
    assert "no head" in failed(capsys, speech, "--head", text)
    assert "has sound but no picture" in failed(capsys, speech, "--with-face")


def test_a_video_without_sound(tmp_path, capsys):
    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        container.mux(stream.encode(None))
    assert "pictures but no sound" in failed(capsys, path)


def test_a_head_without_the_named_shapes(speech, tmp_path, capsys):
    from emopoi.head.head_file import write_head_npz
    from tests.head.made_heads import small_head

    head = small_head()
    path = tmp_path / "head.npz"
    names = tuple(f"own{number}" for number in range(head.n_expressions))
    import dataclasses

    write_head_npz(dataclasses.replace(head, expression_names=names), path)
    assert "jawOpen" in failed(capsys, speech, "--head", path)


def test_the_microphone_streams_lines(monkeypatch, capsys):
    def made(rate_hz, device):
        yield from np.array_split(noise(3.0, high=True), 30)

    monkeypatch.setattr(microphone, "microphone", made)
    assert main(["voice", "--microphone", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 5
    assert max(lines[-1]["voice8"], key=lines[-1]["voice8"].get) == "angry"
    assert 0 <= lines[-1]["jaw_open"] <= 1
