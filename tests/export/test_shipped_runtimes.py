"""Every frozen file on every runtime: the same operators, the same labels."""

import numpy as np
import pytest

from emopoi.evaluation.faces_of_table import inputs_of, read_columns
from emopoi.export.portable import check_operators, installed_runtimes, run_rows
from emopoi.preprocess.log_mel import log_mel
from emopoi.preprocess.voice_level import FLOOR, frame_power, remove_level, voice_level
from emopoi.runtime.manifest import Manifest, models_folder
from emopoi.runtime.model_metadata import read_metadata
from emopoi.vision.sound_reader import read_sound
from training.crop_layouts import UTKFACE

NAMES = sorted({path.parent.name for path in models_folder().glob("*/*.tflite")})
FILES = [
    (name, variant) for name in NAMES for variant in Manifest.read(models_folder() / name).files
]  # those that are there, whichever they are
FACES = 60


@pytest.fixture(scope="module")
def runtimes():
    found = installed_runtimes()
    assert {"ai_edge_litert", "tflite_runtime", "tensorflow"} <= set(found)
    return found


def inputs_for(manifest, data_dir):
    if manifest.input is None:
        random = np.random.default_rng(0)
        made = {
            name: random.normal(0, 0.5, (FACES, *tensor.shape[1:])).astype(np.float32)
            for name, tensor in manifest.inputs.items()
        }
        if manifest.task == "face_detail_map":
            # Codes of faces use all of -1..1.
            made["code"] = np.sign(made["code"])
        if "log_mel" in manifest.data:
            made |= voices(manifest, data_dir)
        return {manifest.inputs[name].tensor: value for name, value in made.items()}
    path = "fer2013/public_test.parquet" if manifest.input.channels == 1 else "age_gender/valid.parquet"
    images = read_columns(data_dir / path, ["image"])["image"][:FACES]
    layout = manifest.training_layout or manifest.person_layout or UTKFACE
    faces = np.stack(list(inputs_of(images, manifest.input, layout, None)))
    return {manifest.inputs["face"].tensor: faces}


def voices(manifest, data_dir):
    """Frames of real voices: int8 rounds what is no voice at all more coarsely than any voice."""
    before = manifest.inputs["past"].shape[1] if "past" in manifest.inputs else 0
    count = before + manifest.inputs["mel"].shape[1]
    sounds = read_columns(data_dir / "voice_emotion" / "valid.parquet", ["audio"])["audio"]
    mel = np.full((FACES, count, manifest.inputs["mel"].shape[2]), FLOOR, np.float32)
    there = np.zeros((FACES, count), np.float32)
    for row, sound in enumerate(sounds[:: len(sounds) // FACES][:FACES]):
        frames = log_mel(read_sound(sound))[:count]
        mel[row, : len(frames)] = remove_level(frames, voice_level(frame_power(frames)))
        there[row, : len(frames)] = 1.0
    told = {"mel": mel[:, before:], "past": mel[:, :before], "there": there}
    if "code" in manifest.inputs:
        random = np.random.default_rng(0)
        codes = np.array(list(manifest.data["emotion_codes"].values()), np.float32)
        told["code"] = codes[random.integers(0, len(codes), FACES)]
        told["intensity"] = random.uniform(0, 1.5, (FACES, 1)).astype(np.float32)
    return {name: value for name, value in told.items() if name in manifest.inputs}


@pytest.mark.parametrize(("name", "variant"), FILES)
def test_operators_and_metadata(name, variant):
    manifest = Manifest.read(models_folder() / name)
    content = manifest.content(variant)
    check_operators(content)
    told = read_metadata(content)
    assert told["variant"] == variant
    for key in ("name", "task", "input", "inputs", "outputs", "temperature", "licence"):
        assert told.get(key) == manifest.data.get(key)


def sure(logits):
    """Rows whose best label is clearly ahead; most of them."""
    top = np.sort(logits, axis=-1)
    rows = top[:, -1] - top[:, -2] > 0.4 * logits.std(axis=0).mean()
    assert rows.mean() > 0.5
    return rows


@pytest.mark.parametrize(("name", "variant"), FILES)
def test_labels_are_the_same_on_every_runtime(name, variant, runtimes, data_dir):
    manifest = Manifest.read(models_folder() / name)
    inputs = inputs_for(manifest, data_dir)
    outputs = {key: tensor.tensor for key, tensor in manifest.outputs.items()}
    found = {
        runtime: run_rows(interpreter, manifest.content(variant), inputs, outputs)
        for runtime, interpreter in runtimes.items()
    }
    first = found.pop("ai_edge_litert")
    for key, expected in first.items():
        spread = expected.std(axis=0).mean()
        # Displacements are outer-eye distances, at most a twenty-fifth of one; of FACEGOOD weights few move.
        assert spread > (0.001 if key in ("displacement", "facegood") else 0.01)
        for other in found.values():
            # A voice's code is made of its labels: where two are as likely, it is one's or the other's.
            rows = sure(first["voice8"]) if key == "code" and "voice8" in first else slice(None)
            rms = np.sqrt(np.mean((other[key] - expected)[rows] ** 2))
            # tflite-runtime has kernels of its own for int8, which round elsewhere.
            assert rms < (0.1 if variant == "int8" else 1e-3) * spread
            # Expressions of a face are amounts, all at once; the largest one is no answer.
            if manifest.outputs[key].labels and key not in ("expression", "arkit", "facegood"):
                flat, same = (
                    expected.reshape(-1, expected.shape[-1]),
                    other[key].reshape(-1, expected.shape[-1]),
                )
                top = np.sort(flat, axis=-1)
                clear = top[:, -1] - top[:, -2] > (0.4 * spread if variant == "int8" else 1e-3)
                assert clear.mean() > 0.5
                assert np.array_equal(flat.argmax(-1)[clear], same.argmax(-1)[clear])
                assert (flat.argmax(-1) == same.argmax(-1)).mean() > (0.9 if variant == "int8" else 0.99)
