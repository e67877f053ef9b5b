from fractions import Fraction

import av
import numpy as np
import pytest

from emopoi.errors import MediaError
from emopoi.vision.media import open_media
from emopoi.vision.sinks import VideoSink

RATE_HZ = 16_000
PIP_S = 0.8  # when the tone starts


def clip_with_sound(path, *, codec="aac", seconds=2.0, fps=25, picture_from_s=0.0, channels="mono"):
    """Grey pictures; silence, and from `PIP_S` on (counted from the first picture) a tone."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=fps)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream(codec, rate=RATE_HZ, layout=channels) if codec else None
        for index in range(round(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="rgb24")
            frame.pts, frame.time_base = index + round(picture_from_s * fps), Fraction(1, fps)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None:
            times = np.arange(round((seconds + picture_from_s) * RATE_HZ)) / RATE_HZ
            wave = np.where(times >= PIP_S + picture_from_s, np.sin(2 * np.pi * 500 * times), 0)
            for start in range(0, len(wave), 1024):
                part = (20_000 * wave[start : start + 1024]).astype(np.int16)
                part = np.repeat(part, 2) if channels == "stereo" else part
                frame = av.AudioFrame.from_ndarray(part[None], format="s16", layout=channels)
                frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
                container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


def heard(path):
    """Codec, times in seconds and loudness (one value a millisecond) of the sound of a file."""
    with av.open(str(path)) as container:
        (stream,) = container.streams.audio
        resampler = av.AudioResampler(format="s16", layout="mono", rate=8000)
        parts, start = [], None
        for frame in container.decode(stream):
            for piece in resampler.resample(frame):
                start = float(piece.pts * piece.time_base) if start is None else start
                parts.append(piece.to_ndarray()[0])
        wave = np.abs(np.concatenate(parts).astype(float))
    wave = wave[: len(wave) // 8 * 8].reshape(-1, 8).max(axis=1)
    return stream.codec_context.name, start + np.arange(len(wave)) / 1000, wave


def copied(source, path, *, until_s=99.0, **options):
    """Write the pictures of a clip again, with its sound."""
    with open_media(source) as media, VideoSink(path, fps=media.fps, sound_from=source, **options) as sink:
        for frame in media:
            if frame.time_ms < 1000 * until_s:
                sink.write(frame.image, frame.time_ms)
    return sink


@pytest.mark.parametrize(
    ("name", "codec", "becomes"),
    [
        ("a.mp4", "aac", "aac"),
        ("a.mkv", "aac", "aac"),
        ("a.ts", "aac", "aac"),
        ("a.mov", "pcm_s16le", "aac"),
        ("a.mkv", "pcm_s16le", "aac"),
        ("a.mkv", "flac", "flac"),
    ],
)
@pytest.mark.parametrize("picture_from_s", [0.0, 0.4])
def test_the_sound_stays_where_it_was(tmp_path, name, codec, becomes, picture_from_s):
    source = clip_with_sound(tmp_path / name, codec=codec, picture_from_s=picture_from_s)
    sink = copied(source, tmp_path / "out.mp4")
    found, times_s, loud = heard(tmp_path / "out.mp4")
    assert sink.sound_codec == found == becomes
    assert times_s[np.argmax(loud > 8000)] == pytest.approx(PIP_S, abs=0.03)
    assert times_s[-1] == pytest.approx(2.0, abs=0.1)
    with open_media(tmp_path / "out.mp4") as media:
        assert [frame.time_ms for frame in media] == pytest.approx(40 * np.arange(50), abs=1)


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_it_ends_with_the_pictures(tmp_path, codec):
    source = clip_with_sound(tmp_path / "a.mkv", codec=codec)
    copied(source, tmp_path / "out.mp4", until_s=1.2)
    _, times_s, loud = heard(tmp_path / "out.mp4")
    assert times_s[-1] == pytest.approx(1.2, abs=0.1)
    assert loud[times_s > 1.0].max() > 8000


def test_copied_sound_is_not_touched(tmp_path):
    source = clip_with_sound(tmp_path / "a.mp4")
    copied(source, tmp_path / "out.mp4")
    packets = []
    for path in (source, tmp_path / "out.mp4"):
        with av.open(str(path)) as container:
            packets.append([bytes(packet) for packet in container.demux(audio=0) if packet.size])
    # The encoder's lead-in lies before the first picture.
    assert packets[1] == packets[0][-len(packets[1]) :] and len(packets[0]) - len(packets[1]) <= 1


def test_two_channels_stay_two(tmp_path):
    source = clip_with_sound(tmp_path / "a.mkv", codec="pcm_s16le", channels="stereo")
    copied(source, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.audio[0].codec_context.channels == 2


def test_a_clip_without_sound_gives_one_without(tmp_path):
    source = clip_with_sound(tmp_path / "a.mp4", codec=None)
    sink = copied(source, tmp_path / "out.mp4")
    assert sink.sound_codec is None and sink.frames_written == 50
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio and len(container.streams.video) == 1


def test_a_file_cut_in_the_middle_keeps_what_there_is(tmp_path):
    source = clip_with_sound(tmp_path / "a.ts", seconds=4.0)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    sink = copied(source, tmp_path / "out.mp4")
    _, times_s, _ = heard(tmp_path / "out.mp4")
    assert sink.frames_written > 20 and 0 < times_s[-1] < 4


def test_sound_of_nothing_is_told_before_any_work(tmp_path):
    (tmp_path / "text.mp4").write_text("no video")
    for name in ("absent.mp4", "text.mp4"):
        with pytest.raises(MediaError, match=name):
            VideoSink(tmp_path / "out.mp4", sound_from=tmp_path / name)
    assert not (tmp_path / "out.mp4").exists()


def test_without_a_frame_the_sound_is_not_written_either(tmp_path):
    source = clip_with_sound(tmp_path / "a.mp4")
    with VideoSink(tmp_path / "out.mp4", sound_from=source):
        pass
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.mp4"]
