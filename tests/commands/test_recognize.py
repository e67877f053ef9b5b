import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from emopoi.commands.main import main
from emopoi.demo_clip import portrait
from emopoi.types import EmotionProfile

RESULTS = {
    "profile.json", "readings.jsonl", "readings.csv", "annotated.mp4", "timeline.png", "report.html",
    "run.json",
}  # fmt: skip


def refused(capsys, *words):
    """Run a command that must end with exit code 2 and one clear line; give that line."""
    assert main(list(map(str, words))) == 2
    captured = capsys.readouterr()
    lines = [line for line in captured.err.splitlines() if line.startswith("emopoi: error:")]
    assert len(lines) == 1 and "Traceback" not in captured.err and not captured.out
    return lines[0]


def test_leaves_everything_in_the_folder(portrait_clip, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["recognize", str(portrait_clip), "--out", str(out), "--at", "60.17,24.94"]) == 0
    text = capsys.readouterr().out
    assert "Person 1" in text and "Places worth going to" in text and "OpenStreetMap" in text
    assert {path.name for path in out.iterdir()} == RESULTS
    profile = EmotionProfile.from_json((out / "profile.json").read_text())
    person = profile.person()
    assert 2.5 < person.observed_s < 3.1 and person.age is not None and person.female is not None
    readings = [json.loads(line) for line in (out / "readings.jsonl").read_text().splitlines()]
    assert set(readings[0]) == {
        "person", "time_ms", "box", "fer7", "emopoi8", "ferplus8", "confidence", "pose",
        "boredom", "frustration", "eyes_open", "mouth_open",
    }  # fmt: skip
    with open(out / "readings.csv") as file:
        assert len(list(csv.DictReader(file))) == len(readings) >= 70
    with av.open(str(out / "annotated.mp4")) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
    assert len(frames) == 75 and frames[0].shape == (240, 320, 3)
    page = (out / "report.html").read_text()
    assert "annotated.mp4" in page and "OpenStreetMap" in page


def test_the_same_clip_gives_the_same_files_byte_by_byte(portrait_clip, tmp_path):
    made = []
    # Other hash seeds give sets another order; threads may come to an end in another one.
    for number, threads in ((1, 2), (2, 2)):
        out = tmp_path / str(number)
        words = [str(portrait_clip), "--out", str(out), "--consent", "--fps", "8", "--threads", str(threads)]
        subprocess.run(
            [sys.executable, "-m", "emopoi", "recognize", *words],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONHASHSEED": str(number)},
            check=True,
            capture_output=True,
        )
        made.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert set(made[0]) == RESULTS
    assert [name for name in RESULTS if made[0][name] != made[1][name]] == []


def test_json_prints_the_profile_and_nothing_else(portrait_clip, tmp_path, capsys):
    assert main(["recognize", str(portrait_clip), "--json", "--consent", "--fps", "5"]) == 0
    printed = capsys.readouterr().out
    profile = EmotionProfile.from_json(printed)
    assert profile.source == "portrait.mp4" and len(profile.people) == 1
    assert profile.to_json() == printed.strip()


def test_figures_do_not_depend_on_the_sampling_rate(portrait_clip, capsys):
    people = []
    rates = {25: 0.0, 8: 0.3, 1.5: 1.2}  # a person is known from the second frame read on
    for rate in rates:
        assert main(["recognize", str(portrait_clip), "--json", "--consent", "--fps", str(rate)]) == 0
        people.append(EmotionProfile.from_json(capsys.readouterr().out).people[0])
    for person, missed_s in zip(people[1:], list(rates.values())[1:], strict=True):
        assert abs(people[0].observed_s - person.observed_s) < missed_s
        assert abs(people[0].valence - person.valence) < 0.12
        assert all(abs(people[0].fer7[label] - person.fer7[label]) < 0.12 for label in person.fer7)


def test_nothing_is_stored_unless_asked_for(portrait_clip, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["recognize", str(portrait_clip), "--fps", "3"]) == 0
    assert list(tmp_path.iterdir()) == []
    assert "agreed" in capsys.readouterr().err


def test_no_face_is_a_valid_answer(empty_scene, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["recognize", str(empty_scene), "--out", str(out), "--consent"]) == 0
    assert "Places worth going to" in capsys.readouterr().out
    profile = EmotionProfile.from_json((out / "profile.json").read_text())
    assert profile.people == ()
    assert {path.name for path in out.iterdir()} == RESULTS


@pytest.mark.parametrize(
    ("name", "convert"),
    [
        ("grey.png", lambda p: cv2.cvtColor(p, cv2.COLOR_RGB2GRAY)),
        ("alpha.png", lambda p: np.dstack([p[..., ::-1], np.full(p.shape[:2], 200, np.uint8)])),
        ("deep.png", lambda p: p[..., ::-1].astype(np.uint16) * 257),
        ("plain.jpg", lambda p: p[..., ::-1]),
    ],
)
def test_photos_of_every_kind(tmp_path, capsys, name, convert):
    path = tmp_path / name
    cv2.imwrite(str(path), convert(portrait()))
    assert main(["recognize", str(path), "--json", "--consent"]) == 0
    profile = EmotionProfile.from_json(capsys.readouterr().out)
    assert len(profile.people) == 1 and profile.people[0].observed_s == 1.0


def test_a_folder_of_photos_skips_and_tells_the_damaged(tmp_path, capsys):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.jpg", "c.jpg"):
        cv2.imwrite(str(folder / name), portrait()[..., ::-1])
    (folder / "b.jpg").write_bytes(b"\xff\xd8\xff damaged")
    out = tmp_path / "out"
    assert main(["recognize", str(folder), "--out", str(out), "--consent"]) == 0
    captured = capsys.readouterr()
    assert "b.jpg" in captured.err or "damaged" in captured.err
    profile = EmotionProfile.from_json((out / "profile.json").read_text())
    assert [person.id for person in profile.people] == [1, 2]
    assert len(list((out / "annotated").glob("*.jpg"))) == 2


def test_missing_file(capsys, tmp_path):
    assert "no such file" in refused(capsys, "recognize", tmp_path / "none.mp4")


def test_empty_name_and_addresses(capsys):
    assert "empty" in refused(capsys, "recognize", "")
    assert "network" in refused(capsys, "recognize", "http://example.org/clip.mp4")


def test_far_from_the_catalogue_it_says_so(capsys, empty_scene):
    assert main(["recognize", str(empty_scene), "--consent", "--at", "48.85,2.35"]) == 0
    assert "nearest place is 19" in capsys.readouterr().out


def test_empty_file(capsys, tmp_path):
    (tmp_path / "empty.mp4").touch()
    assert "empty" in refused(capsys, "recognize", tmp_path / "empty.mp4")


def test_text_renamed(capsys, tmp_path):
    (tmp_path / "text.mp4").write_text("this is not a video\n" * 50)
    assert "text.mp4" in refused(capsys, "recognize", tmp_path / "text.mp4")


def test_sound_only(capsys, sound_only):
    assert "sound" in refused(capsys, "recognize", sound_only)


def test_truncated_video_is_read_as_far_as_it_goes_or_refused(capsys, portrait_clip, tmp_path):
    whole = portrait_clip.read_bytes()
    short = tmp_path / "short.mp4"
    short.write_bytes(whole[: len(whole) // 2])
    # The index of an mp4 stands at its end: half of such a file can not be read at all.
    assert "short.mp4" in refused(capsys, "recognize", short)
    stream = tmp_path / "short.mkv"
    with av.open(str(portrait_clip)) as source, av.open(str(stream), "w") as target:
        track = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = track
                target.mux(packet)
    stream.write_bytes(stream.read_bytes()[: stream.stat().st_size // 2])
    assert main(["recognize", str(stream), "--json", "--consent"]) == 0
    assert 0.3 < EmotionProfile.from_json(capsys.readouterr().out).people[0].observed_s < 2.9


def test_damaged_frames_in_the_middle_are_skipped(capsys, portrait_clip, tmp_path):
    data = bytearray(portrait_clip.read_bytes())
    start = data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 2
    for place in range(start, start + 6000, 5):
        data[place] ^= 0x5A
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(bytes(data))
    assert main(["recognize", str(broken), "--json", "--consent"]) == 0
    captured = capsys.readouterr()
    assert EmotionProfile.from_json(captured.out).people[0].observed_s > 1.5
    assert "note:" in captured.err and "damaged" in captured.err


def test_missing_camera(capsys):
    assert "camera" in refused(capsys, "recognize", "--camera", "97")


def test_one_source_is_needed(capsys, portrait_clip):
    assert "source" in refused(capsys, "recognize")
    assert "source" in refused(capsys, "recognize", portrait_clip, "--camera", "0")


@pytest.mark.parametrize("words", [("--at", "91,24"), ("--at", "here"), ("--places", "-1"), ("--fps", "0"),
                                   ("--seconds", "0"), ("--threads", "0")])  # fmt: skip
def test_impossible_options(capsys, portrait_clip, words):
    assert words[0].strip("-").split("_")[0] in refused(capsys, "recognize", portrait_clip, *words)


def test_output_in_the_place_of_a_file(capsys, portrait_clip, tmp_path):
    (tmp_path / "out").write_text("mine")
    assert "out" in refused(capsys, "recognize", portrait_clip, "--out", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_output_where_no_folder_can_be(capsys, portrait_clip):
    refused(capsys, "recognize", portrait_clip, "--out", "/dev/null/out")


def test_cascade_without_haar(capsys, portrait_clip):
    assert "haar" in refused(capsys, "recognize", portrait_clip, "--cascade", "x.xml")


def test_a_disk_that_fills_on_the_way_costs_the_video_alone(capsys, portrait_clip, tmp_path, monkeypatch):
    from emopoi.errors import OutputError
    from emopoi.vision.sinks import VideoSink

    write, count = VideoSink.write, iter(range(1000))

    def full_after_30(self, image, time_ms):
        if next(count) >= 30:
            raise OutputError("annotated.mp4: No space left on device")
        write(self, image, time_ms)

    monkeypatch.setattr(VideoSink, "write", full_after_30)
    out = tmp_path / "out"
    assert main(["recognize", str(portrait_clip), "--out", str(out), "--json", "--consent"]) == 2
    captured = capsys.readouterr()
    assert "emopoi: error: annotated.mp4: No space left" in captured.err
    printed = EmotionProfile.from_json(captured.out)
    assert printed.people[0].observed_s > 2.5
    assert printed.to_dict() == json.loads((out / "profile.json").read_text())
    assert "No space left" in (out / "report.html").read_text()
    assert len((out / "readings.jsonl").read_text().splitlines()) >= 70


def test_each_result_is_written_even_if_another_can_not_be(capsys, portrait_clip, tmp_path, monkeypatch):
    import emopoi.recognition_outputs as outputs
    from emopoi.errors import MissingPartError

    def no_matplotlib(*_):
        raise MissingPartError("the timeline picture needs matplotlib")

    monkeypatch.setattr(outputs, "draw_timeline", no_matplotlib)
    out = tmp_path / "out"
    assert main(["recognize", str(portrait_clip), "--out", str(out), "--fps", "8", "--consent"]) == 2
    assert {path.name for path in out.iterdir()} == RESULTS - {"timeline.png"}
    assert "Person 1" in capsys.readouterr().out


def test_pictures_of_an_earlier_run_do_not_stay(tmp_path, capsys):
    folder, out = tmp_path / "photos", tmp_path / "out"
    folder.mkdir()
    for name in ("ann.jpg", "bob.png"):
        cv2.imwrite(str(folder / name), portrait()[..., ::-1])
    assert main(["recognize", str(folder), "--out", str(out), "--consent"]) == 0
    assert {path.name for path in (out / "annotated").iterdir()} == {"ann.jpg", "bob.png"}
    told = json.loads((out / "run.json").read_text())
    people = json.loads((out / "profile.json").read_text())["people"]
    assert [person["photo"] for person in people] == ["ann.jpg", "bob.png"]
    assert "Person 2 (bob.png," in capsys.readouterr().out
    assert told["photos"] == [{"photo": "ann.jpg", "people": [1]}, {"photo": "bob.png", "people": [2]}]
    assert told["detector"] == "PhotoDetector" and "emotion_time" not in told["models"]
    (folder / "ann.jpg").unlink()
    (out / "annotated" / "mine.txt").write_text("not yours")
    assert main(["recognize", str(folder), "--out", str(out), "--consent"]) == 0
    assert {path.name for path in (out / "annotated").iterdir()} == {"bob.png", "mine.txt"}


def test_a_small_face_in_a_photo_gets_an_age(tmp_path, capsys):
    small = cv2.resize(portrait()[..., ::-1], (128, 128), interpolation=cv2.INTER_AREA)
    picture = np.full((300, 400, 3), 90, np.uint8)
    picture[100:228, 100:228] = small
    cv2.imwrite(str(tmp_path / "small.png"), picture)
    assert main(["recognize", str(tmp_path / "small.png"), "--json", "--consent"]) == 0
    (person,) = EmotionProfile.from_json(capsys.readouterr().out).people
    assert person.age is not None


def test_one_frame_of_a_video_is_told(portrait_clip, capsys):
    assert main(["recognize", str(portrait_clip), "--fps", "0.2", "--json", "--consent"]) == 0
    captured = capsys.readouterr()
    assert EmotionProfile.from_json(captured.out).people == () and "one frame was read" in captured.err


def test_a_damaged_model_file_is_refused_by_its_hash(capsys, portrait_clip, tmp_path, monkeypatch):
    import shutil

    from emopoi.runtime.manifest import models_folder

    shutil.copytree(models_folder(), tmp_path / "models")
    file = tmp_path / "models" / "emotion" / "model.tflite"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    monkeypatch.setenv("EMOPOI_MODELS", str(tmp_path / "models"))
    assert "sha256" in refused(capsys, "recognize", portrait_clip)


def test_control_c_keeps_what_was_read(portrait_clip, tmp_path, monkeypatch, capsys):
    from emopoi.pipeline import Pipeline

    process = Pipeline.process

    def stop_at_40(self, frame):
        if frame.index == 40:
            raise KeyboardInterrupt
        return process(self, frame)

    monkeypatch.setattr(Pipeline, "process", stop_at_40)
    out = tmp_path / "out"
    assert main(["recognize", str(portrait_clip), "--out", str(out), "--consent"]) == 130
    assert {path.name for path in out.iterdir()} == RESULTS
    assert EmotionProfile.from_json((out / "profile.json").read_text()).people[0].observed_s > 1
    with av.open(str(out / "annotated.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 40
    assert "stopped by you" in capsys.readouterr().err


def test_haar_works_too(portrait_clip, capsys):
    assert main(["recognize", str(portrait_clip), "--detector", "haar", "--json", "--consent"]) == 0
    assert EmotionProfile.from_json(capsys.readouterr().out).people


def test_the_device_path_loads_no_tensorflow(portrait_clip, tmp_path):
    program = (
        "import sys; from emopoi.commands.main import main;"
        f"words = ['recognize', {str(portrait_clip)!r}, '--out', {str(tmp_path / 'out')!r}];"
        "code = main(words);"
        "heavy = [m for m in ('tensorflow', 'keras', 'mediapipe', 'jax', 'pandas') if m in sys.modules];"
        "print('heavy:', heavy, 'code:', code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.splitlines()[-1] == "heavy: [] code: 0", done.stderr


def test_the_prototypes_name_does_the_same(portrait_clip):
    script = Path(__file__).parents[2] / "emotion_age_gender_recognition.py"
    done = subprocess.run(
        [sys.executable, str(script), "--video", str(portrait_clip), "--json", "--consent"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert EmotionProfile.from_json(done.stdout).people


def test_every_clip(data_dir, capsys):
    """Found faces by clip: as many people as index.csv says are on the screen."""
    with open(data_dir / "videos" / "index.csv") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        words = ["recognize", str(data_dir / "videos" / row["file"]), "--json", "--consent", "--fps", "10"]
        assert main(words) == 0
        profile = EmotionProfile.from_json(capsys.readouterr().out)
        assert len(profile.people) == int(row["people"]), row["file"]


@pytest.mark.parametrize("method", ["solver", "network"])
def test_coefficients_stand_in_the_readings_by_name(portrait_clip, tmp_path, capsys, method):
    out = tmp_path / "out"
    words = ["recognize", str(portrait_clip), "--out", str(out), "--no-video", "--no-age", "--places", "0"]
    assert main([*words, "--fps", "8", "--consent", "--coefficients", method]) == 0
    assert "Person 1" in capsys.readouterr().out
    readings = [json.loads(line) for line in (out / "readings.jsonl").read_text().splitlines()]
    told = [reading for reading in readings if reading["coefficients"]]
    assert len(told) >= 0.9 * len(readings) >= 18
    shown = np.mean([list(reading["coefficients"]["expression"].values()) for reading in told], axis=0)
    names = list(told[0]["coefficients"]["expression"])
    smiles = [shown[names.index(f"mouthSmile{side}")] for side in ("Left", "Right")]
    assert len(names) == 51 and min(smiles) > 0.1  # she smiles
    assert all(reading["coefficient_fer7"]["happy"] > 0.5 for reading in told[2:])
    assert all(reading["mouth_open"] is not None and reading["pose"] for reading in told)
    lids = [reading["eyes_open"] is not None for reading in told]
    assert all(lids) if method == "solver" else any(lids)
    settled = [reading["coefficients"]["identity"] for reading in told]
    assert np.abs(np.subtract(settled[-1], settled[-2])).max() < 0.2
    run = json.loads((out / "run.json").read_text())
    assert run["settings"]["coefficients"] == method and "coefficient_emotion" in run["models"]
    assert ("face_coefficients" in run["models"]) == (method == "network")


def test_a_photo_has_coefficients_too(tmp_path, capsys):
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), portrait()[..., ::-1])
    out = tmp_path / "out"
    words = ["recognize", str(photo), "--out", str(out), "--no-video", "--no-age", "--places", "0"]
    assert main([*words, "--consent", "--coefficients"]) == 0
    (reading,) = [json.loads(line) for line in (out / "readings.jsonl").read_text().splitlines()]
    assert reading["coefficients"]["expression"]["mouthSmileLeft"] > 0.1 and reading["eyes_open"] > 0.2


def test_heads_are_for_coefficients(portrait_clip, capsys, tmp_path):
    assert "--head is for --coefficients" in refused(capsys, "recognize", portrait_clip, "--head", "x.npz")
    asked = ("recognize", portrait_clip, "--coefficients", "solver", "--head", tmp_path / "none.npz")
    assert "no such file" in refused(capsys, *asked)
