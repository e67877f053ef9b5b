"""A recording becomes results; silence is told."""

import wave

import numpy as np
import pytest

from emopoi.errors import InputError
from emopoi.serve.job_kinds import KINDS, JobInput


def _job(source, results, told, **options):
    results.mkdir()
    return JobInput(
        source, "memo.wav", results, options, 20.0, 10**8, lambda share, stage: told.append((share, stage))
    )


def _speech(path, data_dir, seconds=4.0):
    import pyarrow.parquet as parquet

    table = parquet.read_table(data_dir / "voice_emotion" / "valid.parquet", columns=["audio"])
    path.write_bytes(table["audio"][0].as_py())
    return path


def test_a_recording_leaves_profile_timeline_and_notes(data_dir, tmp_path):
    told = []
    source = _speech(tmp_path / "memo.flac", data_dir)
    job = _job(source, tmp_path / "results", told, heads=False)
    KINDS["voice"].function()(job)
    names = {path.name for path in job.results.iterdir()}
    assert {"profile.json", "readings.csv", "timeline.png", "notes.txt"} <= names
    assert [stage for _, stage in told][:2] == ["loading models", "listening"]


def test_silence_is_told(tmp_path):
    with wave.open(str(tmp_path / "silence.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(np.zeros(32000, np.int16).tobytes())
    with pytest.raises(InputError, match="no voice"):
        KINDS["voice"].function()(_job(tmp_path / "silence.wav", tmp_path / "results", []))
