"""When eyes and mouth of a followed face are looked at, and what was seen."""

from __future__ import annotations

from dataclasses import dataclass

from emopoi.errors import InputError
from emopoi.types import Frame, HeadPose, TrackedFace
from emopoi.vision.eye_landmarks import LEFT, RIGHT, EyeLandmarks
from emopoi.vision.face_landmarks import FaceLandmarks, mouth_opening


@dataclass(frozen=True, slots=True)
class LidSettings:
    """How often it is looked: each look costs about as much as reading the expression does.

    Attributes:
        eyes_every_ms: between two looks at open eyes; PERCLOS needs no more.
        low_every_ms: between two looks while the lids are low, so that a blink gets its length.
        low: lids are low below this opening.
        mouth_every_ms: between two looks at the mouth; yawns last for seconds.
        most_unseen_ms: places that were carried over for longer are not looked at.
    """

    eyes_every_ms: float = 150.0
    low_every_ms: float = 30.0
    low: float = 0.25
    mouth_every_ms: float = 500.0
    most_unseen_ms: float = 150.0

    def __post_init__(self) -> None:
        numbers = (self.eyes_every_ms, self.low_every_ms, self.mouth_every_ms, self.most_unseen_ms, self.low)
        if not min(numbers) >= 0.0:
            raise InputError(f"lids: numbers of at least 0 were expected, got {self}")


@dataclass(frozen=True, slots=True)
class Lids:
    """What was seen at one look.

    Attributes:
        eyes_open: distance of the lids over the width of the eye, None where it was not looked.
        mouth_open: distance of the lips over the width of the mouth, None where it was not looked.
    """

    eyes_open: float | None = None
    mouth_open: float | None = None


class LidReader:
    """Looks at the eye nearer to the camera and at the mouth, now and then.

    Args:
        eyes: the network of lids.
        mesh: the network of the whole face, or None: mouths are not looked at then.
        settings: how often; the defaults where None.
    """

    # A frame may come a hair before its time.
    _EARLY_MS = 5.0
    # Turned by less, both eyes are seen alike, and changing eyes would only add noise.
    _TURNED_DEG = 12.0

    def __init__(
        self, eyes: EyeLandmarks, mesh: FaceLandmarks | None = None, settings: LidSettings | None = None
    ) -> None:
        self._eyes = eyes
        self._mesh = mesh
        self._settings = settings or LidSettings()
        self._people: dict[int, _Looks] = {}

    def read(self, frame: Frame, face: TrackedFace, pose: HeadPose | None = None) -> Lids | None:
        """Look at one face if it is time.

        Args:
            frame: the picture.
            face: followed; only where its keypoints were located.
            pose: tells which eye is nearer.

        Returns:
            What was seen; None where nothing was looked at.
        """
        settings = self._settings
        if not face.face.measured or face.unseen_ms > settings.most_unseen_ms:
            return None
        looks = self._people.setdefault(face.id, _Looks())
        eyes_open = mouth_open = None
        if frame.time_ms + self._EARLY_MS >= looks.eyes_ms:
            if pose is not None and abs(pose.yaw_deg) > self._TURNED_DEG:
                looks.eye = LEFT if pose.yaw_deg < 0 else RIGHT
            eyes_open = self._eyes.opening(frame.image, face.face, looks.eye)
            low = eyes_open is not None and eyes_open < settings.low
            looks.eyes_ms = frame.time_ms + (settings.low_every_ms if low else settings.eyes_every_ms)
        # Not in the same frame as the eyes unless frames are seldom: the work is spread.
        waits_ms = 0.0 if eyes_open is None else settings.eyes_every_ms
        if self._mesh is not None and frame.time_ms + self._EARLY_MS >= looks.mouth_ms + waits_ms:
            mesh = self._mesh.mesh(frame.image, face.face)
            mouth_open = None if mesh is None or mesh.presence < 0.5 else mouth_opening(mesh.points)
            looks.mouth_ms = frame.time_ms + settings.mouth_every_ms
        return None if eyes_open is None and mouth_open is None else Lids(eyes_open, mouth_open)

    def forget(self, person: int) -> None:
        """Drop what is kept of a track that ended."""
        self._people.pop(person, None)


class _Looks:
    """When the next looks at one person are due, and at which eye."""

    __slots__ = ("eye", "eyes_ms", "mouth_ms")

    def __init__(self) -> None:
        self.eyes_ms = self.mouth_ms = float("-inf")
        self.eye = RIGHT
