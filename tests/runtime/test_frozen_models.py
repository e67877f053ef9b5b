"""Every shipped model: hashes, golden bytes, sizes, cards."""

import cv2
import numpy as np
import pytest

from emopoi.preprocess import crop_face, face_to_input
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.manifest import Manifest, models_folder
from emopoi.types import Face

REQUIRED = (
    "age_gender", "coefficient_emotion", "emotion", "emotion_clip", "emotion_time",
    "face_coefficients", "face_detail", "face_detail_map", "face_regressor", "head", "landmark_emotion",
    "multi_head", "states", "voice_emotion", "voice_face",
)  # fmt: skip
NAMES = sorted({path.parent.name for path in models_folder().glob("*/*.tflite")})
FILES = [(name, variant) for name in NAMES for variant in Manifest.read(models_folder() / name).files]


def test_all_are_there_and_small():
    folder = models_folder()
    assert {path.parent.name for path in folder.glob("*/manifest.json")} >= set(REQUIRED)
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 40_000_000


def test_nothing_lies_about_that_no_manifest_names():
    for folder in {path.parent for path in models_folder().glob("*/*.tflite")}:
        manifest = Manifest.read(folder)
        assert {path.name for path in folder.glob("*.tflite")} == {f.path for f in manifest.files.values()}
        assert folder.name == manifest.name and (folder / "card.md").is_file()
        assert (folder / "golden.npz").is_file()


def test_the_emotion_file_keeps_its_bars():
    manifest = Manifest.read(models_folder() / "emotion")
    assert manifest.data["parameters"] <= 1_200_000
    assert manifest.files["int8"].bytes <= 1_200_000


@pytest.mark.parametrize("name", NAMES)
def test_manifest_card_and_hashes(name):
    manifest = Manifest.read(models_folder() / name)
    assert {"int8", "float16"} <= set(manifest.files)
    for variant, file in manifest.files.items():
        assert len(manifest.content(variant)) == file.bytes
    card = (manifest.folder / "card.md").read_text()
    for part in (
        "## Licence",
        "## Data",
        "## Figures",
        "## Not for",
        manifest.files[manifest.default].sha256[:16],
    ):
        assert part in card
    assert manifest.data["licence"]["code"] == "Apache-2.0" and manifest.data["licence"]["weights"]
    assert manifest.default in manifest.files and manifest.data["parameters"] > 0
    assert set(manifest.data["parity"]) == set(manifest.files)
    for variant, file in manifest.files.items():
        assert f"| {file.path} | {variant}" in card and file.sha256[:16] in card


@pytest.mark.parametrize(("name", "variant"), FILES)
def test_golden_bytes(name, variant):
    manifest = Manifest.read(models_folder() / name)
    golden = np.load(manifest.folder / "golden.npz")
    model = FrozenModel(manifest, variant)
    if manifest.input is None:
        found = model.run(**{key: golden[key] for key in manifest.inputs})
    else:
        spec = manifest.input
        face = Face((0, 0, 1, 1), 1.0, golden["keypoints"])
        crop = crop_face(golden["picture"], face, spec.layout, spec.size, grey=spec.channels == 1)
        assert np.array_equal(crop, golden["crop"])
        assert np.array_equal(face_to_input(crop, spec)[None], golden["face"])
        found = model.run(face=golden["face"])
    for key, value in found.items():
        expected = golden[f"{variant}.{key}"]
        # Kernels of other processors sum in another order; one int8 step is allowed for.
        tolerance = 0.002 if variant == "float16" else 0.03
        assert np.abs(value - expected).max() <= tolerance * max(1.0, np.abs(expected).max())


@pytest.mark.parametrize("name", ["emotion", "age_gender", "multi_head"])
def test_outputs_vary_with_the_face(name):
    """A file that says always the same would agree with any golden bytes of its own."""
    model = FrozenModel.load(name)
    size, channels = model.manifest.input.size, model.manifest.input.channels
    random = np.random.default_rng(0)
    # Blurred noise: white noise is like no picture, and may drive an int8 output to its end.
    outputs = [
        model.run_face(
            cv2.resize(random.normal(0, 1, (8, 8, channels)), (size, size))
            .reshape(size, size, -1)
            .astype(np.float32)
        )
        for _ in range(12)
    ]
    for key in outputs[0]:
        assert np.std([output[key] for output in outputs], axis=0).mean() > 0.01
