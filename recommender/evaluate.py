"""How good the ranking of places is, beside its rivals: `python -m recommender.evaluate`.

    python -m recommender.evaluate --train TRAIN.parquet --test TEST.parquet [--pois POIS.parquet] --json
    python -m recommender.evaluate --emotion-sets FOLDER --json

The first ranks next places and new places of check-ins under a global timeline
(docs/recommender-evaluation.md has the protocol), the second tells what emotion adds to ratings in
context. Results go to stdout, progress and messages to stderr; exit status 2 is a user's mistake.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from emopoi.errors import EmopoiError, InputError

RANKING = Path(__file__).parent / "data" / "ranking.json"
"""The learned ranking that is shipped."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        result, text = _run(options)
    except EmopoiError as error:
        print(f"recommender.evaluate: error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(result, indent=2) if options.json else text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m recommender.evaluate", description="How good the ranking of places is."
    )
    parser.add_argument("--train", type=Path, metavar="FILE", help="check-ins to learn from, parquet")
    parser.add_argument("--test", type=Path, metavar="FILE", help="check-ins after them, parquet")
    parser.add_argument("--pois", type=Path, metavar="FILE", help="catalogue of the places, parquet")
    parser.add_argument(
        "--ranking", type=Path, metavar="FILE", help="learned ranking (default: the shipped ranking.json)"
    )
    parser.add_argument(
        "--methods", metavar="NAMES", help="names with commas between them (default: all; --list shows them)"
    )
    parser.add_argument("--list", action="store_true", help="show the methods and stop")
    parser.add_argument("--new-first", action="store_true", help="columns of new places first")
    parser.add_argument(
        "--later-columns",
        action="store_true",
        help="report apart what columns of the later crawl would add: they know the future",
    )
    parser.add_argument(
        "--emotion-sets", type=Path, metavar="FOLDER", help="what emotion adds on the rating sets there"
    )
    parser.add_argument(
        "--draws", type=int, default=1000, metavar="N", help="draws for the intervals (default 1000)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser


def _run(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    if options.draws < 2:
        raise InputError(f"--draws: 2 or more were expected, got {options.draws}")
    if options.list:
        return _list_methods()
    if options.train is None and options.test is None and options.emotion_sets is None:
        raise InputError("--train and --test were expected, or --emotion-sets")
    result: dict[str, Any] = {"schema": 1}
    texts: list[str] = []
    if options.train is not None or options.test is not None:
        if options.train is None or options.test is None:
            missing = "--train" if options.train is None else "--test"
            raise InputError(f"--train and --test belong together: {missing} is missing")
        part, text = _next_places(options)
        result |= part
        texts.append(text)
    if options.emotion_sets is not None:
        part, text = _emotion_sets(options.emotion_sets, options.draws)
        result |= part
        texts.append(text)
    return result, "\n\n".join(texts)


def _list_methods() -> tuple[dict[str, Any], str]:
    from recommender.evaluation.comparison import LEARNED
    from recommender.evaluation.rivals.table import RIVALS

    words = {name: rival.words for name, rival in RIVALS.items()}
    words[LEARNED] = "this project's learned ranking"
    width = max(len(name) for name in words) + 2
    return {"methods": words}, "\n".join(name.ljust(width) + text for name, text in words.items())


def _next_places(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    from recommender.check_ins import LATER_COLUMNS, read_pois, read_visits
    from recommender.evaluation.comparison import LEARNED, NEW_VIEWS, PROTOCOL, Comparison, Method
    from recommender.evaluation.result_table import bars_table, differences_table, methods_table
    from recommender.evaluation.rivals.table import make_rival

    if options.later_columns and options.pois is None:
        raise InputError("--later-columns needs the catalogue: give --pois")
    names = _chosen(options.methods)
    learned = _learned(options.ranking) if LEARNED in names else None
    methods = [
        Method(name, lambda name=name: make_rival(name))  # type: ignore[misc]
        for name in names
        if name != LEARNED
    ]
    if learned is not None:
        methods.append(Method(LEARNED, learned))
    if not methods:
        raise InputError("no method is left to run")

    files = [options.train, options.test] + ([options.pois] if options.pois is not None else [])
    pois = read_pois(*files)
    train, test = read_visits(options.train, pois), read_visits(options.test, pois)
    comparison = Comparison(train, test, pois, repeats=options.draws, tell=_teller())
    for method in methods:
        comparison.run(method)
    rows = comparison.rows
    if options.new_first:
        rows = {name: _new_first(row, NEW_VIEWS) for name, row in rows.items()}
    differences, bars = comparison.differences(LEARNED), comparison.bars(LEARNED)
    result: dict[str, Any] = {
        "protocol": dict(PROTOCOL),
        "data": comparison.data(),
        "columns_left_out": [*LATER_COLUMNS],
        "methods": rows,
        "differences": differences,
        "bars": bars,
    }
    texts = [methods_table(rows, new_first=options.new_first)]
    if differences:
        texts.append(differences_table(LEARNED, differences))
    if bars:
        texts.append(bars_table(LEARNED, bars))
    if options.later_columns:
        later = _later(options, files, learned, train, test)
        result["later_columns"] = later
        texts.append(f"{later['note']}:\n" + methods_table(later["methods"], new_first=options.new_first))
    return result, "\n\n".join(texts)


def _later(
    options: argparse.Namespace,
    files: Sequence[Path],
    learned: Callable[[], Any] | None,
    train: Any,
    test: Any,
) -> dict[str, Any]:
    """The same with the columns that know the future, apart from everything else."""
    from recommender.check_ins import read_pois
    from recommender.evaluation.comparison import LEARNED, Comparison, Method
    from recommender.evaluation.rivals.popularity import LaterPopularity

    pois = read_pois(*files, later_columns=True)
    comparison = Comparison(train, test, pois, repeats=options.draws, tell=_teller())
    comparison.run(Method("later_popularity", LaterPopularity))
    if learned is not None:
        comparison.run(Method(LEARNED, learned))
    return {
        "note": "with columns of a later crawl, which know the future: not to be compared with the rest",
        "methods": comparison.rows,
    }


def _emotion_sets(folder: Path, draws: int) -> tuple[dict[str, Any], str]:
    from recommender.evaluation.emotion_sets import RATING_SETS, evaluate_emotion_sets
    from recommender.evaluation.emotion_sign_check import check_signs_of_file
    from recommender.evaluation.result_table import (
        rating_sets_table,
        sign_check_table,
        stays_table,
        types_table,
    )
    from recommender.evaluation.stays import FILE as STAYS_FILE
    from recommender.evaluation.stays import evaluate_stays
    from recommender.evaluation.type_preferences import FILE as TYPES_FILE
    from recommender.evaluation.type_preferences import evaluate_type_preferences

    sets = evaluate_emotion_sets(folder, draws)
    result: dict[str, Any] = {"emotion_sets": sets}
    texts = [rating_sets_table(sets)]
    if (folder / RATING_SETS["sts"].file).is_file():
        check = check_signs_of_file(folder)
        result["emotion_term"] = check
        texts.append(sign_check_table(check))
    if (folder / TYPES_FILE).is_file():
        result["type_preferences"] = evaluate_type_preferences(folder, draws)
        texts.append(types_table(result["type_preferences"]))
    if (folder / STAYS_FILE).is_file():
        result["stays"] = evaluate_stays(folder)
        texts.append(stays_table(result["stays"]))
    return result, "\n\n".join(texts)


def _chosen(text: str | None) -> list[str]:
    """Names of methods in the order of the table, or as they were given."""
    from recommender.evaluation.comparison import LEARNED
    from recommender.evaluation.rivals.table import RIVALS

    known = [*RIVALS, LEARNED]
    if text is None:
        return known
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in known:
            raise InputError(f"--methods: {name!r} is no method; one of {', '.join(known)} was expected")
    if not names:
        raise InputError("--methods: at least one name was expected")
    return names


def _learned(file: Path | None) -> Callable[[], Any] | None:
    """What makes this project's learned ranking, or None where there is none to run."""
    try:
        from recommender.ranking.check_in_ranking import CheckInRanking
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("recommender.ranking"):
            raise
        if file is not None:
            raise InputError("--ranking: this version has no learned ranking to read it with") from None
        return None
    if file is None and not RANKING.is_file():
        return None
    chosen = RANKING if file is None else file
    if not chosen.is_file():
        raise InputError(f"{chosen}: no such file; a learned ranking (JSON) was expected")
    CheckInRanking.read(chosen)  # a bad file is told before minutes of work
    return lambda: CheckInRanking.read(chosen)


def _new_first(row: dict[str, Any], views: Sequence[str]) -> dict[str, Any]:
    head = {key: row[key] for key in ("status", *views) if key in row}
    return head | {key: value for key, value in row.items() if key not in head}


def _teller(every_s: float = 2.0) -> Callable[[str, int, int], None]:
    """Progress on stderr: rewritten in place on a terminal, else one line a method."""
    watched = sys.stderr.isatty()
    start = last = time.monotonic()

    def tell(name: str, done: int, steps: int) -> None:
        nonlocal start, last
        now = time.monotonic()
        if done == 0:
            start = now
        finished = done == steps
        if not finished and (not watched or (now - last < every_s and done)):
            return
        last = now
        words = f"{name}: {done}/{steps}, {now - start:.0f} s"
        print(words.ljust(60), end="\n" if finished or not watched else "\r", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    sys.exit(main())
