"""The page's engine does what Python does: to the last bit where pixels are concerned."""

from dataclasses import asdict
from datetime import datetime, timezone

import cv2
import h3
import numpy as np
import pytest

from emopoi.preprocess import crop_face
from emopoi.profile import ProfileBuilder
from emopoi.runtime.manifest import find_model
from emopoi.serve.device_facts import device_facts
from emopoi.serve.place_rules import place_rules
from emopoi.serve.place_tiles import RESOLUTION, PlaceTiles
from emopoi.types import (
    EMOPOI8,
    AgeRange,
    EmotionProfile,
    EmotionReading,
    Face,
    Frame,
    HeadPose,
    PersonEstimate,
    PersonProfile,
)
from emopoi.vision.head_pose import LAYOUT, head_pose
from emopoi.vision.tracker import FaceTracker, TrackerSettings
from recommender.catalogue import open_catalogue
from recommender.suggesting import recommend


def random_matrix(random, scale):
    angle = random.uniform(-1, 1)
    cosine, sine = np.cos(angle) * scale, np.sin(angle) * scale
    return [cosine, -sine, random.uniform(-30, 90), sine, cosine, random.uniform(-30, 70)]


@pytest.mark.parametrize(
    ("edge", "border"), [("black", cv2.BORDER_CONSTANT), ("repeated", cv2.BORDER_REPLICATE)]
)
def test_warps_are_opencv_s_bit_for_bit(engine, pack, unpack, edge, border):
    random = np.random.default_rng(3)
    requests, wanted = [], []
    for number in range(24):
        channels = (1, 3)[number % 2]
        image = random.integers(0, 256, (70, 110, channels)).astype(np.uint8)
        matrix = random_matrix(random, float(random.uniform(0.2, 3)))
        size = int(random.integers(16, 80))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        wanted.append(
            cv2.warpAffine(image, np.reshape(matrix, (2, 3)), (size, size), flags=flags, borderMode=border)
        )
        # A camera's pictures have a fourth channel.
        given = np.dstack([image, np.full(image.shape[:2], 255, np.uint8)]) if channels == 3 else image
        requests.append(
            ("warp", {"picture": pack(given), "matrix": matrix, "width": size, "height": size, "edge": edge})
        )
    assert sum(expected.std() > 10 for expected in wanted) > 15
    for answer, expected in zip(engine(requests), wanted, strict=True):
        np.testing.assert_array_equal(unpack(answer), expected.ravel())


def test_pictures_shrink_as_opencv_s_bit_for_bit(engine, pack, unpack):
    random = np.random.default_rng(4)
    requests, wanted = [], []
    for number in range(16):
        height, width = (int(side) for side in random.integers(40, 120, 2))
        share = float(random.uniform(0.2, 0.95))
        if number % 4 == 0:
            height, width, share = height // 4 * 4, width // 4 * 4, (0.5, 0.25)[number % 8 // 4]
        image = random.integers(0, 256, (height, width, 3)).astype(np.uint8)
        size = (max(4, round(width * share)), max(4, round(height * share)))
        wanted.append(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
        requests.append(("shrink", {"picture": pack(image), "width": size[0], "height": size[1]}))
    for answer, expected in zip(engine(requests), wanted, strict=True):
        np.testing.assert_array_equal(unpack(answer), expected.ravel())


@pytest.mark.parametrize("model", ["emotion", "age_gender"])
def test_faces_are_cut_as_for_training_bit_for_bit(engine, pack, unpack, model):
    manifest = find_model(model)
    spec = manifest.input
    random = np.random.default_rng(5)
    waves = cv2.resize(
        random.integers(0, 256, (12, 16, 3)).astype(np.uint8), (640, 480), interpolation=cv2.INTER_CUBIC
    )
    requests, wanted = [], []
    for eyes_px in (8, 20, 45, 90, 160, 230):
        angle, middle = random.uniform(-0.6, 0.6), random.uniform([150, 120], [490, 360])
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        face = np.array([[-0.5, 0], [0.5, 0], [0, 0.6], [0, 1.1], [-1, 0.2], [1, 0.2]]) * eyes_px
        points = (face @ turn.T + middle).astype(np.float32)
        wanted.append(
            crop_face(waves, Face((0, 0, 1, 1), 1.0, points), spec.layout, spec.size, grey=spec.channels == 1)
        )
        requests.append(
            ("crop", {"picture": pack(waves), "keypoints": points.ravel().tolist(), "spec": spec.to_dict()})
        )
    golden = np.load(manifest.folder / "golden.npz")
    wanted.append(golden["crop"])
    given = {"picture": pack(golden["picture"]), "keypoints": golden["keypoints"].ravel().tolist()}
    requests.append(("crop", {**given, "spec": spec.to_dict()}))
    for answer, expected in zip(engine(requests), wanted, strict=True):
        assert expected.std() > 5
        np.testing.assert_array_equal(unpack(answer), expected.ravel())


def test_heads_point_where_python_says(engine):
    random = np.random.default_rng(6)
    requests, wanted = [], []
    for _ in range(30):
        points = (LAYOUT[:, :2] * (1, -1) * 60 + random.normal(0, 6, (6, 2)) + 200).astype(np.float32)
        pose = head_pose(points)
        wanted.append(None if pose is None else [pose.yaw_deg, pose.pitch_deg, pose.roll_deg])
        requests.append(("pose", {"layout": LAYOUT.tolist(), "keypoints": points.ravel().tolist()}))
    requests.append(("pose", {"layout": LAYOUT.tolist(), "keypoints": [1.0] * 12}))
    wanted.append(None)
    assert sum(pose is not None for pose in wanted) > 20
    for answer, expected in zip(engine(requests), wanted, strict=True):
        found = None if answer is None else [answer["yaw"], answer["pitch"], answer["roll"]]
        assert (found is None) == (expected is None)
        if expected is not None:
            assert found == pytest.approx(expected, abs=1e-4)


def test_faces_are_followed_as_python_follows_them(engine):
    random = np.random.default_rng(7)
    settings = TrackerSettings()
    tracker, frames, wanted = FaceTracker(settings=settings), [], []
    image = np.zeros((480, 640, 3), np.uint8)
    places = {1: np.array([120.0, 200.0]), 2: np.array([420.0, 220.0])}
    for index in range(80):
        time_ms, faces = 40.0 * index, []
        for person, place in places.items():
            place += random.normal((1.5 if person == 1 else -1.0, 0), 4)
            # Each is hidden for a while, one for long.
            if random.random() < 0.15 or (person == 2 and 30 <= index < 55):
                continue
            x, y = place
            points = (place + random.normal(0, 20, (6, 2))).astype(np.float32)
            faces.append(Face((x - 40, y - 40, x + 40, y + 40), 0.9, points))
        frame = Frame(image=image, index=index, time_ms=time_ms)
        searched = {one.key for one in tracker.expected(time_ms)}
        people = tracker.update(faces, frame, searched=searched)
        wanted.append(
            ([(one.id, one.started, one.predicted) for one in people], [one.face.box for one in people])
        )
        told = [
            {"box": face.box, "score": face.score, "keypoints": face.keypoints.ravel().tolist()}
            for face in faces
        ]
        frames.append({"timeMs": time_ms, "faces": told})
    (answers,) = engine([("track", {"settings": asdict(settings), "frames": frames})])
    assert {identity for people, _ in wanted for identity, _, _ in people} >= {1, 2, 3}
    for answer, (people, boxes) in zip(answers, wanted, strict=True):
        assert [(one["id"], one["started"], one["predicted"]) for one in answer["people"]] == people
        for one, box in zip(answer["people"], boxes, strict=True):
            assert one["box"] == pytest.approx(box, abs=1e-6)


def test_profiles_are_python_s(engine):
    random = np.random.default_rng(8)
    builder, readings, estimates = ProfileBuilder(), [], []
    shares, time_ms = np.full(7, 1 / 7), 0.0
    for index in range(400):
        time_ms += float(random.choice([33.0, 40.0, 66.0])) if index % 97 else 2000.0
        shares = 0.8 * shares + 0.2 * random.dirichlet(np.full(7, 0.4))
        fer7 = (shares / shares.sum()).astype(np.float32)
        pose = HeadPose(*random.uniform(-45, 45, 3)) if index % 5 else None
        eyes = float(random.uniform(0.05, 0.4)) if index % 3 == 0 else None
        mouth = float(random.uniform(0, 0.8)) if index % 7 == 0 else None
        boredom, frustration, confidence = random.uniform(0, 1, 3).tolist()
        reading = EmotionReading(
            person=1 + (index % 11 == 0),
            time_ms=time_ms,
            box=(0, 0, 9, 9),
            fer7=fer7,
            ferplus8=np.zeros(8, np.float32),
            confidence=confidence,
            pose=pose,
            boredom=boredom,
            frustration=frustration,
            eyes_open=eyes,
            mouth_open=mouth,
        )
        builder.add(reading)
        turned = (
            None if pose is None else {"yaw": pose.yaw_deg, "pitch": pose.pitch_deg, "roll": pose.roll_deg}
        )
        readings.append(
            {
                "person": reading.person,
                "timeMs": time_ms,
                "fer7": fer7.tolist(),
                "confidence": confidence,
                "pose": turned,
                "boredom": boredom,
                "frustration": frustration,
                "eyesOpen": eyes,
                "mouthOpen": mouth,
            }
        )
    for weight in (0.4, 1.0, 0.7):
        age = random.dirichlet(np.ones(101)).astype(np.float32)
        builder.add_estimate(1, PersonEstimate(age=age, female=0.3, weight=weight))
        estimates.append({"person": 1, "age": age.tolist(), "female": 0.3, "weight": weight})
    given = {"facts": device_facts(), "readings": readings, "estimates": estimates}
    (found,) = engine([("profile", given)])
    wanted = builder.build("camera").to_dict()
    assert len(wanted["people"]) == len(found["people"]) == 2
    for one, other in zip(found["people"], wanted["people"], strict=True):
        assert one["age"] == other["age"] and one["abstained"] == other["abstained"]
        for name in ("observed_s", "valence", "arousal", "variability", "confidence"):
            assert one[name] == pytest.approx(other[name], abs=2e-4), name
        for name in ("fer7", "emopoi8"):
            assert one[name] == pytest.approx(other[name], abs=2e-4), name
        assert max(other["fer7"].values()) - min(other["fer7"].values()) > 0.01


def person(**shares):
    states = {state: shares.get(state, 0.0) for state in EMOPOI8}
    return PersonProfile(
        id=1,
        observed_s=30.0,
        fer7={"happy": 1.0},
        emopoi8=states,
        valence=shares.get("valence", 0.0),
        arousal=0.2,
        variability=0.1,
        confidence=0.7,
        abstained=False,
        age=AgeRange(shares.get("years", 30), 17, 40),
    )


@pytest.mark.parametrize("mode", ["lift", "match", "off"])
@pytest.mark.parametrize(
    "who",
    [
        person(Sad=0.6, Worried=0.2, Neutral=0.2, valence=-0.4),
        person(Happy=0.7, Excited=0.3, valence=0.6),
        person(Bored=0.5, Neutral=0.5, years=15),
        None,
    ],
    ids=["sad", "happy", "bored at 15", "nobody"],
)
@pytest.mark.parametrize("when", ["2026-11-30T16:05", "2026-12-05T21:40"])
def test_places_are_ranked_as_python_ranks_them(engine, mode, who, when):
    catalogue = open_catalogue(None)
    moment = datetime.fromisoformat(when).replace(tzinfo=timezone.utc)
    at = (60.1690, 24.9431)
    cells = h3.grid_disk(h3.latlng_to_cell(*at, RESOLUTION), 2)
    tiles = [PlaceTiles(catalogue).tile(cell, moment) for cell in sorted(cells)]
    profile = None if who is None else EmotionProfile(source="camera", people=(who,))
    told = None if profile is None else profile.to_dict()["people"][0]
    question = {
        "at": at,
        "whenMs": moment.timestamp() * 1000,
        "person": told,
        "mode": mode,
        "top": 12,
        "said": {},
    }
    given = {"rules": place_rules(catalogue), "tiles": tiles, "question": question, "fromCentre": False}
    (found,) = engine([("places", given)])
    wanted = recommend(profile, at=at, when=moment, mode=mode, top=12, catalogue=catalogue).places
    assert len({one.place.type for one in wanted}) > 4
    assert [one["id"] for one in found] == [one.place.id for one in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert one["score"] == pytest.approx(other.score, abs=1e-3)
        for term, value in one["terms"].items():
            assert value == pytest.approx(other.terms[term], abs=1e-3), term
        assert one["open"] == other.open.state
        assert one["reasons"] == list(other.reasons)
