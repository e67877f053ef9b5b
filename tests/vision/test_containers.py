import io
import wave

import pytest

from emopoi.errors import MediaError
from emopoi.vision.containers import open_container, reason
from emopoi.vision.sound_reader import SoundReader


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(32_000))
    return path


def test_a_file_and_its_content_are_opened(own):
    for source in (own, str(own), io.BytesIO(own.read_bytes())):
        with open_container(source, "sound: not read") as container:
            assert len(container.streams.audio) == 1


def test_a_list_of_other_files_is_refused(own, tmp_path):
    # Whoever hands in a list would be told what is in files of this machine.
    path = tmp_path / "memo.txt"
    path.write_text(f"ffconcat version 1.0\nfile {own.name}\n")
    with pytest.raises(MediaError, match=r"memo: not read \("):
        open_container(path, "memo: not read")
    with pytest.raises(MediaError, match="no sound that can be read"):
        SoundReader(path)


def test_a_reason_is_one_line_without_the_file(tmp_path):
    path = tmp_path / "text.wav"
    path.write_text("no sound")
    with pytest.raises(MediaError) as error:
        open_container(path, "text: not read")
    assert str(error.value).startswith("text: not read (") and str(path) not in str(error.value)
    assert reason(ValueError("first\nsecond")) == "first"
