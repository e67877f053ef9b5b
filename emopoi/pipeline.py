"""Joins the stages of the main job: frames in, readings and a profile out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from emopoi.coefficient_stage import CoefficientStage, ReadShape
from emopoi.errors import InputError, MissingPartError, ModelFileError
from emopoi.head.face_track_solver import FaceTrackSolver, StillSolver
from emopoi.head.head_model import HeadModel
from emopoi.head.landmark_solver import LandmarkSolver
from emopoi.head.track_solver import TrackSolver
from emopoi.landmark_stage import LandmarkStage
from emopoi.profile import ProfileBuilder, ProfileSettings
from emopoi.profile.own_labels import OwnLabelsProfileBuilder
from emopoi.runtime.age_gender_reader import FrozenAgeGenderReader
from emopoi.runtime.coefficient_emotion_reader import CoefficientEmotionReader
from emopoi.runtime.emotion_reader import EmotionReader, FrozenEmotionReader, visibility
from emopoi.runtime.estimate_schedule import EstimateSchedule, EstimateSettings
from emopoi.runtime.expression_memory import ExponentialMemory, ExpressionMemory, LstmMemory
from emopoi.runtime.face_coefficients_reader import FaceCoefficientsReader
from emopoi.runtime.frozen_head import load_head
from emopoi.runtime.frozen_model import FrozenModel
from emopoi.runtime.landmark_emotion_reader import LandmarkEmotionReader
from emopoi.runtime.own_labels_reader import OwnLabelsReader, labels_of, load_own_model
from emopoi.runtime.states_reader import FrozenStatesReader
from emopoi.types import EmotionProfile, EmotionReading, Frame, HeadPose, PersonEstimate, TrackedFace
from emopoi.vision.blazeface_detector import BlazeFaceDetector
from emopoi.vision.blazeface_files import EYES, LANDMARKS, read_blazeface_files
from emopoi.vision.eye_landmarks import EyeLandmarks
from emopoi.vision.face_detector import FaceDetector
from emopoi.vision.face_follower import FaceFollower
from emopoi.vision.face_landmarks import FaceLandmarks
from emopoi.vision.haar_detector import HaarDetector
from emopoi.vision.head_pose import head_pose
from emopoi.vision.lid_reader import LidReader, Lids
from emopoi.vision.media import MediaSource, open_media
from emopoi.vision.mesher import Mesher
from emopoi.vision.photo_detector import PhotoDetector
from emopoi.vision.refined_landmarks import RefinedLandmarks

DETECTORS = ("mediapipe", "haar")
TEMPORAL = ("lstm", "ema", "none")
COEFFICIENTS = ("none", "solver", "network")
SOURCES = ("pixels", "landmarks")


class FaceFinder(Protocol):
    """Finds and follows the faces of a source."""

    def faces(self, frame: Frame) -> list[TrackedFace]:
        """The people of the next frame."""
        ...

    def pop_ended(self) -> list[int]:
        """Ids of the tracks that ended since the last call."""
        ...


class PersonReader(Protocol):
    """Estimates age and gender."""

    def estimate(self, frame: Frame, face: TrackedFace, pose: HeadPose | None = None) -> PersonEstimate:
        """Estimate from one face."""
        ...


class EyeReader(Protocol):
    """Looks at eyelids and mouth."""

    def read(self, frame: Frame, face: TrackedFace, pose: HeadPose | None = None) -> Lids | None:
        """Look at one face, or not if it is not time."""
        ...

    def forget(self, person: int) -> None:
        """Drop what is kept of a track that ended."""
        ...


class ShapeReader(Protocol):
    """Reads a head's coefficients."""

    def read(self, frame: Frame, face: TrackedFace) -> ReadShape | None:
        """Read one face, None where no points could be placed."""
        ...

    def forget(self, person: int) -> None:
        """Drop what is kept of a track that ended."""
        ...


@dataclass(frozen=True, slots=True)
class RecognitionSettings:
    """What to run; saved beside its results.

    Attributes:
        detector: "mediapipe" (default; falls back to "haar" where its models are missing) or "haar".
        temporal: what is remembered of each followed face: "lstm" the temporal model's state, "ema" a mean
            of its expressions that fades with time, "none" nothing. docs/time.md compares them.
        age_gender: estimate age range and gender.
        states: read boredom, frustration and, in videos, eyelids and yawns.
        emotion_model: name or folder of the frame model.
        time_model: name or folder of the temporal model.
        person_model: name or folder of the age and gender model.
        states_model: name or folder of the heads for boredom and frustration.
        variant: of all three, "int8" or "float16"; None takes each manifest's default.
        threads: used inside one model run.
        bundle: folder of detector models for a device without the mediapipe package.
        cascade: Haar cascade file of the user's own.
        own_model: folder of a model that was retrained on the user's own pictures.
        coefficients: read a 3D head's coefficients off every face: "none", "solver" (best) or "network"
            (quickest). docs/face3d.md compares them.
        coefficient_model: name or folder of the network that reads them.
        coefficient_emotion_model: name or folder of the network that names expressions from them.
        head: file of a head of the user's own; None takes the one that ships.
        read_from: what expressions are named from: "pixels", or "landmarks", 468 points of the face and
            nothing else; then neither states nor labels of one's own are read.
        landmark_model: name or folder of the network that names expressions from points.
    """

    detector: str = "mediapipe"
    temporal: str = "lstm"
    age_gender: bool = True
    states: bool = True
    emotion_model: str = "emotion"
    time_model: str = "emotion_time"
    person_model: str = "age_gender"
    states_model: str = "states"
    variant: str | None = None
    threads: int = 1
    bundle: str | None = None
    cascade: str | None = None
    own_model: str | None = None
    coefficients: str = "none"
    coefficient_model: str = "face_coefficients"
    coefficient_emotion_model: str = "coefficient_emotion"
    head: str | None = None
    read_from: str = "pixels"
    landmark_model: str = "landmark_emotion"

    def __post_init__(self) -> None:
        if self.read_from not in SOURCES:
            raise InputError(f"read_from: one of {', '.join(SOURCES)} was expected, got {self.read_from!r}")
        if self.read_from == "landmarks" and self.own_model is not None:
            raise InputError("a model of your own reads pixels: not with landmarks")
        if self.detector not in DETECTORS:
            raise InputError(f"detector: one of {', '.join(DETECTORS)} was expected, got {self.detector!r}")
        if self.temporal not in TEMPORAL:
            raise InputError(f"temporal: one of {', '.join(TEMPORAL)} was expected, got {self.temporal!r}")
        if self.coefficients not in COEFFICIENTS:
            raise InputError(
                f"coefficients: one of {', '.join(COEFFICIENTS)} was expected, got {self.coefficients!r}"
            )


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What was seen in one frame; `readings` and `faces` are in the same order."""

    frame: Frame
    faces: tuple[TrackedFace, ...]
    readings: tuple[EmotionReading, ...]
    estimates: tuple[tuple[int, PersonEstimate], ...] = ()


class Pipeline:
    """The stages after decoding, joined.

    Args:
        finder: faces with ids.
        emotion: expression of each face.
        person: age and gender, or None.
        schedule: when `person` is asked.
        eyes: eyelids and mouth, or None.
        shapes: coefficients of a head, or None. Where it saw a face, pose, lids and mouth are its own.
    """

    def __init__(
        self,
        finder: FaceFinder,
        emotion: EmotionReader,
        person: PersonReader | None = None,
        schedule: EstimateSchedule | None = None,
        eyes: EyeReader | None = None,
        shapes: ShapeReader | None = None,
    ) -> None:
        self._finder = finder
        self._emotion = emotion
        self._person = person
        self._schedule = schedule or EstimateSchedule()
        self._eyes = eyes
        self._shapes = shapes

    def process(self, frame: Frame) -> FrameResult:
        """Read one frame; frames come in the order of their times."""
        faces = self._finder.faces(frame)
        for ended in self._finder.pop_ended():
            self._emotion.forget(ended)
            self._schedule.forget(ended)
            if self._eyes:
                self._eyes.forget(ended)
            if self._shapes:
                self._shapes.forget(ended)
        readings = []
        estimates = []
        for face in faces:
            shape = self._shapes.read(frame, face) if self._shapes else None
            if shape is not None:
                pose: HeadPose | None = shape.pose
            else:
                pose = head_pose(face.face.keypoints) if face.face.measured else None
            reading = self._emotion.read(frame, face, pose)
            lids = self._eyes.read(frame, face, pose) if self._eyes else None
            if lids is not None:
                reading = replace(reading, eyes_open=lids.eyes_open, mouth_open=lids.mouth_open)
            if shape is not None:
                reading = _with_shape(reading, shape)
            readings.append(reading)
            seen = not face.predicted and self._person is not None
            if seen and self._schedule.due(face.id, frame.time_ms, visibility(face, pose)):
                estimates.append((face.id, self._person.estimate(frame, face, pose)))  # type: ignore[union-attr]
        return FrameResult(frame, tuple(faces), tuple(readings), tuple(estimates))

    def run(
        self, frames: Iterator[Frame] | MediaSource, builder: ProfileBuilder, *, name_photos: bool = False
    ) -> Iterator[FrameResult]:
        """Read all frames into the builder, handing out each frame's result on the way.

        Args:
            frames: in the order of their times.
            builder: of the profile.
            name_photos: write the photo's name to each person, for folders.
        """
        for frame in frames:
            result = self.process(frame)
            for reading in result.readings:
                builder.add(reading)
                if frame.name is not None and name_photos:
                    builder.add_photo(reading.person, frame.name)
            for person, estimate in result.estimates:
                builder.add_estimate(person, estimate)
            yield result


def _with_shape(reading: EmotionReading, shape: ReadShape) -> EmotionReading:
    return replace(
        reading,
        coefficients=shape.coefficients,
        coefficient_fer7=shape.fer7,
        mouth_open=shape.mouth_open,
        eyes_open=reading.eyes_open if shape.eyes_open is None else shape.eyes_open,
    )


@dataclass(frozen=True, slots=True)
class ShapeModels:
    """What reads a head's coefficients.

    Attributes:
        head: the head.
        mesher: places the points.
        network: reads coefficients; None where they are solved.
        emotion: names expressions from coefficients, or None.
        sees_lids: the mesher looks at eyelids in every frame.
    """

    head: HeadModel
    mesher: Mesher
    network: FrozenModel | None
    emotion: FrozenModel | None
    sees_lids: bool


@dataclass(frozen=True, slots=True)
class PointModels:
    """What names expressions from face points.

    Attributes:
        mesher: places the points.
        reader: names expressions.
    """

    mesher: Mesher
    reader: LandmarkEmotionReader


@dataclass(frozen=True, slots=True)
class LoadedModels:
    """The frozen models and the detector of one run, and what was fallen back to.

    Attributes:
        photo: loaded for photos, each a picture of its own.
        emotion: frame model, or the network of `points`.
        time: temporal model, None where it is not asked.
        person: age and gender model, None where it is switched off.
        detector: photos are searched wider than the frames of a video.
        notes: one line for each thing that is not as asked.
        own: the user's own model, or None.
        temporal: of `TEMPORAL`, what is remembered of each face: nothing between photos.
        states: heads for boredom and frustration, None where they are not read.
        eyes: networks of lids and mouth, None where exhaustion is not read or `shapes` sees the lids.
        shapes: what reads a head's coefficients, None where they are not read.
        points: what names expressions from points, None where pixels are read.
    """

    photo: bool
    emotion: FrozenModel
    time: FrozenModel | None
    person: FrozenModel | None
    detector: FaceDetector
    notes: tuple[str, ...]
    own: FrozenModel | None = None
    temporal: str = "none"
    states: FrozenModel | None = None
    eyes: tuple[EyeLandmarks, FaceLandmarks | None] | None = None
    shapes: ShapeModels | None = None
    points: PointModels | None = None


def load_models(settings: RecognitionSettings, *, photo: bool = False) -> LoadedModels:
    """Load what the settings name and the kind of source needs.

    Args:
        settings: what was asked for.
        photo: each frame is a picture of its own: wider search, no memory over frames.

    Raises:
        ModelFileError: a frozen model is missing or damaged.
        MissingPartError: no TFLite runtime is installed, or no landmark network where points are read.
        InputError: a bundle or cascade was named that is not there.
    """
    notes: list[str] = []
    temporal = "none" if photo else settings.temporal
    from_points = settings.read_from == "landmarks"
    if from_points and temporal == "lstm":
        # The LSTM reads what the network of pictures sees.
        temporal = "ema"

    def load(name: str) -> FrozenModel:
        return FrozenModel.load(name, settings.variant, threads=settings.threads)

    emotion = load(settings.landmark_model if from_points else settings.emotion_model)
    detector = _detector(settings, photo, notes)
    # Labels of one's own take the place of the states.
    reads_states = settings.states and settings.own_model is None and not from_points
    points = _points(settings, detector, emotion, notes) if from_points else None
    shapes = _shapes(load, settings, notes) if settings.coefficients != "none" else None
    eyes = None
    if reads_states and not photo and not (shapes and shapes.sees_lids):
        eyes = _eyes(settings, detector, notes)
    return LoadedModels(
        photo=photo,
        emotion=emotion,
        time=load(settings.time_model) if temporal == "lstm" else None,
        person=load(settings.person_model) if settings.age_gender else None,
        detector=detector,
        states=_states(load, settings, emotion, notes) if reads_states else None,
        # The mouth is seen in the points of every frame already.
        eyes=(eyes[0], None) if eyes and shapes else eyes,
        shapes=shapes,
        points=points,
        notes=tuple(notes),
        own=None
        if settings.own_model is None
        else load_own_model(settings.own_model, threads=settings.threads),
        temporal=temporal,
    )


def model_files(models: LoadedModels) -> dict[str, str]:
    """Variant and hash of every frozen model file, by the model's name: which files they were."""
    asked = [models.emotion, models.person, models.time, models.states]
    if models.shapes:
        asked += [models.shapes.network, models.shapes.emotion]
    return {model.manifest.name: model_file(model) for model in asked if model}


def model_file(model: FrozenModel) -> str:
    """Variant and hash of one model's file."""
    return f"{model.variant} {model.manifest.files[model.variant].sha256[:16]}"


def is_photo(media: MediaSource) -> bool:
    """Whether each frame is a picture of its own: no state over time, nobody seen twice."""
    return media.kind in ("photo", "folder")


def profile_settings(media: MediaSource, sample_fps: float | None = None) -> ProfileSettings:
    """How readings of this source are weighed: a seldom read one is not full of absences.

    Args:
        media: the open source.
        sample_fps: frames a second that are read, None for all.
    """
    rates = [rate for rate in (sample_fps, media.fps) if rate]
    pause_s = 1.5 / min(rates) if rates else 0.0
    usual = ProfileSettings()
    return replace(usual, stills=is_photo(media), max_gap_s=max(usual.max_gap_s, pause_s))


def profile_builder(models: LoadedModels, settings: ProfileSettings) -> ProfileBuilder:
    """What sums up the readings of these models."""
    if models.own is None:
        return ProfileBuilder(settings)
    return OwnLabelsProfileBuilder(labels_of(models.own.manifest), models.own.manifest.name, settings)


def build_pipeline(models: LoadedModels) -> Pipeline:
    """Join the stages for one source."""
    states = FrozenStatesReader(models.states, models.emotion.manifest) if models.states else None
    emotion: EmotionReader
    if models.points:
        emotion = LandmarkStage(models.points.mesher, models.points.reader, _memory(models))
    else:
        emotion = FrozenEmotionReader(models.emotion, _memory(models), states)
    if models.own:
        emotion = OwnLabelsReader(emotion, models.own)
    person = FrozenAgeGenderReader(models.person) if models.person else None
    # A photo gives one view only: there is nothing to wait for.
    schedule = EstimateSchedule(EstimateSettings(patience_ms=0.0) if models.photo else None)
    eyes = LidReader(*models.eyes) if models.eyes else None
    finder = FaceFollower(models.detector, photo=models.photo)
    shapes = _shape_stage(models.shapes, models.photo) if models.shapes else None
    return Pipeline(finder, emotion, person, schedule, eyes, shapes)


def _shape_stage(shapes: ShapeModels, photo: bool) -> CoefficientStage:
    emotion = CoefficientEmotionReader(shapes.head, shapes.emotion) if shapes.emotion else None
    new_track: Callable[[], FaceTrackSolver]
    if shapes.network:
        new_track = FaceCoefficientsReader(shapes.head, shapes.network).track
    else:
        solver = LandmarkSolver(shapes.head)
        new_track = (lambda: StillSolver(solver)) if photo else (lambda: TrackSolver(solver))
    return CoefficientStage(shapes.mesher, new_track, emotion)


def _memory(models: LoadedModels) -> ExpressionMemory | None:
    if models.time:
        return LstmMemory(models.time)
    return ExponentialMemory(models.emotion.manifest.temperature) if models.temporal == "ema" else None


def recognize(
    source: str | Path | int,
    settings: RecognitionSettings | None = None,
    *,
    sample_fps: float | None = None,
    on_frame: Callable[[FrameResult], None] | None = None,
) -> EmotionProfile:
    """The main job in one call.

    Args:
        source: video, photo, folder of photos, or the number of a camera.
        settings: what to run.
        sample_fps: read about so many frames a second; None reads all.
        on_frame: called with each frame's result.

    Returns:
        The profile of everybody seen; empty where no face was found.

    Raises:
        EmopoiError: the source, a model or a setting is wrong.
    """
    settings = settings or RecognitionSettings()
    with open_media(source, sample_fps=sample_fps) as media:
        models = load_models(settings, photo=is_photo(media))
        builder = profile_builder(models, profile_settings(media, sample_fps))
        pipeline = build_pipeline(models)
        for result in pipeline.run(media, builder, name_photos=media.kind == "folder"):
            if on_frame:
                on_frame(result)
        return builder.build(media.name)


def _states(
    load: Callable[[str], FrozenModel], settings: RecognitionSettings, emotion: FrozenModel, notes: list[str]
) -> FrozenModel | None:
    try:
        model = load(settings.states_model)
        FrozenStatesReader(model, emotion.manifest)
    except ModelFileError as error:
        notes.append(f"boredom and frustration are not read: {error}")
        return None
    return model


def _shapes(
    load: Callable[[str], FrozenModel], settings: RecognitionSettings, notes: list[str]
) -> ShapeModels | None:
    """What reads coefficients; None, with a note, where the landmark network is not at hand."""
    head = load_head(settings.head)
    network = load(settings.coefficient_model) if settings.coefficients == "network" else None
    if network:
        FaceCoefficientsReader(head, network)
    else:
        LandmarkSolver(head)
    try:
        files = read_blazeface_files(settings.bundle)
    except MissingPartError as error:
        notes.append(f"coefficients of a head are not read: {error}")
        return None
    if files.landmarks is None:
        notes.append(f"coefficients of a head are not read: {LANDMARKS[0]} is not in {files.origin}")
        return None
    mesher: Mesher = FaceLandmarks(files.landmarks, settings.threads)
    # What the network saves would go into the lids twice over.
    sees_lids = network is None and files.eyes is not None
    if network is None and files.eyes is not None:
        mesher = RefinedLandmarks(mesher, EyeLandmarks(files.eyes, settings.threads))
    if network is None and files.eyes is None:
        notes.append(f"heads hardly close their eyes: {EYES[0]} is not in {files.origin}")
    return ShapeModels(head, mesher, network, _coefficient_emotion(load, settings, head, notes), sees_lids)


def _points(
    settings: RecognitionSettings, detector: FaceDetector, network: FrozenModel, notes: list[str]
) -> PointModels:
    """What reads points; an error where the landmark network is not at hand, since nothing else was asked."""
    if isinstance(detector, HaarDetector):
        raise MissingPartError("--from landmarks: the Haar cascade does not tell where the eyes are")
    files = read_blazeface_files(settings.bundle)
    if files.landmarks is None:
        raise MissingPartError(f"--from landmarks: {LANDMARKS[0]} is not in {files.origin}")
    reader = LandmarkEmotionReader(load_head(), network)
    mesher: Mesher = FaceLandmarks(files.landmarks, settings.threads)
    if files.eyes is None:
        notes.append(
            f"lids hardly close in what expressions are named from: {EYES[0]} is not in {files.origin}"
        )
    else:
        mesher = RefinedLandmarks(mesher, EyeLandmarks(files.eyes, settings.threads))
    return PointModels(mesher, reader)


def _coefficient_emotion(
    load: Callable[[str], FrozenModel], settings: RecognitionSettings, head: HeadModel, notes: list[str]
) -> FrozenModel | None:
    try:
        model = load(settings.coefficient_emotion_model)
        CoefficientEmotionReader(head, model)
    except ModelFileError as error:
        notes.append(f"expressions are not named from coefficients: {error}")
        return None
    return model


def _eyes(
    settings: RecognitionSettings, detector: FaceDetector, notes: list[str]
) -> tuple[EyeLandmarks, FaceLandmarks | None] | None:
    if isinstance(detector, HaarDetector):
        notes.append("exhaustion is not read: the Haar cascade does not tell where the eyes are")
        return None
    files = read_blazeface_files(settings.bundle)
    if files.eyes is None:
        notes.append(f"exhaustion is not read: {EYES[0]} is not in {files.origin}")
        return None
    mesh = FaceLandmarks(files.landmarks, settings.threads) if files.landmarks is not None else None
    return EyeLandmarks(files.eyes, settings.threads), mesh


def _detector(settings: RecognitionSettings, photo: bool, notes: list[str]) -> FaceDetector:
    if settings.detector == "mediapipe":
        blazeface = PhotoDetector if photo else BlazeFaceDetector
        try:
            return blazeface(bundle=settings.bundle, threads=settings.threads)
        except MissingPartError as error:
            notes.append(f"faces are found with OpenCV's Haar cascade instead: {error}")
    return HaarDetector(Path(settings.cascade) if settings.cascade else None)
