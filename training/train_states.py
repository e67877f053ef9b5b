"""Fit the heads for boredom and frustration to the embedding of the expression network.

python -m training.train_states --data DATA --frame-weights runs/emotion/emotion.weights.h5
    [--out runs/states]

The expression network stays as it is. Each head is a weighted sum, found by logistic regression of level
2 or 3 against level 0 (level 1 is neither), both counting alike, on each picture as it is, mirrored and
augmented. How strongly weights are held down is chosen by leaving persons out of train, and so are the scale
and the threshold: the answers about persons left out are fitted once more by a scale and an offset.
Validation sets no number. About a minute on two CPU cores; there are no epochs and nothing to resume.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np

from emopoi.evaluation.states import HIGH, balanced_accuracy
from emopoi.export.input_levels import MEAN, STD
from emopoi.models.augmentation import FaceAugmentation
from emopoi.models.emotion import EmotionConfig, build_emotion_network
from emopoi.models.states import STATES, build_states_network
from emopoi.preprocess import recrop
from training.crop_layouts import DAISEE, FER2013
from training.daisee import StateFaces, load_faces
from training.logistic import fit_logistic
from training.recipe_options import existing_file, recipe_parser, run_recipe
from training.run_facts import run_facts
from training.run_folder import SETTINGS, load_weights, replace_file, save_weights

PICTURE = 48
PENALTIES = (0.1, 0.3, 1.0)
FOLDS = 5
SAMPLES = 400


@dataclass(frozen=True)
class Head:
    """One fitted head and how it was found.

    Attributes:
        kernel: float64 (D,).
        bias: with it, log-odds at equal prior chances.
        penalty: chosen.
        scale: that the answers were multiplied by to be no surer than they deserve.
        left_out: balanced accuracy by penalty, on persons left out.
    """

    kernel: np.ndarray
    bias: float
    penalty: float
    scale: float
    left_out: dict[str, float]


def crops(faces: StateFaces) -> np.ndarray:
    """Pictures as the expression network was trained on them: uint8 (N, 48, 48, 1)."""
    luma = np.array([0.299, 0.587, 0.114])
    return np.stack(
        [
            recrop(np.rint(picture @ luma).astype(np.uint8)[..., None], DAISEE, FER2013, PICTURE)
            for picture in faces.pictures
        ]
    )


def views(pictures: np.ndarray, size: int, augmented: int, seed: int) -> list[np.ndarray]:
    """Each picture as it is, mirrored, and `augmented` times changed: float32 (N, S, S, 1) in grey levels."""
    change = FaceAugmentation(
        size, scale=0.1, rotate_deg=8, shift=0.04, brightness=40, contrast=0.3, erase=0.0, seed=seed
    )
    plain = np.asarray(change(pictures, training=False))
    result = [plain, plain[:, :, ::-1]]
    for _ in range(augmented):
        parts = [
            np.asarray(change(pictures[at : at + 512], training=True)) for at in range(0, len(pictures), 512)
        ]
        result.append(np.concatenate(parts))
    return result


def embeddings(network: keras.Model, faces: np.ndarray) -> np.ndarray:
    """float32 (N, S, S, 1) grey levels -> float32 (N, D)."""
    return network.predict((faces - MEAN) / STD, batch_size=256, verbose=0)["embedding"]


def fit_head(
    features: Sequence[np.ndarray],
    levels: np.ndarray,
    persons: np.ndarray,
    penalties: Sequence[float] = PENALTIES,
) -> Head:
    """Choose the penalty on persons left out, fit to all, and scale to what the persons left out bore.

    Args:
        features: float (N, D), once for each view; the first is the picture as it is.
        levels: int (N,) 0..3.
        persons: (N,) who is seen.
        penalties: to choose from.
    """
    kept = np.flatnonzero(levels != 1)
    labels = (levels >= HIGH).astype(float)
    groups = _folds(persons)

    def fit(rows: np.ndarray, penalty: float) -> tuple[np.ndarray, float]:
        weights = _alike(labels[rows])
        return fit_logistic(
            np.concatenate([view[rows] for view in features]),
            np.tile(labels[rows], len(features)),
            np.tile(weights, len(features)),
            penalty,
        )

    scores: dict[float, np.ndarray] = {}
    for penalty in penalties:
        scores[penalty] = np.zeros(len(levels))
        for group in np.unique(groups):
            kernel, bias = fit(kept[groups[kept] != group], penalty)
            held = groups == group
            scores[penalty][held] = features[0][held] @ kernel + bias
    calibrated = {}
    scales = {}
    for penalty, score in scores.items():
        slope, offset = fit_logistic(score[kept, None], labels[kept], _alike(labels[kept]), 1e-6)
        # What is wrong more often than right on others is worth nothing, and not its opposite.
        scales[penalty] = (max(float(slope[0]), 0.0), offset if slope[0] > 0 else 0.0)
        calibrated[penalty] = _loss(score[kept] * scales[penalty][0] + scales[penalty][1], labels[kept])
    best = min(penalties, key=lambda penalty: calibrated[penalty])
    scale, offset = scales[best]
    kernel, bias = fit(kept, best)
    left_out = {
        f"{penalty:g}": _balanced(score * scales[penalty][0] + scales[penalty][1], levels)
        for penalty, score in scores.items()
    }
    return Head(kernel * scale, bias * scale + offset, best, scale, left_out)


def _alike(labels: np.ndarray) -> np.ndarray:
    """Weights with which both labels count alike, however many rows they have."""
    share = labels.mean()
    return np.where(labels > 0, 0.5 / share, 0.5 / (1 - share))


def _folds(persons: np.ndarray) -> np.ndarray:
    """A fold for each row; all rows of a person in one, the largest persons dealt out first."""
    names, counts = np.unique(persons, return_counts=True)
    sizes = np.zeros(FOLDS)
    fold = {}
    for place in np.argsort(-counts, kind="stable"):
        smallest = int(sizes.argmin())
        fold[names[place]] = smallest
        sizes[smallest] += counts[place]
    return np.array([fold[name] for name in persons])


def _loss(log_odds: np.ndarray, labels: np.ndarray) -> float:
    losses = np.logaddexp(0.0, np.where(labels > 0, -log_odds, log_odds))
    return float(np.average(losses, weights=_alike(labels)))


def _balanced(log_odds: np.ndarray, levels: np.ndarray) -> float:
    chance = 0.5 * (1.0 + np.tanh(0.5 * log_odds))
    return round(balanced_accuracy(levels, chance, "left out")["balanced_accuracy"], 4)


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = recipe_parser(__doc__, holds="daisee_faces/", out="runs/states", epochs=1)
    parser.add_argument("--frame-weights", type=existing_file, required=True, metavar="FILE")
    parser.add_argument(
        "--views", type=int, default=2, help="augmented views of a picture (default: %(default)s)"
    )
    options = parser.parse_args(arguments)

    config = EmotionConfig()
    network = build_emotion_network(config)
    load_weights(network, options.frame_weights)
    folder = options.data / "daisee_faces"
    train = load_faces(folder / "train.parquet", options.rows)
    valid = load_faces(folder / "validation.parquet")
    features = [
        embeddings(network, view) for view in views(crops(train), config.size, options.views, options.seed)
    ]
    heads = {state: fit_head(features, train.levels[state], train.persons) for state in STATES}
    unseen = embeddings(network, views(crops(valid), config.size, 0, options.seed)[0])
    figures: dict[str, Any] = {
        state: {
            "penalty": head.penalty,
            "scale": round(head.scale, 4),
            "balanced_accuracy_left_out_persons": head.left_out,
            "balanced_accuracy_validation": _balanced(unseen @ head.kernel + head.bias, valid.levels[state]),
        }
        for state, head in heads.items()
    }
    states = build_states_network(config)
    kernel = np.stack([heads[state].kernel for state in STATES], axis=1)
    states.get_layer("states").set_weights([kernel, np.array([heads[state].bias for state in STATES])])
    options.out.mkdir(parents=True, exist_ok=True)
    save_weights(states, options.out / "states.weights.h5")
    chosen = np.random.default_rng(options.seed).permutation(len(train))[:SAMPLES]
    pictures = crops(train)[chosen]
    np.savez(options.out / "samples.npz", embedding=features[0][chosen], pictures=pictures)
    files = [folder / "train.parquet", folder / "validation.parquet", options.frame_weights]
    settings = {
        "recipe": "training.train_states",
        "epochs": 0,
        "seed": options.seed,
        "rows": len(train),
        "views": options.views,
        "config": asdict(config),
        "heads": figures,
        **run_facts(files, ["CPU"]),
    }
    told = json.dumps(settings, indent=2) + "\n"
    replace_file(options.out / SETTINGS, lambda temporary: temporary.write_text(told))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
