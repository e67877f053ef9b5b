import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import tomllib

from tests.serve.built_pages import why_not_built

ROOT = Path(__file__).parents[2]


def declared_packages() -> set[str]:
    return set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])


def test_every_folder_with_code_is_installed():
    folders = {path.parent for name in ("emopoi", "recommender") for path in (ROOT / name).rglob("*.py")}
    found = {".".join(folder.relative_to(ROOT).parts) for folder in folders}

    assert found | {"emopoi.frozen_models"} == declared_packages()


def test_every_folder_with_code_is_a_package():
    folders = {path.parent for name in ("emopoi", "recommender") for path in (ROOT / name).rglob("*.py")}

    assert [
        str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").is_file()
    ] == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel of a copy of the project, with one model that is made up."""
    copy = tmp_path_factory.mktemp("project")
    for name in ("emopoi", "recommender"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copyfile(ROOT / name, copy / name)
    (copy / "README.md").write_text("# EmoPOI\n")
    model = copy / "frozen_models" / "made_up"
    model.mkdir(parents=True)
    for name in ("model.tflite", "manifest.json", "card.md", "golden.npz", "weights.h5"):
        (model / name).write_bytes(b"content")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "."]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (built,) = copy.glob("emopoi-*.whl")
    return built


def test_the_wheel_carries_models_places_and_the_licence(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    for name in ("model.tflite", "manifest.json", "card.md", "golden.npz"):
        assert f"emopoi/frozen_models/made_up/{name}" in names
    assert "emopoi/frozen_models/made_up/weights.h5" not in names
    assert any(name.startswith("recommender/data/") and name.endswith(".json") for name in names)
    assert any(name.endswith("/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "training/"))]


def test_the_wheel_carries_the_app_s_pages_where_they_are_built(wheel):
    built = ROOT / "emopoi" / "serve" / "pages"
    if not (built / "index.html").is_file():
        pytest.skip(why_not_built())
    names = set(zipfile.ZipFile(wheel).namelist())

    for path in built.rglob("*"):
        if path.is_file():
            assert f"emopoi/serve/pages/{path.relative_to(built).as_posix()}" in names


def test_an_unpacked_wheel_finds_its_models_and_places(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = (
        "from emopoi.runtime.manifest import models_folder; from recommender import open_catalogue;"
        "print(models_folder()); assert len(open_catalogue(None))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == tmp_path / "emopoi" / "frozen_models"
