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
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from emopoi.errors import InputError, ModelFileError
from emopoi.head.finer_head import finer_head
from emopoi.head.head_model import PARTS, HeadModel
from emopoi.head.part_colours import PART_COLOURS
from emopoi.models.linear_colour import from_display, to_display
from emopoi.runtime.frozen_head import load_head
from training.command_line import OneLineParser
from training.face3d.face_light import divide_light, fit_lights, shade_of
from training.face3d.robust_modes import explained, mode_counts, robust_modes
from training.face3d.skin_colours import SkinColours, mirror_vertices, skin_vertices, unwrap_file
from training.face3d.trust import trust
from training.recipe_options import existing_folder, natural, positive, run_recipe
from training.run_folder import replace_file

TRAIN, VALID = "age_gender/train.parquet", "age_gender/valid.parquet"
LIGHT_ROUNDS, MODE_ROUNDS = 4, 12

_DARKEST = 0.005  # linear albedo: light can not be told from what shows none
_NOISE = 0.04  # of sRGB at a vertex, against modes of deviation 1
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


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
            believed = known[row] * trust(rest, known[row], axis=None)
            weighted = flat * np.repeat(believed, 3)[:, None]
            gram = weighted.T @ flat + _NOISE**2 * np.eye(count)
            coefficients[row] = np.linalg.solve(gram, weighted.T @ left[row].ravel())
        told = mean + np.einsum("sck,nk->nsc", directions, coefficients, optimize=True)
        told = np.maximum(np.asarray(from_display(told)), _DARKEST)
    return coefficients, lights


def reconstruction(basis: AlbedoBasis, faces: SkinColours) -> dict[str, float]:
    """Mean absolute error of skin vertices, of 255, for the first modes by their number; 0 is light alone."""
    result = {}
    for count in (0, *mode_counts(basis.modes.shape[-1])):
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
