"""Colours of people's skin on the head: a mean and modes, learned from pictures with their light divided out.

python -m training.face3d.albedo --data DATA [--meshes DIR] --out FILE.npz [--faces N] [--modes K]

Faces of UTKFace train that look towards the camera are unwrapped to the skin's vertices. Each face's light
is fitted (second-order spherical harmonics), first against an even colour, then against what the modes say
of the face; what remains is its albedo. Mean and modes are a principal component analysis in which hidden,
shadowed and badly explained vertices (glasses, hands, hair) count little; each face counts once as it is
and once as in a mirror. About three minutes on one CPU core where points and solutions are kept.

One picture does not tell the strength and the colour of light from the colour of skin. By definition a
face's light is white and 1 on the mean over its skin, so exposure and white balance stay in the albedo. The
pictures' labels are not read at all.
"""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile

import cv2
import numpy as np

from emopoi.errors import InputError, ModelFileError
from emopoi.head.head_model import PARTS, HeadModel, project
from emopoi.head.part_colours import PART_COLOURS
from emopoi.head.vertex_normals import vertex_normals
from emopoi.models.linear_colour import from_display, to_display, to_linear
from emopoi.models.rasterizer import Rasterizer
from emopoi.models.sphere_light import TERMS, light_terms
from emopoi.progress import progress
from emopoi.runtime.frozen_head import load_head
from emopoi.types import FaceCoefficients
from training.command_line import OneLineParser
from training.face3d.finer_head import finer_head
from training.face3d.meshes import read_pictures
from training.face3d.stored_faces import SolvedFaces, stored_meshes, stored_solutions
from training.recipe_options import existing_folder, natural, positive, run_recipe
from training.run_folder import replace_file

TRAIN, VALID = "age_gender/train.parquet", "age_gender/valid.parquet"
LIGHT_ROUNDS, MODE_ROUNDS = 4, 12

_PRESENCE = 0.9
_ERROR = 0.004  # of the solver, over the outer-eye distance
_TURN_DEG = 35.0
_GREY = 4.0  # of 255: a picture whose channels differ less on the mean has no colours
_BLUR_PX = 0.7  # vertices lie some pixels apart
_GRAZING, _FACING = 0.15, 0.5  # cosine of normal and view: not believed below, fully from the second on
_BEHIND = 0.02  # of the face's width: hidden from here on
_CLIPPED = 0.97  # linear: the picture says "at least"
_SHADOW = 0.35  # of the mean light: below, noise is divided by little
_RIDGE = 0.01  # pull of the light's terms to none, as a share of the skin's vertices
_DARKEST = 0.005  # linear albedo: light can not be told from what shows none
_NOISE = 0.04  # of sRGB at a vertex, against modes of deviation 1
_PICTURE_PX = 256  # side of the picture of what hides what


_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True, eq=False)
class SkinColours:
    """What pictures show at the skin's vertices.

    Attributes:
        colours: float32 (N, S, 3), linear 0..1.
        normals: float32 (N, S, 3), of the turned head.
        weights: float32 (N, S), 0..1, how far the colour is believed.
    """

    colours: np.ndarray
    normals: np.ndarray
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.colours)


@dataclass(frozen=True, eq=False)
class AlbedoBasis:
    """Albedo of a head's vertices: `linear_colour.from_display(mean + modes @ coefficients)`.

    Modes are added as a picture's numbers, where a step looks alike on dark and on light skin.

    Attributes:
        mean: float32 (V, 3), sRGB 0..1; parts other than skin have colours that are never learned.
        modes: float32 (V, 3, K), a standard deviation each; 0 outside of the skin.
        skin: bool (V,).
        light_mean: float32 (9, 3), of the pictures' lights, see `sphere_light.TERMS`.
        light_deviation: float32 (9, 3).
    """

    mean: np.ndarray
    modes: np.ndarray
    skin: np.ndarray
    light_mean: np.ndarray
    light_deviation: np.ndarray

    def albedo(self, coefficients: np.ndarray) -> np.ndarray:
        """Linear float32 (V, 3), 0..1, of coefficients (up to K,)."""
        told = self.mean + self.modes[..., : len(coefficients)] @ coefficients
        return np.asarray(from_display(told.astype(np.float32)))

    def save(self, path: Path) -> None:
        """Write an npz, numbers as float16.

        Raises:
            OutputError: it can not be written.
        """
        content = io.BytesIO()
        arrays = {
            name: value if value.dtype == bool else value.astype(np.float16)
            for name, value in vars(self).items()
        }
        np.savez_compressed(content, **arrays)
        replace_file(path, lambda temporary: temporary.write_bytes(content.getbuffer()))

    @classmethod
    def load(cls, path: Path) -> AlbedoBasis:
        """Read what `save` has written.

        Raises:
            ModelFileError: missing, damaged, or another file.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in cls.__dataclass_fields__}
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise ModelFileError(f"{path}: an albedo basis was expected ({error})") from error
        return cls(**{name: v if v.dtype == bool else v.astype(np.float32) for name, v in arrays.items()})


def skin_vertices(head: HeadModel) -> np.ndarray:
    """int64 (S,), the vertices of skin triangles in order."""
    return np.unique(head.f[head.face_parts == 0])


def mirror_vertices(head: HeadModel) -> np.ndarray:
    """int64 (S,), for each of the skin's vertices which of them lies nearest to its mirror image."""
    skin = skin_vertices(head)
    # Normals tell upper from lower lip, which lie on each other.
    normals = vertex_normals(head.v_template, head.f)[skin] * 0.1 * np.ptp(head.v_template[skin, 0])
    known = np.hstack([head.v_template[skin], normals])
    images = known * np.tile([-1, 1, 1], 2)
    away = np.square(known).sum(axis=1) - 2 * images @ known.T
    return away.argmin(axis=1)


def place_camera(vertices: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Weak perspective that takes points of the posed head nearest to places.

    Args:
        vertices: float (L, 3).
        places: float (L, 2), pixels.

    Returns:
        float64 (3,) scale, x, y.
    """
    flat = vertices[:, :2] * (1, -1)
    middle, target = flat.mean(axis=0), places.mean(axis=0)
    scale = ((flat - middle) * (places - target)).sum() / ((flat - middle) ** 2).sum()
    return np.array([scale, *(target - scale * middle)])


class Unwrapping:
    """Takes colours of one head's skin from pictures; what depends on the head alone is worked out once."""

    def __init__(self, head: HeadModel) -> None:
        self._head = head
        self._skin = skin_vertices(head)
        self._rasterizer = Rasterizer(head.f, _PICTURE_PX)

    def unwrap(
        self, picture: np.ndarray, vertices: np.ndarray, camera: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Colours, normals and weights of the skin's vertices.

        Args:
            picture: uint8 (H, W, 3) RGB.
            vertices: float (V, 3), posed.
            camera: float (3,).

        Returns:
            float32 (S, 3), (S, 3) and (S,), see `SkinColours`.
        """
        normals = vertex_normals(vertices, self._head.f)[self._skin].astype(np.float32)
        places = project(vertices, camera)
        x, y = places[self._skin, :2].T.astype(np.float32)
        linear = cv2.GaussianBlur(to_linear(picture), (0, 0), _BLUR_PX)
        colours = cv2.remap(linear, x[None], y[None], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
        weights = np.clip((normals[:, 2] - _GRAZING) / (_FACING - _GRAZING), 0, 1)
        weights *= (x > 1) & (y > 1) & (x < picture.shape[1] - 2) & (y < picture.shape[0] - 2)
        weights *= colours.max(axis=1) < _CLIPPED
        return colours, normals, (weights * self._nearest(places)).astype(np.float32)

    def _nearest(self, places: np.ndarray) -> np.ndarray:
        """Which of the skin's vertices nothing hides, bool (S,)."""
        low, width = places[:, :2].min(axis=0), np.ptp(places[:, :2], axis=0).max()
        scale = (_PICTURE_PX - 1) / width
        drawn = (places - (*low, 0)) * scale
        seen = self._rasterizer.draw(drawn[None])[0]
        columns, rows = np.rint(drawn[self._skin, :2]).astype(int).T
        triangle = seen[rows, columns]
        # Nothing of a triangle is farther than its farthest corner.
        front = drawn[self._head.f[triangle], 2].min(axis=1)
        return (triangle < 0) | (drawn[self._skin, 2] > front - _BEHIND * _PICTURE_PX)


def unwrap_file(
    solved_for: HeadModel,
    head: HeadModel,
    data: Path,
    cache: Path,
    file: str,
    count: int | None,
    seed: int = 0,
) -> tuple[SkinColours, np.ndarray]:
    """Colours of a file's faces that look towards the camera.

    Args:
        solved_for: the head that solutions are of.
        head: whose vertices are meant; the same one, or a finer one.
        data: folder of the data.
        cache: where points and solutions are kept.
        file: parquet, relative to `data`.
        count: so many at most; None takes all.
        seed: of the choice.

    Returns:
        The colours, and the rows of the file that they are of.

    Raises:
        InputError: no face of the file will do.
    """
    points, presence = stored_meshes(data, cache, file)
    solved = stored_solutions(solved_for, data, cache, file)
    turned = np.degrees(np.linalg.norm(solved.turn, axis=1))
    good = np.flatnonzero((presence > _PRESENCE) & (solved.error < _ERROR) & (turned < _TURN_DEG))
    encoded = read_pictures(data / file)
    unwrapping, found, rows = Unwrapping(head), [], []
    chosen = np.random.default_rng(seed).permutation(good)
    total = len(chosen) if count is None else min(count, len(chosen))
    pictures = ((row, picture) for row in chosen if (picture := decode(encoded[row])) is not None)
    for row, picture in progress(islice(pictures, total), total, f"colours of {file}"):
        vertices, camera = posed(solved_for, head, solved, row, points[row])
        found.append(unwrapping.unwrap(picture, vertices, camera))
        rows.append(row)
    if not found:
        raise InputError(f"{data / file}: no coloured face that looks towards the camera")
    return SkinColours(*(np.stack(part) for part in zip(*found, strict=True))), np.array(rows)


def decode(encoded: bytes) -> np.ndarray | None:
    """A picture uint8 (H, W, 3) RGB; None where it is damaged or grey."""
    picture = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    if picture is None or np.ptp(picture.astype(np.int16), axis=2).mean() < _GREY:
        return None
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def posed(
    solved_for: HeadModel, head: HeadModel, solved: SolvedFaces, row: int, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3) and camera (3,) of a solved face in its picture, see `unwrap_file`."""
    pose = np.zeros((5, 3), np.float32)
    pose[0] = solved.turn[row]
    face = FaceCoefficients(solved.identity[row], solved.expression[row], pose)
    marks = solved_for.landmark_points(solved_for.vertices(face))
    camera = place_camera(marks, points[solved_for.landmarks.indices, :2].astype(np.float64))
    return head.vertices(face), camera


def fit_lights(
    faces: SkinColours, albedo: np.ndarray, rounds: int = 4, together: int = 250
) -> tuple[np.ndarray, np.ndarray]:
    """Least squares for the light of each face, vertices that it does not explain counting little.

    Args:
        faces: N of them.
        albedo: float32 (N, S, 3), what is believed of their albedo.
        rounds: of weighing vertices anew.
        together: faces in one go.

    Returns:
        Light float32 (N, 9, 3), as it is, and what falls on each vertex float32 (N, S, 3).
    """
    lights = np.empty((len(faces), TERMS, 3), np.float32)
    shades = np.empty_like(faces.colours)
    pull = np.full(TERMS, _RIDGE, np.float32)
    pull[0] = 1e-6
    for start in range(0, len(faces), together):
        rows = slice(start, start + together)
        terms = np.asarray(light_terms(faces.normals[rows]))
        believed = faces.weights[rows].copy()
        for _ in range(rounds):
            light = _one_light(terms, faces.colours[rows], albedo[rows], believed, pull)
            shade = terms @ light
            left = np.linalg.norm(faces.colours[rows] - shade * albedo[rows], axis=2)
            believed = faces.weights[rows] * _trust(left, faces.weights[rows], axis=1)
        lights[rows], shades[rows] = light, shade
    return lights, shades


def _one_light(
    terms: np.ndarray, colours: np.ndarray, albedo: np.ndarray, weights: np.ndarray, pull: np.ndarray
) -> np.ndarray:
    light = np.empty((len(terms), TERMS, 3), np.float32)
    for channel in range(3):
        design = terms * albedo[:, :, channel, None]
        weighted = (design * weights[..., None]).transpose(0, 2, 1)
        gram = weighted @ design
        size = (weights * albedo[:, :, channel] ** 2).sum(axis=1)[:, None]
        gram[:, np.arange(TERMS), np.arange(TERMS)] += size * pull + 1e-9
        light[:, :, channel] = np.linalg.solve(gram, weighted @ colours[:, :, channel, None])[..., 0]
    return light


def _trust(left: np.ndarray, weights: np.ndarray, axis: int | None) -> np.ndarray:
    """Cauchy's weights of what is left over, against its middle size along an axis."""
    known = np.where(weights > 0, left, np.nan)
    with np.errstate(invalid="ignore"):
        usual = np.nanmedian(known, axis=axis, keepdims=True)
    return 1.0 / (1.0 + (left / (3.0 * np.nan_to_num(usual) + 1e-4)) ** 2)


def divide_light(
    faces: SkinColours, lights: np.ndarray, shades: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Albedo of the faces, by the rule that light is 1 on the mean.

    Args:
        faces: N of them.
        lights: of `fit_lights`.
        shades: of `fit_lights`.

    Returns:
        Albedo float32 (N, S, 3), how far it is believed float32 (N, S), and the lights by that rule.
    """
    weights = faces.weights[..., None]
    mean = (weights * shades).sum(axis=1, keepdims=True) / np.maximum(
        weights.sum(axis=1, keepdims=True), 1e-6
    )
    mean = np.maximum(mean, 1e-3)
    shades, lights = shades / mean, lights / mean
    lowest = shades.min(axis=2)
    albedo = faces.colours / np.maximum(shades, _SHADOW)
    return albedo, faces.weights * (lowest > _SHADOW), lights


@dataclass(frozen=True, eq=False)
class Modes:
    """Mean (D,), unit modes (D, K), deviations (K,), coefficients (N, K) and beliefs (N, S)."""

    mean: np.ndarray
    modes: np.ndarray
    deviations: np.ndarray
    coefficients: np.ndarray
    believed: np.ndarray

    def told(self) -> np.ndarray:
        """float32 (N, D), the faces as the modes have them."""
        return self.mean + self.coefficients @ self.modes.T


def robust_modes(
    values: np.ndarray, weights: np.ndarray, count: int, rounds: int, start: Modes | None = None
) -> Modes:
    """Principal components where not everything is known, and not all of what is known is right.

    Expectation maximisation: what is not believed is filled in from the modes (Roweis 1998, "EM algorithms
    for PCA and SPCA"), beliefs are Cauchy's weights of what was left over.

    Args:
        values: float32 (N, S, 3).
        weights: float32 (N, S), 0..1.
        count: K.
        rounds: of filling in and one step of subspace iteration each.
        start: modes of before.
    """
    faces, vertices = weights.shape
    flat = values.reshape(faces, -1)
    if start is None:
        known = np.repeat(weights, 3, axis=1)
        mean = (known * flat).sum(axis=0) / np.maximum(known.sum(axis=0), 1e-6)
        told = np.broadcast_to(mean, flat.shape)
        basis = np.linalg.qr(np.random.default_rng(0).normal(size=(flat.shape[1], count)))[0]
    else:
        told, basis = start.told(), start.modes
    basis = basis.astype(np.float32)
    for _ in range(rounds):
        left = flat - told
        size = np.linalg.norm(left.reshape(faces, vertices, 3), axis=2)
        believed = weights * _trust(size, weights, axis=None)
        filled = told + np.repeat(believed, 3, axis=1) * left
        mean = filled.mean(axis=0)
        filled -= mean
        basis = np.linalg.qr(filled.T @ (filled @ basis))[0].astype(np.float32)
        coefficients = filled @ basis
        told = mean + coefficients @ basis.T
    _, sizes, turn = np.linalg.svd(coefficients, full_matrices=False)
    return Modes(
        mean.astype(np.float32),
        basis @ turn.T,
        sizes / np.sqrt(max(faces, 1)),
        coefficients @ turn.T,
        believed,
    )


@dataclass(frozen=True, eq=False)
class LearnedAlbedo:
    """The basis, and figures of how it was learned."""

    basis: AlbedoBasis
    figures: dict


def learn_albedo(
    head: HeadModel, faces: SkinColours, modes: int, *, light_rounds: int = LIGHT_ROUNDS,
    mode_rounds: int = MODE_ROUNDS,
) -> LearnedAlbedo:  # fmt: skip
    """Light and modes in turns.

    Args:
        head: whose skin the colours are of.
        faces: N of them, N above `modes`.
        modes: K.
        light_rounds: how often lights are fitted.
        mode_rounds: of `robust_modes` after each.

    Raises:
        InputError: fewer faces than modes.
    """
    if 2 * len(faces) <= modes:
        raise InputError(f"more faces than half of {modes} modes were expected, got {len(faces)}")
    skin = skin_vertices(head)
    mirror = mirror_vertices(head)
    count = len(faces)
    # Of an even colour first: all that changes smoothly over a face is then taken for light.
    weights = faces.weights[..., None]
    even = (weights * faces.colours).sum(axis=1, keepdims=True) / np.maximum(weights.sum(axis=(1, 2)), 1e-6)[
        :, None, None
    ]
    believed_albedo = np.broadcast_to(even, faces.colours.shape)
    found = None
    history = []
    for turn in range(light_rounds):
        lights, shades = fit_lights(faces, believed_albedo)
        albedo, known, lights = divide_light(faces, lights, shades)
        coded = np.asarray(to_display(albedo))
        both = np.concatenate([coded, coded[:, mirror]])
        both_known = np.concatenate([known, known[:, mirror]])
        found = robust_modes(both, both_known, modes, mode_rounds, found)
        told = found.told()[:count].reshape(faces.colours.shape)
        believed_albedo = np.maximum(np.asarray(from_display(told)), _DARKEST)
        error = _mean_error(believed_albedo * shade_of(faces, lights), faces, known)
        history.append({"round": turn + 1, "train_error_of_255": error})
        print(json.dumps(history[-1]), file=sys.stderr, flush=True)
    variance = explained(both, both_known, found)
    vertices = len(head.v_template)
    is_skin = np.zeros(vertices, bool)
    is_skin[skin] = True
    mean, all_modes = np.zeros((vertices, 3), np.float32), np.zeros((vertices, 3, modes), np.float32)
    mean[:] = part_albedo(head)
    mean[skin] = found.mean.reshape(-1, 3)
    all_modes[skin] = (found.modes * found.deviations).reshape(len(skin), 3, modes)
    basis = AlbedoBasis(mean, all_modes, is_skin, lights.mean(axis=0), lights.std(axis=0))
    tones = mean_tones(believed_albedo)
    spread = {
        f"p{share}": round(float(np.percentile(tones, share)), 3) for share in (1, 5, 25, 50, 75, 95, 99)
    }
    figures = {
        "faces": count,
        "believed": round(float(known.mean()), 3),
        "rounds": history,
        "explained_variance": variance,
        "mean_tone": spread,
    }
    return LearnedAlbedo(basis, figures)


def part_albedo(head: HeadModel) -> np.ndarray:
    """float32 (V, 3), sRGB 0..1, colours that parts are drawn in."""
    colours = np.empty((len(head.v_template), 3), np.float32)
    # Skin last: its border with the mouth's walls is skin.
    for number in reversed(range(len(PARTS))):
        colour = np.array(PART_COLOURS[PARTS[number]], np.float32) / 255
        colours[head.f[head.face_parts == number].ravel()] = colour
    return colours


def shade_of(faces: SkinColours, lights: np.ndarray) -> np.ndarray:
    """float32 (N, S, 3), what falls on the skin."""
    return np.asarray(light_terms(faces.normals)) @ lights


def explained(values: np.ndarray, weights: np.ndarray, found: Modes) -> dict[str, float]:
    """Share of the believed variance that the first modes hold, by their number."""
    flat = values.reshape(len(values), -1) - found.mean
    known = np.repeat(found.believed * (weights > 0), 3, axis=1)
    whole = float((known * flat**2).sum())
    result = {}
    for count in _counts(found.modes.shape[1]):
        left = flat - found.coefficients[:, :count] @ found.modes[:, :count].T
        result[str(count)] = round(1.0 - float((known * left**2).sum()) / whole, 4)
    return result


def _counts(modes: int) -> list[int]:
    return [count for count in (1, 2, 3, 5, 10, 20, 40, 60) if count < modes] + [modes]


def fit_faces(
    basis: AlbedoBasis, faces: SkinColours, modes: int | None = None, rounds: int = 6
) -> tuple[np.ndarray, np.ndarray]:
    """Albedo and light of new faces, in turns.

    Args:
        basis: of the same head.
        faces: N of them.
        modes: use the first ones alone.
        rounds: of light and albedo.

    Returns:
        Coefficients float32 (N, K) and lights float32 (N, 9, 3), 1 on the mean.
    """
    mean = basis.mean[basis.skin]
    directions = basis.modes[basis.skin][..., :modes]
    count = directions.shape[-1]
    flat = directions.reshape(3 * len(mean), count)
    coefficients = np.zeros((len(faces), count), np.float32)
    weights = faces.weights[..., None]
    # The first light is fitted to the mean face in the face's own tone.
    linear = np.asarray(from_display(mean))
    told = linear * (
        (weights * faces.colours).sum(axis=(1, 2), keepdims=True)
        / np.maximum((weights * linear).sum(axis=(1, 2), keepdims=True), 1e-6)
    )
    for _ in range(rounds):
        lights, shades = fit_lights(faces, told)
        albedo, known, lights = divide_light(faces, lights, shades)
        left = np.asarray(to_display(albedo)) - mean
        for row in range(len(faces)):
            rest = np.linalg.norm(left[row] - directions @ coefficients[row], axis=1)
            believed = known[row] * _trust(rest, known[row], axis=None)
            weighted = flat * np.repeat(believed, 3)[:, None]
            gram = weighted.T @ flat + _NOISE**2 * np.eye(count)
            coefficients[row] = np.linalg.solve(gram, weighted.T @ left[row].ravel())
        told = mean + np.einsum("sck,nk->nsc", directions, coefficients, optimize=True)
        told = np.maximum(np.asarray(from_display(told)), _DARKEST)
    return coefficients, lights


def reconstruction(basis: AlbedoBasis, faces: SkinColours) -> dict[str, float]:
    """Mean absolute error of skin vertices, of 255, for the first modes by their number; 0 is light alone."""
    result = {}
    for count in (0, *_counts(basis.modes.shape[-1])):
        coefficients, lights = fit_faces(basis, faces, count)
        albedo = np.stack([basis.albedo(face)[basis.skin] for face in coefficients])
        result[str(count)] = _mean_error(albedo * shade_of(faces, lights), faces, faces.weights)
    return result


def errors_by_tone(basis: AlbedoBasis, faces: SkinColours, parts: int = 5) -> list[dict[str, float]]:
    """Mean absolute error of 255 from the darkest to the lightest part of the faces.

    Args:
        basis: all of its modes are used.
        faces: N of them.
        parts: as many, of like size.

    Returns:
        For each the mean luma of the albedo (sRGB, 0..1), the number of faces and the error.
    """
    coefficients, lights = fit_faces(basis, faces)
    albedo = np.stack([basis.albedo(face)[basis.skin] for face in coefficients])
    tones = mean_tones(albedo)
    result = []
    for rows in np.array_split(np.argsort(tones), min(parts, len(faces))):
        some = SkinColours(*(part[rows] for part in vars(faces).values()))
        error = _mean_error(albedo[rows] * shade_of(some, lights[rows]), some, some.weights)
        tone = round(float(tones[rows].mean()), 3)
        result.append({"mean_tone": tone, "faces": len(rows), "error_of_255": error})
    return result


def mean_tones(albedo: np.ndarray) -> np.ndarray:
    """Luma of the mean colour of each face, sRGB 0..1, float32 (N,); albedo linear (N, S, 3)."""
    return np.asarray(to_display(albedo.mean(axis=1))) @ _LUMA


def _mean_error(told: np.ndarray, faces: SkinColours, weights: np.ndarray) -> float:
    away = np.abs(np.asarray(to_display(told)) - np.asarray(to_display(faces.colours))).mean(axis=2)
    return round(255 * float((away * weights).sum() / weights.sum()), 2)


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = OneLineParser(description=__doc__)
    add = parser.add_argument
    add("--data", type=existing_folder, required=True, help="holds age_gender/")
    add("--out", type=Path, required=True, metavar="FILE.npz")
    add(
        "--meshes", type=Path, metavar="DIR", help="where points and solutions are kept (default: beside OUT)"
    )
    add("--head", type=Path, metavar="FILE", help="another head (default: the shipped one)")
    add("--faces", type=positive, default=3000, metavar="N", help="default: %(default)s")
    add("--valid", type=positive, default=400, metavar="N", help="faces to measure on (default: %(default)s)")
    add("--levels", type=natural, default=1, metavar="N", help="of subdivision (default: %(default)s)")
    add("--modes", type=positive, default=50, metavar="K", help="default: %(default)s")
    add("--seed", type=natural, default=0, metavar="N", help="of the choice of faces (default: %(default)s)")
    options = parser.parse_args(arguments)
    solved_for = load_head(options.head)
    head = finer_head(solved_for, options.levels)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    cache = options.meshes or options.out.parent / "meshes"
    faces, _ = unwrap_file(solved_for, head, options.data, cache, TRAIN, options.faces, options.seed)
    learned = learn_albedo(head, faces, options.modes)
    learned.basis.save(options.out)
    valid, _ = unwrap_file(solved_for, head, options.data, cache, VALID, options.valid, options.seed)
    basis = AlbedoBasis.load(options.out)
    figures = {
        **learned.figures,
        "valid_faces": len(valid),
        "valid_error_of_255": reconstruction(basis, valid),
        "valid_error_by_tone": errors_by_tone(basis, valid),
        "bytes": options.out.stat().st_size,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
