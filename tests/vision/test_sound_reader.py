import io
import wave

import av
import numpy as np
import pytest

from emopoi.errors import MediaError
from emopoi.vision.sound_reader import SoundReader, read_sound


def tone(rate_hz: int, seconds: float = 1.0, hz: float = 440.0) -> np.ndarray:
    return 0.4 * np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz)


def wav(samples: np.ndarray, rate_hz: int) -> bytes:
    content = io.BytesIO()
    samples = samples[:, None] if samples.ndim == 1 else samples
    with wave.open(content, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return content.getvalue()


def encoded(codec: str, ending: str, rate_hz: int, tmp_path, *, picture: bool = False, start_s: float = 0.0):
    path = tmp_path / f"sound.{ending}"
    with av.open(str(path), "w") as container:
        if picture:
            pictures = container.add_stream("mpeg4", rate=25)
            pictures.width = pictures.height = 64
            pictures.pix_fmt = "yuv420p"
        stream = container.add_stream(codec, rate=rate_hz)
        stream.layout = "mono"
        if picture:
            for number in range(25):
                frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 9 * number, np.uint8))
                frame.pts = number
                container.mux(pictures.encode(frame))
            container.mux(pictures.encode(None))
        samples = tone(rate_hz).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = rate_hz, round(start_s * rate_hz)
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate_hz, frame_size=1024)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def pitch_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * 16_000 / len(samples))


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_any_rate_comes_out_at_ours(rate_hz):
    samples = read_sound(wav(tone(rate_hz), rate_hz))
    assert abs(len(samples) - 16_000) < 40
    assert abs(pitch_hz(samples) - 440) < 2
    assert 0.35 < np.abs(samples[1000:-1000]).max() < 0.45


def test_every_channel_counts_alike():
    silent = np.zeros(16_000)
    many = np.stack([tone(16_000), silent, silent, silent, silent, silent, silent, silent], axis=1)
    assert np.abs(read_sound(wav(many, 16_000))).max() == pytest.approx(0.05, abs=0.005)


@pytest.mark.parametrize("ending", ["m4a", "flac", "mp3", "mkv"])
def test_usual_codecs(ending, tmp_path):
    codec = ending if ending in ("flac", "mp3") else "aac"
    samples = read_sound(encoded(codec, ending, 44_100, tmp_path))
    assert abs(len(samples) / 16_000 - 1.0) < 0.12
    assert abs(pitch_hz(samples[2000:14000]) - 440) < 3


def test_sound_that_begins_after_the_first_picture_waits_for_it(tmp_path):
    plain = read_sound(encoded("aac", "mp4", 48_000, tmp_path, picture=True))
    late = read_sound(encoded("aac", "mp4", 48_000, tmp_path, picture=True, start_s=0.5))
    assert len(late) - len(plain) == pytest.approx(8000, abs=700)
    assert np.abs(late[:7000]).max() < 0.01
    assert np.abs(late[9000:]).max() > 0.3


def test_pieces_are_short():
    with SoundReader(wav(tone(16_000, 60.0), 16_000)) as reader:
        lengths = [len(piece) for piece in reader]
    assert sum(lengths) == reader.samples_read == 16_000 * 60
    assert max(lengths) <= 160_000


def test_tells_of_clipping_and_of_telephones():
    with SoundReader(wav(np.clip(4 * tone(8_000), -1, 1), 8_000)) as reader:
        list(reader)
    assert any("clipped" in line for line in reader.warnings)
    assert any("8000 Hz" in line for line in reader.warnings)


def test_ten_milliseconds():
    assert 100 < len(read_sound(wav(tone(16_000, 0.01), 16_000))) <= 200


def test_a_video_without_sound(tmp_path):
    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        container.mux(stream.encode(None))
    with pytest.raises(MediaError, match="pictures but no sound"):
        SoundReader(path)


def test_a_rate_that_no_sound_has():
    content = bytearray(wav(tone(16_000), 16_000))
    content[24:28] = (7).to_bytes(4, "little")
    with pytest.raises(MediaError, match="7 samples a second"):
        SoundReader(bytes(content))


@pytest.mark.parametrize("content", [b"", b"no sound at all", b"RIFF\x00\x00\x00\x00WAVE"])
def test_refuses_what_is_no_sound(content):
    with pytest.raises(MediaError):
        read_sound(content)


def test_a_playlist_opens_no_other_file(tmp_path):
    other = encoded("mp3", "mp3", 44_100, tmp_path)
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{other}\n#EXT-X-ENDLIST\n")
    with pytest.raises(MediaError, match="no sound that can be read"):
        SoundReader(playlist)


def test_refuses_what_is_not_there(tmp_path):
    with pytest.raises(MediaError, match="no such file"):
        SoundReader(tmp_path / "nothing.wav")
    with pytest.raises(MediaError, match="folder"):
        SoundReader(tmp_path)


def test_damage_in_the_middle_costs_only_itself(tmp_path):
    content = bytearray(encoded("mp3", "mp3", 44_100, tmp_path).read_bytes())
    content[3000:3400] = bytes(400)
    samples = read_sound(bytes(content))
    assert len(samples) > 10_000
