"""What is fuzzed: each target reads a file from others, and may refuse it with an EmopoiError alone."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from emopoi.errors import EmopoiError
from tests.fuzz import seeds
from tests.fuzz.damage import any_json, damaged_bytes, damaged_json, damaged_rows, json_bytes

Example = tuple[str, bytes]
"""A file's name (what it was made of) and content."""

_MOST_FRAMES = 12
_MOST_PIECES = 8


@dataclass(frozen=True)
class Target:
    """One way in.

    Attributes:
        name: for the command line.
        examples: makes the strategy that damaged files are drawn from.
        read: reads a damaged file in a folder of its own.
    """

    name: str
    examples: Callable[[], st.SearchStrategy[Example]]
    read: Callable[[Path], None]


def _bytes_of(files: list[seeds.Seed]) -> st.SearchStrategy[Example]:
    return st.one_of([st.tuples(st.just(name), damaged_bytes(content)) for name, content in files])


def _media_examples() -> st.SearchStrategy[Example]:
    return _bytes_of([*seeds.photos(), *seeds.clips(), *seeds.real_clips()])


def _read_media(path: Path) -> None:
    from emopoi.vision.media import open_media

    with open_media(path) as source:
        last_ms = -1.0
        for frame in itertools.islice(source, _MOST_FRAMES):
            assert frame.image.dtype == np.uint8 and frame.image.ndim == 3 and frame.image.shape[2] == 3
            assert frame.image.size and frame.time_ms >= last_ms
            last_ms = frame.time_ms


def _sound_examples() -> st.SearchStrategy[Example]:
    return _bytes_of([*seeds.sounds(), *[clip for clip in seeds.clips() if clip[0] == "clip.mp4"]])


def _read_sound(path: Path) -> None:
    from emopoi.vision.sound_reader import SoundReader

    with SoundReader(path) as reader:
        for samples in itertools.islice(reader, _MOST_PIECES):
            assert samples.dtype == np.float32 and samples.ndim == 1 and np.isfinite(samples).all()
        assert all(isinstance(line, str) for line in reader.warnings)


def _manifest_examples() -> st.SearchStrategy[Example]:
    import json

    by_model = []
    for name, data in seeds.manifests():
        by_model += [
            st.tuples(st.just(name), damaged_json(data)),
            st.tuples(st.just(name), damaged_bytes(json.dumps(data).encode())),
        ]
    return st.one_of(by_model)


def _read_manifest(path: Path) -> None:
    from emopoi.runtime.frozen_model import FrozenModel
    from emopoi.runtime.manifest import Manifest, models_folder

    folder = path.parent / "model"
    folder.mkdir()
    # Beside the damaged manifest lie the model's true files.
    for file in (models_folder() / path.name).glob("*.tflite"):
        os.link(file, folder / file.name) if _same_disk(file, folder) else os.symlink(
            file, folder / file.name
        )
    os.replace(path, folder / "manifest.json")
    manifest = Manifest.read(folder)
    model = FrozenModel(manifest)
    with contextlib.suppress(EmopoiError):
        model.run(**{name: np.zeros(tensor.shape, np.float32) for name, tensor in _small(manifest).items()})


def _same_disk(one: Path, other: Path) -> bool:
    return one.stat().st_dev == other.stat().st_dev


def _small(manifest: Any) -> dict[str, Any]:
    """Its inputs, unless a damaged shape would need gigabytes."""
    sizes = [abs(int(np.prod(np.array(tensor.shape, float)))) for tensor in manifest.inputs.values()]
    good = all(size < 1_000_000 for size in sizes) and all(
        side > 0 for tensor in manifest.inputs.values() for side in tensor.shape
    )
    return dict(manifest.inputs) if good else {}


def _profile_examples() -> st.SearchStrategy[Example]:
    import json

    told = seeds.profiles()[0]
    return st.tuples(
        st.just("profile.json"),
        damaged_json(told) | damaged_bytes(json.dumps(told).encode()) | any_json().map(json_bytes),
    )


def _read_profile(path: Path) -> None:
    from emopoi.types import EmotionProfile

    profile = EmotionProfile.from_json(path.read_bytes())
    again = EmotionProfile.from_json(profile.to_json())
    assert again.to_dict() == profile.to_dict()
    profile.person()


def _places_examples() -> st.SearchStrategy[Example]:
    import pyarrow

    def table(name: str, rows: list[dict[str, Any]]) -> st.SearchStrategy[Example]:
        def content(changed: list[dict[str, Any]]) -> bytes | None:
            try:
                return seeds.parquet_bytes(changed)
            except (pyarrow.ArrowException, UnicodeError, OverflowError):
                return None

        return st.tuples(st.just(name), damaged_rows(rows).map(content).filter(bool))

    return st.one_of(
        _bytes_of(seeds.place_files()),
        *[st.tuples(st.just(name), damaged_json(value)) for name, value in seeds.place_objects()],
        *[table(name, rows) for name, rows in seeds.place_tables()],
    )


def _read_places(path: Path) -> None:
    from recommender.catalogue.import_places import import_places
    from recommender.catalogue.open_catalogue import open_catalogue

    if path.name == "catalogue.json":
        catalogue = open_catalogue(path)
    else:
        into = path.with_name("catalogue.duckdb")
        import_places([path], into, threads=1, memory_mb=128)
        catalogue = open_catalogue(into)
    assert len(catalogue.places(catalogue.near((60.17, 24.94), 5000.0).row)) <= len(catalogue)
    catalogue.facts()
    catalogue.search("kulma")


def _tflite_examples() -> st.SearchStrategy[Example]:
    return st.one_of(
        [
            st.tuples(st.just(f"{name}.tflite"), damaged_bytes(content, places))
            for name, content, places in seeds.models()
        ]
    )


def _read_tflite(path: Path) -> None:
    from emopoi.runtime.interpreter import RUNTIMES, TFLiteModel
    from emopoi.runtime.model_metadata import read_metadata
    from emopoi.runtime.tflite_file import operator_codes

    content = path.read_bytes()
    with contextlib.suppress(EmopoiError):
        read_metadata(content)
    with contextlib.suppress(EmopoiError):
        operator_codes(content)
    refusal: EmopoiError | None = None
    for runtime in RUNTIMES:
        try:
            TFLiteModel(content, runtime=runtime)
        except EmopoiError as error:
            refusal = error
    if refusal is not None:
        raise refusal


TARGETS = {
    target.name: target
    for target in (
        Target("media", _media_examples, _read_media),
        Target("sound", _sound_examples, _read_sound),
        Target("manifest", _manifest_examples, _read_manifest),
        Target("profile", _profile_examples, _read_profile),
        Target("places", _places_examples, _read_places),
        Target("tflite", _tflite_examples, _read_tflite),
    )
}
