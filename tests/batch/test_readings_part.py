import dataclasses

import numpy as np
import pyarrow.parquet
import pytest

from emopoi.batch.job import VideoFacts
from emopoi.batch.part_files import PartFiles
from emopoi.batch.readings_part import COLUMNS, ReadingsPart, reading_row
from emopoi.errors import InputError, OutputError
from emopoi.report.readings_file import CSV_COLUMNS, ReadingsWriter
from emopoi.types import EmotionProfile, EmotionReading, HeadPose

CONTENT = "3f" + "0" * 62
FACTS = VideoFacts(readings=5000, people=1, frames=5000, seconds=200.0, notes=("cut short",))


def made_reading(seed, **changes):
    draw = np.random.default_rng(seed)
    reading = EmotionReading(
        person=seed % 3 + 1,
        time_ms=40.0 * seed + draw.random(),
        box=tuple(draw.random(4) * 500),
        fer7=draw.dirichlet(np.ones(7)).astype(np.float32),
        ferplus8=draw.dirichlet(np.ones(8)).astype(np.float32),
        confidence=draw.random(),
        pose=HeadPose(*(draw.random(3) * 90 - 45)) if seed % 2 else None,
        boredom=draw.random() if seed % 3 else None,
        mouth_open=draw.random() if seed % 5 else None,
    )
    return dataclasses.replace(reading, **changes)


def test_a_row_has_the_numbers_of_readings_csv(tmp_path):
    readings = [made_reading(seed) for seed in range(300)]
    with ReadingsWriter(tmp_path) as writer:
        for reading in readings:
            writer.write(reading)
    lines = (tmp_path / "readings.csv").read_text().splitlines()[1:]
    for reading, line in zip(readings, lines, strict=True):
        assert reading_row(reading) == tuple(float(word) if word else None for word in line.split(","))


def test_a_part_has_its_name_only_when_it_is_whole(tmp_path):
    parts = PartFiles(tmp_path)
    few = [made_reading(seed) for seed in range(50)]
    with pytest.raises(RuntimeError), ReadingsPart(parts, "/a.mp4", CONTENT) as part:
        part.add(made_reading(1))
        raise RuntimeError
    assert parts.contents() == set() and not list(tmp_path.rglob("*.part"))
    with ReadingsPart(parts, "/\udcff.mp4", CONTENT) as part:
        for number in range(5000):
            part.add(few[number % len(few)])
        assert parts.contents() == set() and parts.facts(CONTENT) is None
        part.finish(FACTS, EmotionProfile("a.mp4"))
    assert parts.contents() == {CONTENT} and not list(tmp_path.rglob("*.part"))
    assert parts.facts(CONTENT) == FACTS
    assert parts.profile(CONTENT)["source"] == "a.mp4" and parts.profile("0" * 64) is None
    file = pyarrow.parquet.ParquetFile(parts.path(CONTENT))
    assert tuple(file.schema_arrow.names) == COLUMNS == ("source", "content", *CSV_COLUMNS)
    assert file.num_row_groups == 2 and file.metadata.num_rows == 5000
    table = file.read()
    assert set(table["source"].to_pylist()) == {"/\\udcff.mp4"}
    assert table["person"].to_pylist()[-50:] == [reading.person for reading in few]


def test_a_damaged_part_does_not_count(tmp_path):
    parts = PartFiles(tmp_path)
    for content in (b"", b"PAR1 rubbish PAR1", b"x" * 5000):
        parts.path(CONTENT).parent.mkdir(parents=True, exist_ok=True)
        parts.path(CONTENT).write_bytes(content)
        assert parts.facts(CONTENT) is None


def test_leftovers_of_killed_writers_are_taken_away(tmp_path):
    parts = PartFiles(tmp_path)
    ReadingsPart(parts, "/a.mp4", CONTENT).__enter__()
    assert list(tmp_path.rglob("*.part"))
    parts.clean()
    assert not list(tmp_path.rglob("*.part"))


def test_what_can_not_be_written_is_told(tmp_path):
    (tmp_path / "readings").write_text("a file in the way")
    with (
        pytest.raises(OutputError, match="can not be written"),
        ReadingsPart(PartFiles(tmp_path), "/a.mp4", CONTENT),
    ):
        pass


def test_numbers_are_finite():
    with pytest.raises(InputError, match="finite"):
        reading_row(made_reading(1, confidence=float("nan")))
