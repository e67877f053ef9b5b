"""Made-up clips of one face, out of stills: expressions change, the person stays about the same.

FER2013 has no videos and no names. A clip here starts from one still and, at a random moment, fades
into another one that looks much like it and is labelled differently (`training.alike_stills`), or into
itself with the other's brows, eyes, nose and mouth put in: stand-ins for the same person changing
expression, not the thing itself. Some clips fade back. Some fade into a still of the same label, so
that another look alone is no sign of another expression. Many do not change at all. Meanwhile

- the mouth region fades to and fro between the still's own and those of alike stills, as in talking:
  the label stays;
- the crop wanders (scale, rotation, shift as a random walk with a little tremor), the light drifts
  and sometimes flickers;
- frames are damaged in bursts (`training.clip_damage`) or missing: the one before is repeated, or
  time makes a leap.

Every frame is drawn in pixels and read by the frame network; only embeddings and logits are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import cv2
import numpy as np

from emopoi.export.input_levels import MEAN, STD
from training.alike_stills import alike, coarse_looks
from training.clip_damage import Damage, bursts
from training.crop_layouts import FER2013
from training.fer2013 import ExpressionFaces
from training.frame_outputs import FrameNetwork
from training.soft_labels import blend

FRAMES_A_SECOND = 25


@dataclass(frozen=True)
class ClipSettings:
    """What clips are like; shares and chances are 0..1.

    Attributes:
        frames: of a clip, 25 a second.
        changing: share of clips whose expression changes.
        turning: share of clips that fade into another still of the same label.
        grafted: share of fades that bring the second still's features into the first one.
        returning: share of changing clips that go back to the first expression.
        talking: share of clips with a moving mouth.
        damaged: share of damaged frames.
        flickering: share of clips with flickering light.
        missing: chance that a frame is missing and the one before is shown again.
        leaping: chance that one to three frames are left out, at each frame.
        votes: share of the training target that comes from FER+ votes.
    """

    frames: int = 48
    changing: float = 0.4
    turning: float = 0.15
    grafted: float = 0.5
    returning: float = 0.25
    talking: float = 0.65
    damaged: float = 0.3
    flickering: float = 0.2
    missing: float = 0.03
    leaping: float = 0.02
    votes: float = 0.5


@dataclass(frozen=True)
class Clips:
    """Clips as the temporal network reads them.

    Attributes:
        embedding: float16 (N, T, D).
        frame_logits: float32 (N, T, 7), FER-7.
        labels: int64 (N, T), FER-7; half-way through a fade the label changes.
        targets: float32 (N, T, 7): labels with the voters' doubt, faded as the pictures are.
        damaged: bool (N, T): damaged or missing frames.
    """

    embedding: np.ndarray
    frame_logits: np.ndarray
    labels: np.ndarray
    targets: np.ndarray
    damaged: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, clips: slice, frames: slice = slice(None)) -> Clips:
        """Some of the clips, or some of their frames."""
        return Clips(**{entry.name: getattr(self, entry.name)[clips, frames] for entry in fields(self)})


@dataclass(frozen=True)
class Script:
    """What happens in one clip, before any pixel is drawn.

    Attributes:
        first: still that the clip starts from.
        second: still that it fades to, `first` where it does not.
        grafted: only the features of the second still are taken.
        mouths: stills that lend their mouths.
        fade: float (T,) share of the second still, 0..1.
        talk: float (T,) share of the lent mouth, 0..1.
        lender: int (T,) which of `mouths` lends.
    """

    first: int
    second: int
    grafted: bool
    mouths: np.ndarray
    fade: np.ndarray
    talk: np.ndarray
    lender: np.ndarray


def make_clips(
    network: FrameNetwork,
    faces: ExpressionFaces,
    count: int,
    size: int,
    settings: ClipSettings | None = None,
    seed: int = 1,
) -> Clips:
    """Draw clips and read them with the frame network.

    Args:
        network: reads the crops.
        faces: stills.
        count: clips.
        size: side of the network's input, pixels.
        settings: see ClipSettings.
        seed: for repeatable clips.
    """
    settings = settings or ClipSettings()
    random = np.random.default_rng(seed)
    told = blend(faces.ferplus8, faces.fer7, settings.votes)
    rows: list[tuple[np.ndarray, ...]] = []
    for script in write_scripts(faces, count, settings, random):
        crops, damaged, moments = draw(faces.pictures, script, settings, size, random)
        embedding, logits = network((crops[..., None].astype(np.float32) - MEAN) / STD)
        fade = script.fade[moments]
        labels = np.where(fade >= 0.5, faces.fer7[script.second], faces.fer7[script.first])
        targets = fade[:, None] * told[script.second] + (1 - fade[:, None]) * told[script.first]
        rows.append((embedding.astype(np.float16), logits, labels, targets.astype(np.float32), damaged))
    return Clips(*(np.stack(column) for column in zip(*rows, strict=True)))


def write_scripts(
    faces: ExpressionFaces, count: int, settings: ClipSettings, random: np.random.Generator
) -> list[Script]:
    """Choose stills and moments.

    Args:
        faces: stills.
        count: clips.
        settings: see ClipSettings.
        random: source of chance.
    """
    looks = coarse_looks(faces.pictures)
    first = random.integers(0, len(faces), count)
    fate = random.random(count)
    changes = fate < settings.changing
    turns = ~changes & (fate < settings.changing + settings.turning)
    nearest = max(1, min(8, len(faces) // 8))
    pick = random.integers(0, nearest, count)
    second = first.copy()
    for chosen, wanted in ((changes, np.not_equal), (turns, np.equal)):
        rows = first[chosen]
        near = alike(looks, rows, nearest, lambda a, wanted=wanted: wanted.outer(faces.fer7[a], faces.fer7))
        second[chosen] = near[np.arange(len(rows)), pick[chosen]]
    lenders = alike(looks, first, min(24, len(faces) // 4))
    scripts = []
    for clip in range(count):
        # Leaps shorten what is shown, so there is more of the script than frames are drawn.
        frames = settings.frames * 2
        returning = settings.returning if changes[clip] else 0.0
        scripts.append(
            Script(
                int(first[clip]),
                int(second[clip]),
                bool(random.random() < settings.grafted),
                random.choice(lenders[clip], 3),
                _fade(settings.frames, frames, returning, random),
                _talk(frames, random) * (random.random() < settings.talking),
                (np.cumsum(random.random(frames) < 0.1) + random.integers(3)) % 3,
            )
        )
    return scripts


def draw(
    pictures: np.ndarray, script: Script, settings: ClipSettings, size: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw one clip.

    Args:
        pictures: uint8 (N, 48, 48, 1), the stills.
        script: what happens.
        settings: see ClipSettings.
        size: side of the crops, pixels.
        random: source of chance.

    Returns:
        crops uint8 (T, size, size); damaged bool (T,), damaged or missing; moments int64 (T,): which
        moment of the script each frame shows.
    """
    side = pictures.shape[1]
    first = pictures[script.first, ..., 0].astype(np.float32)
    second = pictures[script.second, ..., 0].astype(np.float32)
    # Speech moves the mouth, and with it cheeks and nose, up to the lower lids.
    reach = random.uniform(1.0, 1.8)
    mouth = _spot(side, FER2013.mouth_y, 0.22 * reach, 0.15 * reach)
    if script.grafted:
        middle_y = (FER2013.eyes_y + FER2013.mouth_y) / 2
        second = _graft(first, second, _spot(side, middle_y, 0.3, 0.36))
    lent = [_graft(first, pictures[still, ..., 0].astype(np.float32), mouth) for still in script.mouths]
    moments = _moments(settings, len(script.fade), random)
    path, light = _walk(settings.frames, random), _light(settings, random)
    burst = bursts(settings.frames, settings.damaged, random)
    damage = {number: Damage(random, size) for number in np.unique(burst) if number}
    missing = random.random(settings.frames) < settings.missing
    missing[0] = False
    ramp = np.linspace(-1, 1, size, dtype=np.float32)
    slope = random.uniform(-1, 1, 2)
    mirrored = random.random() < 0.5
    crops = np.empty((settings.frames, size, size), np.uint8)
    for frame, moment in enumerate(moments):
        if missing[frame]:
            crops[frame] = crops[frame - 1]
            continue
        picture = first
        if script.fade[moment]:
            picture = first + script.fade[moment] * (second - first)
        if script.talk[moment]:
            picture = picture + script.talk[moment] * mouth * (lent[script.lender[moment]] - picture)
        crop = _cut(picture, path[frame], size, mirrored)
        gain, offset, lean = light[frame]
        middle = crop.mean()
        crop = (crop - middle) * gain + middle + offset
        crop = crop + lean * (slope[0] * ramp[None] + slope[1] * ramp[:, None])
        crop = np.clip(crop, 0, 255).astype(np.uint8)
        crops[frame] = damage[burst[frame]].apply(crop) if burst[frame] else crop
    return crops, (burst > 0) | missing, moments


def _fade(shown: int, frames: int, returning: float, random: np.random.Generator) -> np.ndarray:
    """Share of the second still: a smooth step, two to ten frames long, and maybe one back."""
    moment = random.uniform(4, shown - 4)
    fade = _step(frames, moment, random.uniform(2, 10))
    if random.random() < returning:
        fade = fade - _step(frames, moment + random.uniform(12, 30), random.uniform(2, 10))
    return np.clip(fade, 0, 1)


def _step(frames: int, moment: float, length: float) -> np.ndarray:
    place = np.clip((np.arange(frames) - moment) / length + 0.5, 0, 1)
    return place * place * (3 - 2 * place)


def _talk(frames: int, random: np.random.Generator) -> np.ndarray:
    """Share of the lent mouth: sounds and slower swings (1 to 5 a second) in phrases of about a second."""
    seconds = np.arange(frames) / FRAMES_A_SECOND
    wave = np.zeros(frames)
    for rate in random.uniform(0.8, 5, 3):
        wave += np.sin(2 * np.pi * (rate * seconds + random.random())) / 3
    phrase = np.sin(2 * np.pi * (random.uniform(0.3, 0.8) * seconds + random.random())) > -0.5
    phrase = np.convolve(phrase, np.ones(5) / 5, "same")
    return np.clip(random.uniform(0.5, 1.0) * phrase * (0.5 + 1.2 * wave), 0, 1)


def _moments(settings: ClipSettings, frames: int, random: np.random.Generator) -> np.ndarray:
    leaps = np.where(
        random.random(settings.frames) < settings.leaping, random.integers(1, 4, settings.frames), 0
    )
    return np.minimum(np.arange(settings.frames) + np.cumsum(leaps), frames - 1)


def _walk(frames: int, random: np.random.Generator) -> np.ndarray:
    """(T, 4): log scale, rotation (radians) and shift (fractions of the side), slow and with tremor."""
    size = np.array([0.06, np.radians(5.0), 0.03, 0.03])
    keep = 0.95
    path = np.empty((frames, 4))
    path[0] = random.normal(0, 1, 4)
    for frame in range(1, frames):
        path[frame] = keep * path[frame - 1] + np.sqrt(1 - keep**2) * random.normal(0, 1, 4)
    tremor = random.uniform(0, 0.3) * random.normal(0, 1, (frames, 4))
    return np.clip(path + tremor, -2.5, 2.5) * size


def _light(settings: ClipSettings, random: np.random.Generator) -> np.ndarray:
    """(T, 3): contrast, brightness (grey levels) and slanted light (grey levels at the border)."""
    frames = settings.frames
    size = np.array([0.12, 18.0, 20.0])
    drift = np.cumsum(random.normal(0, 1, (frames, 3)), axis=0) / np.sqrt(frames)
    light = (random.normal(0, 0.7, 3) + drift) * size
    if random.random() < settings.flickering:
        light[:, 1] += random.uniform(5, 30) * random.normal(0, 1, frames)
    light[:, 0] = np.clip(1 + light[:, 0], 0.5, 1.5)
    return light


def _spot(side: int, middle_y: float, half_width: float, half_height: float) -> np.ndarray:
    """float32 (S, S): 1 around a place in the middle of the face, falling off softly to 0."""
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    far = ((x - 0.5) / half_width) ** 2 + ((y - middle_y) / half_height) ** 2
    return np.exp(-0.5 * far**2).astype(np.float32)


def _graft(picture: np.ndarray, other: np.ndarray, spot: np.ndarray) -> np.ndarray:
    """`picture` with what `other` has in the spot, its brightness and contrast there matched."""
    share = spot / spot.sum()
    mean, other_mean = (share * picture).sum(), (share * other).sum()
    spread = np.sqrt((share * (picture - mean) ** 2).sum())
    gain = spread / max(1.0, np.sqrt((share * (other - other_mean) ** 2).sum()))
    matched = (other - other_mean) * np.clip(gain, 0.4, 2.5) + mean
    return picture + spot * (matched - picture)


def _cut(picture: np.ndarray, place: np.ndarray, size: int, mirrored: bool) -> np.ndarray:
    side = picture.shape[0]
    scale, middle, half = np.exp(place[0]), (side - 1) / 2, (size - 1) / 2
    cosine, sine = np.cos(place[1]) * scale, np.sin(place[1]) * scale
    mirror = -1.0 if mirrored else 1.0
    matrix = np.array([[cosine * mirror, -sine, 0.0], [sine * mirror, cosine, 0.0]])
    matrix[:, 2] = middle + place[2:] * side - matrix[:, :2] @ (half, half)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)
