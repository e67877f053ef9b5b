"""Commands and Python of README and the guides run on small inputs; what can not is named, with the reason.

Of a command that does not run the options are checked by its own parser.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import wave
import zipfile

import av
import cv2
import numpy as np
import pytest
import tomllib

from emopoi.commands.main import _parser, main
from emopoi.demo_clip import demo_frames, portrait
from tests.docs_site.examples import ROOT, Command, commands, snippets

NOT_RUN = {
    r"^emopoi recognize .*--camera": "a camera",
    r"^emopoi voice --microphone": "a microphone",
    r"^emopoi (serve|batch)": "a server, or worker processes over many videos; their own tests start them",
    r"^emopoi head convert": "FLAME's and ICT-FaceKit's files, which do not come along",
    r"^emopoi reconstruct clip.*(--seconds|--head)": "drawn already; recognize runs with that head",
    r"overture/": "Overture's files; tests/recommender/catalogue/readers makes some of their layout",
    r"--store postgresql": "a database server",
    r"--bundle \.|--model my_model": "what another command has made, elsewhere or in minutes",
    r"^emopoi evaluate": "a labelled data set",
    r"^emopoi export": "weights of a training and a data set",
    r"^python ": "a training or a data set: minutes to days",
    r"^(make|pip|python3|source|curl|export|unzip) ": "changes the machine; what it names is checked below",
}
"""What is not run, and what it would need. Each line must be of use."""

BEFORE = {
    ("docs/face3d.md", 1): """
from dataclasses import replace
from emopoi.runtime.frozen_head import load_head
from tests.head.solved_points import points_of
points = points_of(load_head(), replace(load_head().neutral(), camera=(11.0, 300.0, 200.0)))
""",
    ("docs/profile.md", 0): """
import numpy as np
from emopoi.types import AGES, EmotionReading, PersonEstimate
shares, person = np.eye(7, dtype=np.float32)[3], 1
readings = [
    EmotionReading(1, 40.0 * i, box=(0, 0, 9, 9), fer7=shares, ferplus8=np.full(8, 1 / 8), confidence=1)
    for i in range(25)
]
estimate = PersonEstimate(age=np.full(AGES, 1 / AGES, np.float32), female=0.5)
""",
    ("docs/training.md", 0): """
import argparse
from pathlib import Path
import keras
import numpy as np
from training.loop import LoopSettings, run_loop
from training.optimizers import make_optimizer
from training.run_folder import save_weights

def make_training_model(settings, rows):
    mine = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)], name="mine")
    model = keras.Sequential([keras.Input((4,)), mine])
    model.compile(make_optimizer(settings, rows), loss="mse")
    return model

out = Path("run")
(Path("DATA") / "mine").mkdir(parents=True)
Path("DATA/mine/train.parquet").write_bytes(b"made")
options = argparse.Namespace(epochs=1, seed=1, out=out, resume=False, devices=1, track=None)
options.data = Path("DATA")
inputs, targets = np.ones((96, 4), np.float32), np.ones((96, 1), np.float32)
valid_inputs, valid_targets = inputs, targets
""",
}
"""What a snippet takes for granted: names of its text, and files that come along with nothing."""

LOOKED_AT_ALONE = {("docs/batch.md", 0): "what a run over many videos has left"}
"""Snippets that are compiled and not run, with the reason."""


def reason(command):
    """Why a command is not run; None where it is."""
    text = " ".join(command.words) or command.text
    return next((why for pattern, why in NOT_RUN.items() if re.search(pattern, text)), None)


def voice(seconds):
    """Vowels: harmonics through two resonances, int16 (N,) at 16 kHz."""
    times = np.arange(round(seconds * 16_000)) / 16_000
    harmonics = 130 * np.arange(1, 30)
    strength = sum(1 / (1 + ((harmonics - formant) / 90) ** 2) for formant in (730, 1090))
    sound = (strength[:, None] * np.sin(2 * np.pi * harmonics[:, None] * times)).sum(axis=0)
    sound *= 0.6 + 0.4 * np.sin(2 * np.pi * 3 * times)
    return (20_000 * sound / np.abs(sound).max()).astype(np.int16)


def write_clip(path, seconds):
    """The demo's portrait, moving, with a voice."""
    with av.open(str(path), "w") as file:
        picture = file.add_stream("libx264", rate=25)
        picture.width, picture.height, picture.pix_fmt = 640, 480, "yuv420p"
        sound = file.add_stream("aac", rate=16_000, layout="mono")
        for _, image in demo_frames(portrait(), seconds):
            file.mux(picture.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        frame = av.AudioFrame.from_ndarray(voice(seconds)[None], "s16", "mono")
        frame.sample_rate = 16_000
        file.mux(sound.encode(frame))
        for stream in (picture, sound):
            file.mux(stream.encode(None))


def write_map(path):
    import osmium

    with osmium.SimpleWriter(str(path)) as writer:
        for number, name in enumerate(("Botanical garden", "Corner café"), 1):
            tags = {"name": name, "amenity": "cafe"}
            writer.add_node(osmium.osm.mutable.Node(id=number, location=(24.94, 60.17), tags=tags))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working folder with the inputs that the pages name."""
    path = tmp_path_factory.mktemp("examples")
    write_clip(path / "clip.mp4", 0.48)
    cv2.imwrite(str(path / "photo.jpg"), portrait()[..., ::-1])
    for name in ("photos", "out"):
        (path / name).mkdir()
    for name, source in (
        ("photos/one.jpg", "photo.jpg"),
        ("speech.mp3", "clip.mp4"),
        ("out/input.mp4", "clip.mp4"),
    ):
        (path / name).write_bytes((path / source).read_bytes())
    with wave.open(str(path / "speech.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(voice(1.5).tobytes())
    write_map(path / "city.osm.pbf")
    # Head files are known by their content: the shipped head stands for FLAME's.
    for name in ("flame2023_Open.pkl", "flame.npz", "ict.npz", "FILE"):
        (path / name).write_bytes((ROOT / "frozen_models/head/head.npz").read_bytes())
    return path


@pytest.fixture
def there(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("EMOPOI_FEEDBACK", str(folder / "feedback.sqlite"))
    return folder


RUN = [command for command in commands() if reason(command) is None]


@pytest.mark.parametrize("command", RUN, ids=lambda command: command.text)
def test_a_command_runs(command, there, capsys):
    """In the order of the pages: what one leaves another takes up."""
    assert command.words[0] == "emopoi"
    if command.words[1] == "bundle":
        # Pages show ways to choose from, and a bundle is not written over.
        shutil.rmtree("bundle", ignore_errors=True)
    assert main(command.words[1:]) == 0, capsys.readouterr().err
    told = capsys.readouterr()
    if "--json" in command.words:
        json.loads(told.out)
    if "--out" in command.words:
        assert (there / command.words[command.words.index("--out") + 1]).exists()
    assert told.out or "--out" in command.words


def test_most_commands_of_emopoi_run():
    ours = [command for command in commands() if command.words[0] == "emopoi"]
    assert len(RUN) > 35 and len(RUN) > len(ours) / 2
    for pattern in NOT_RUN:
        assert any(re.search(pattern, command.text) for command in commands()), f"{pattern}: of no use"


@pytest.mark.parametrize(
    "command",
    [c for c in commands() if c.words[0] == "emopoi" and reason(c)],
    ids=lambda command: command.text,
)
def test_a_command_that_does_not_run_is_understood(command):
    assert _parser(command.words[1]).parse_args(command.words[1:]).run


PARSE = """
import argparse, contextlib, json, os, runpy, sys
from pathlib import Path

class Understood(BaseException):
    pass

parse = argparse.ArgumentParser.parse_args

def parse_and_leave(self, *words, **options):
    parse(self, *words, **options)
    raise Understood

argparse.ArgumentParser.parse_args = parse_and_leave
root = Path(sys.argv[1])
failed = {}
for words in json.loads(sys.stdin.read()):
    # A process has one Keras; which one it is says nothing about options.
    if "training.recipe_options" in sys.modules:
        sys.modules["training.recipe_options"].loaded_backend = str
    path = [] if words[1] == "-m" else [str(root / words[1])]
    sys.path[0] = str(Path(path[0]).parent) if path else ""
    sys.argv = [*(path or [words[2]]), *words[2 if path else 3:]]
    try:
        if path:
            runpy.run_path(path[0], run_name="__main__")
        else:
            runpy.run_module(words[2], run_name="__main__")
        failed[" ".join(words)] = "no parser was asked"
    except Understood:
        pass
    except BaseException as error:
        failed[" ".join(words)] = repr(error)
print(json.dumps(failed))
"""


def test_trainings_and_benchmarks_are_understood(tmp_path):
    """All in one process, since each of them loads Keras."""
    asked = [command.words for command in commands() if command.words[0] == "python"]
    assert len(asked) > 30
    for word in {word for words in asked for word in words[2:]}:
        # Files and folders that a parser looks for.
        place = tmp_path / word
        if not word.startswith("-") and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch() if place.suffix else place.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(ROOT)],
        input=json.dumps(asked),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {}, done.stderr[-3000:]


def test_what_other_commands_name_is_there():
    targets = (ROOT / "Makefile").read_text()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for command in commands():
        words = command.words
        if words and words[0] == "make":
            assert re.search(rf"^{words[1]}:", targets, re.M), command.text
        for name in re.findall(r"emopoi\[(\w+)\]", command.text):
            assert name in extras, command.text
        for name in re.findall(r"requirements[\w-]*\.txt", command.text):
            assert (ROOT / name).is_file(), command.text
        if words and words[0] == "unzip":
            assert words[-1] in zipfile.ZipFile(ROOT / words[2]).namelist()
        for path in re.findall(r"/api/v1(/[\w/]+)", command.text):
            assert f'"{path.replace("ID", "{job_id}")}"' in (ROOT / "emopoi/serve/api.py").read_text()


def test_the_guides_name_commands_in_fences():
    """Fences without a language are read as well, or half of the guides would not be looked at."""
    assert {"README.md", "docs/voice.md", "docs/head.md"} <= {command.page for command in commands()}


def test_a_synopsis_is_no_command_and_the_dots_go():
    assert Command("x", "XLA_FLAGS=--a=2 python -m training.fit ...").words == [
        "python",
        "-m",
        "training.fit",
    ]
    assert not [command for command in commands() if "[--" in command.text]


@pytest.mark.parametrize("snippet", snippets(), ids=lambda snippet: f"{snippet.page}-{snippet.number}")
def test_python_runs(snippet, there, capsys):
    if (snippet.page, snippet.number) in LOOKED_AT_ALONE:
        compile(snippet.code, snippet.page, "exec")
        return
    exec(compile(BEFORE.get((snippet.page, snippet.number), "") + snippet.code, snippet.page, "exec"), {})
