import hashlib
import json
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from emopoi.commands import bundle
from emopoi.commands.main import main
from emopoi.errors import InputError, MissingPartError, ModelFileError, OutputError
from emopoi.runtime.interpreter import TFLiteModel
from emopoi.types import FER7
from emopoi.vision.blazeface_files import EYES, FULL_RANGE, LANDMARKS, SHORT_RANGE, read_blazeface_files
from emopoi.vision.known_files import MEDIAPIPE_VERSION

DETECTOR = {SHORT_RANGE[0]: b"short", FULL_RANGE[0]: b"full", LANDMARKS[0]: b"points", EYES[0]: b"lids"}

LICENCE = {"code": "Apache-2.0", "weights": "for research only"}


class Wheel:
    """Stands for the installed mediapipe."""

    version = "0.10.99"

    def __init__(self, root: Path, licence: str | None = "Apache License 2.0, in full"):
        self.root, self.licence = root, licence
        names_of = (list(DETECTOR)[:2], list(DETECTOR)[2:3], list(DETECTOR)[3:])
        for module, names in zip(bundle._MODULES, names_of, strict=True):
            (root / module).mkdir(parents=True)
            for name in names:
                (root / module / name).write_bytes(DETECTOR[name])

    def read_text(self, name: str) -> str | None:
        return self.licence if name == "LICENSE" else None

    def locate_file(self, place: str) -> Path:
        return self.root / place


@pytest.fixture
def wheel(tmp_path, monkeypatch) -> Wheel:
    made = Wheel(tmp_path / "site-packages")
    monkeypatch.setattr(bundle.metadata, "distribution", lambda name: made)
    return made


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "models"
    model = folder / "emotion"
    model.mkdir(parents=True)
    (model / "model.tflite").write_bytes(b"weights")
    (model / "card.md").write_text("# card")
    (model / "left_over.h5").write_bytes(b"not to be shipped")
    files = {"int8": {"path": "model.tflite", "sha256": hashlib.sha256(b"weights").hexdigest(), "bytes": 7}}
    manifest = {"name": "emotion", "task": "emotion", "files": files, "default": "int8"}
    (model / "manifest.json").write_text(
        json.dumps(manifest | {"inputs": {}, "outputs": {}, "licence": LICENCE})
    )
    monkeypatch.setenv("EMOPOI_MODELS", str(folder))
    return folder


def test_a_bundle_is_what_the_detector_reads(wheel, models, tmp_path):
    folder = bundle.make_bundle(tmp_path / "deep" / "bundle")
    files = read_blazeface_files(folder)

    assert (files.short_range, files.full_range) == (b"short", b"full")
    assert (files.landmarks, files.eyes) == (b"points", b"lids")


def test_everything_is_in_it_and_nothing_else(wheel, models, tmp_path):
    folder = bundle.make_bundle(tmp_path / "bundle")
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    assert names == {
        *DETECTOR,
        "LICENSE-mediapipe.txt",
        "NOTICE.txt",
        "README.txt",
        "bundle.json",
        "requirements-device.txt",
        "frozen_models/emotion/model.tflite",
        "frozen_models/emotion/manifest.json",
        "frozen_models/emotion/card.md",
    }
    notice = (folder / "NOTICE.txt").read_text()
    assert "mediapipe 0.10.99" in notice
    assert "weights for research only" in notice
    for content in DETECTOR.values():
        assert hashlib.sha256(content).hexdigest() in notice
    hashes = json.loads((folder / "bundle.json").read_text())["sha256"]
    assert set(hashes) == names - {"bundle.json"}
    assert all(
        hashlib.sha256((folder / name).read_bytes()).hexdigest() == value for name, value in hashes.items()
    )


def test_the_licence_goes_along_word_by_word(wheel, models, tmp_path):
    folder = bundle.make_bundle(tmp_path / "bundle")
    assert (folder / "LICENSE-mediapipe.txt").read_text() == wheel.licence


def test_without_a_licence_nothing_is_bundled(models, tmp_path, monkeypatch):
    made = Wheel(tmp_path / "site-packages", licence=None)
    monkeypatch.setattr(bundle.metadata, "distribution", lambda name: made)
    with pytest.raises(MissingPartError, match="licence"):
        bundle.make_bundle(tmp_path / "bundle")


def test_without_mediapipe_one_line_and_status_2(models, tmp_path, monkeypatch, capsys):
    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(bundle.metadata, "distribution", absent)
    assert main(["bundle", "--out", str(tmp_path / "bundle")]) == 2
    printed = capsys.readouterr().err
    assert "pip install mediapipe" in printed and printed.count("\n") == 1
    assert not (tmp_path / "bundle").exists()


def test_a_wheel_that_lacks_a_model_is_refused(wheel, models, tmp_path):
    (wheel.root / bundle._MODULES[0] / SHORT_RANGE[0]).unlink()
    with pytest.raises(MissingPartError, match=SHORT_RANGE[0]):
        bundle.make_bundle(tmp_path / "bundle")


def test_the_other_full_range_model_will_do(wheel, models, tmp_path):
    module = wheel.root / bundle._MODULES[0]
    (module / FULL_RANGE[0]).rename(module / FULL_RANGE[1])
    assert (bundle.make_bundle(tmp_path / "bundle") / FULL_RANGE[1]).read_bytes() == b"full"


def test_an_empty_folder_is_filled(wheel, models, tmp_path):
    (tmp_path / "bundle").mkdir()
    assert (bundle.make_bundle(tmp_path / "bundle") / "bundle.json").is_file()


def test_an_older_bundle_is_replaced_only_by_force(wheel, models, tmp_path):
    folder = bundle.make_bundle(tmp_path / "bundle")
    (folder / "old").write_text("old")
    with pytest.raises(OutputError, match="--force"):
        bundle.make_bundle(folder)
    assert (folder / "old").is_file()

    bundle.make_bundle(folder, force=True)
    assert not (folder / "old").exists()


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_with_anything_else_is_never_replaced(wheel, models, tmp_path, force):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mine.jpg").write_bytes(b"dear to me")
    with pytest.raises(OutputError, match="left as it is"):
        bundle.make_bundle(tmp_path / "photos", force=force)
    assert (tmp_path / "photos" / "mine.jpg").read_bytes() == b"dear to me"


@pytest.mark.parametrize("force", [False, True])
def test_a_file_in_its_place_is_left(wheel, models, tmp_path, force):
    (tmp_path / "bundle").write_text("a file")
    with pytest.raises(OutputError, match="a file is there"):
        bundle.make_bundle(tmp_path / "bundle", force=force)


def test_a_link_and_a_nameless_folder_are_refused(wheel, models, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for out in (tmp_path / "link", Path("/"), Path(".")):
        with pytest.raises(InputError, match="--out"):
            bundle.make_bundle(out)


def test_a_damaged_model_leaves_nothing_behind(wheel, models, tmp_path):
    (models / "emotion" / "model.tflite").write_bytes(b"damaged")
    folder = tmp_path / "new"
    with pytest.raises(ModelFileError, match="damaged"):
        bundle.make_bundle(folder / "bundle")
    assert not [path for path in folder.rglob("*") if path.is_file() or path.name.endswith(".part")]


def test_a_manifest_can_not_write_outside_the_bundle(wheel, models, tmp_path, monkeypatch):
    path = models / "emotion" / "manifest.json"
    data = json.loads(path.read_text())
    data["files"]["int8"]["path"] = "../../../ESCAPED"
    path.write_text(json.dumps(data))
    (tmp_path / "ESCAPED").write_bytes(b"weights")
    monkeypatch.setenv("EMOPOI_MODELS", str(tmp_path / "a" / "models"))
    (tmp_path / "a").mkdir()
    models.rename(tmp_path / "a" / "models")
    (tmp_path / "out").mkdir()
    with pytest.raises(ModelFileError, match="without folders"):
        bundle.make_bundle(tmp_path / "out" / "bundle")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_failed_replacement_keeps_the_older_bundle(wheel, models, tmp_path):
    folder = bundle.make_bundle(tmp_path / "bundle")
    before = (folder / "bundle.json").read_bytes()
    (models / "emotion" / "model.tflite").write_bytes(b"damaged")
    with pytest.raises(ModelFileError):
        bundle.make_bundle(folder, force=True)
    assert (folder / "bundle.json").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"bundle", "models", "site-packages"}


def test_no_frozen_models_is_told(wheel, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("EMOPOI_MODELS", str(tmp_path / "empty"))
    with pytest.raises(ModelFileError, match="no frozen models"):
        bundle.make_bundle(tmp_path / "bundle")


def test_a_folder_that_can_not_be_made(wheel, models, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="can not be written"):
        bundle.make_bundle(tmp_path / "file" / "bundle")
    with pytest.raises(OutputError, match="no bundle can be made"):
        bundle.make_bundle(tmp_path / ("x" * 300))


def test_the_installed_mediapipe_gives_working_models():
    detector = bundle.read_detector_models()

    assert "Apache License" in detector.licence
    assert len(detector.files) == 4
    assert all(content[4:8] == b"TFL3" for content in detector.files.values())


def test_a_damaged_model_is_not_passed_on(wheel):
    bundle.read_detector_models()
    wheel.version = MEDIAPIPE_VERSION
    with pytest.raises(ModelFileError, match=f"{SHORT_RANGE[0]} is damaged"):
        bundle.read_detector_models()


def test_without_a_checkout_the_declared_requirements_are_written(monkeypatch, tmp_path):
    monkeypatch.setattr(bundle.emopoi, "__file__", str(tmp_path / "emopoi" / "__init__.py"))
    monkeypatch.setattr(bundle.metadata, "requires", lambda name: ["numpy>=1.26", 'keras; extra == "train"'])
    assert bundle.device_requirements().splitlines()[1:] == ["numpy>=1.26"]


def test_an_app_gets_models_labels_facts_and_known_answers(tmp_path, capsys):
    folder = tmp_path / "bundle"
    assert main(["bundle", "--out", str(folder), "--app", "--models", "emotion,emotion_time,face_mesh"]) == 0

    app = folder / "app"
    described = {model["name"]: model for model in json.loads((app / "models.json").read_text())["models"]}
    assert set(described) == {"emotion", "emotion_time", "face_mesh"}
    for model in described.values():
        content = (app / model["url"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == model["sha256"]
        index = json.loads((app / model["golden"] / "golden.json").read_text())
        given = {
            key: np.fromfile(app / model["golden"] / one["file"], one["dtype"]).reshape(one["shape"])
            for key, one in index.items()
        }
        inputs = {tensor["tensor"]: given[key] for key, tensor in model["inputs"].items()}
        answers = TFLiteModel(content).run(**inputs)
        for key, tensor in model["outputs"].items():
            wanted = given[f"{model['variant']}.{key}"]
            np.testing.assert_allclose(answers[tensor["tensor"]], wanted, atol=1e-4 * np.abs(wanted).max())
    assert (app / "emotion.fer7.txt").read_text().split() == list(FER7)
    assert json.loads((app / "facts.json").read_text())["fer7"] == list(FER7)
    assert "app/facts.json" in json.loads((folder / "bundle.json").read_text())["sha256"]


def test_models_of_an_app_must_be_there(tmp_path):
    folder = tmp_path / "bundle"
    with pytest.raises(InputError, match="no model 'nothing'"):
        bundle.make_bundle(folder, app=True, chosen=["nothing"])
    assert not folder.exists()
    assert main(["bundle", "--out", str(folder), "--models", "emotion"]) == 2
