"""Learn the weights of the places' ranking from check-ins, and write ranking.json.

python -m training.train_ranking --check-ins checkins_kl_train.parquet --pois pois_kl.parquet
    [--out recommender/data/ranking.json]

About five minutes on one core. Three quarters of the check-ins are counted, the last quarter is
asked. What it reaches on later check-ins: `python -m recommender.evaluate`, and docs/recommender.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

import keras
import numpy as np

from recommender.check_ins import read_pois, read_visits
from recommender.ranking.check_in_ranking import NETWORKS
from recommender.ranking.check_in_statistics import LIST_TERMS, NEXT_TERMS
from recommender.ranking.contexts import GAPS, HISTORIES
from recommender.ranking.place_terms import PLACE_TERMS
from recommender.ranking.ranking_file import DEFAULT_RANKING, SCHEMA, ContextWeights
from recommender.taxonomy import CODES
from training.check_in_choices import list_choices, next_choices, split_in_time
from training.choice_model import Choices, fit_choices
from training.place_choices import place_choices, type_codes, type_tables
from training.recipe_options import existing_file, run_recipe
from training.run_folder import replace_file

COUNTED = 0.75

_ROWS = re.compile(r"\[[-\d.,\s]+\]")
"""Lists of numbers: a row of a table is a line."""


def learn(check_ins: Path, pois_file: Path, *, seed: int = 1) -> dict:
    """The content of ranking.json.

    Args:
        check_ins: parquet of check-ins.
        pois_file: parquet of their places.
        seed: of draws and orders.
    """
    pois = read_pois(check_ins, pois_file)
    visits = read_visits(check_ins, pois)
    counted, asked = split_in_time(visits, COUNTED)
    content: dict = {"schema": SCHEMA, "made": _made(check_ins, pois_file, len(visits), seed)}
    losses = content["made"]["loss"] = {}

    def fit(section: str, choices: Choices, terms: tuple[str, ...], **options) -> dict:
        weights, loss = fit_choices(choices, seed=seed, **options)
        if terms is PLACE_TERMS:
            weights = _for_any_catalogue(weights)
        print(f"{section}: {len(choices)} questions, loss {loss[0]:.3f} .. {loss[-1]:.3f}", file=sys.stderr)
        losses[section] = {"questions": len(choices), "first": round(loss[0], 4), "last": round(loss[-1], 4)}
        return weights.to_dict(terms)

    every, new = next_choices(counted, asked, pois, seed=seed)
    content["next"] = fit("next", every, NEXT_TERMS)
    content["new"] = fit("new", new, NEXT_TERMS)
    lists = list_choices(counted, asked, pois, networks=NETWORKS)
    content["list"] = fit("list", lists, LIST_TERMS, epochs=8, batch=48, learning_rate=0.02, penalty=1e-3)
    every, new = place_choices(counted, asked, pois, seed=seed)
    types = type_codes(pois)
    tables = type_tables(visits, types)
    content["places"] = {
        "everything": fit("places.everything", every, PLACE_TERMS),
        "new": fit("places.new", new, PLACE_TERMS),
        "types": list(CODES),
        "type_share": np.round(tables.share, 6).tolist(),
        "type_hour": np.round(tables.hour, 3).tolist(),
        "type_transition": np.round(tables.transition, 3).tolist(),
    }
    return content


def _for_any_catalogue(weights: ContextWeights) -> ContextWeights:
    """One weight of distance: it was learned where the way was known, and there it always is."""
    base, by_gap = weights.base + weights.by_history[0], weights.by_gap.copy()
    distance = PLACE_TERMS.index("distance")
    base[distance] += by_gap[0, distance]
    by_gap[:, distance] = 0.0
    return ContextWeights(base, by_gap, np.zeros_like(weights.by_history))


def _made(check_ins: Path, pois: Path, rows: int, seed: int) -> dict:
    return {
        "recipe": "training.train_ranking",
        "check_ins": {"file": check_ins.name, "rows": rows, "sha256": _sha256(check_ins)},
        "pois": {"file": pois.name, "sha256": _sha256(pois)},
        "counted": COUNTED,
        "contexts": {"gap": GAPS, "history": HISTORIES},
        "seed": seed,
        "versions": {"keras": keras.__version__, "numpy": np.__version__},
    }


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check-ins", type=existing_file, required=True, metavar="PARQUET")
    parser.add_argument("--pois", type=existing_file, required=True, metavar="PARQUET")
    parser.add_argument("--out", type=Path, default=DEFAULT_RANKING, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    content = learn(options.check_ins, options.pois, seed=options.seed)
    text = _ROWS.sub(lambda row: " ".join(row[0].split()), json.dumps(content, indent=1)) + "\n"
    replace_file(options.out, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    print(f"{options.out}: {len(text)} bytes", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(run_recipe(main))
