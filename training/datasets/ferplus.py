"""FER+: the pictures of FER2013 with the votes of ten people, `fer2013new.csv` beside `fer2013.csv`.

fer2013new.csv has as many rows as fer2013.csv, in the same order: Usage, Image name, and the number of votes
for neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown and NF (not a face). Where
this is described: README of the repository microsoft/FERPlus (Barsoum et al. 2016).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from emopoi.errors import InputError
from emopoi.evaluation.emotion import VOTES
from training.datasets import fer2013
from training.datasets.collection import Collection, Item, Plan, Skipped
from training.datasets.columns import EXPRESSION, EXPRESSION_SPLITS
from training.datasets.tables_of_text import read_csv

_FILE = "fer2013new.csv"
_VOTES = tuple(vote.removeprefix("ferplus_") for vote in VOTES)
_TABLES = ("fer2013.csv", "icml_face_data.csv")


def plan(root: Path, out: Path) -> Plan:
    """The rows of both tables, matched by their order and checked by their usage."""
    votes_file = root / _FILE
    table = next((root / name for name in _TABLES if (root / name).is_file()), None)
    if table is None or not votes_file.is_file():
        raise InputError(f"{root}: fer2013.csv and {_FILE} were expected, one of them is not there")
    pictures = fer2013.plan_of_table(table)
    by_line = {item.facts["line"]: item for items in pictures.splits.values() for item in items}
    result = Plan({name: [] for name in EXPRESSION_SPLITS}, pictures.skipped, hashes=pictures.hashes)
    matched: set[int] = set()
    for line, row in read_csv(votes_file, {"Usage", *_VOTES}):
        item = by_line.get(line)
        if item is None:
            continue  # its picture's row is damaged, and told already
        if row["Usage"] != item.facts["usage"]:
            raise InputError(
                f"{votes_file}: line {line} is of {row['Usage']}, that of {table.name} of "
                f"{item.facts['usage']}: rows in the same order were expected"
            )
        matched.add(line)
        votes = [row[name] for name in _VOTES]
        if not all(vote.isdecimal() for vote in votes):
            result.skipped.append(Skipped(f"{_FILE} line {line}", "ten numbers of votes were expected"))
            continue
        facts = {**item.facts, "votes": tuple(map(int, votes))}
        result.splits[fer2013.USAGES[row["Usage"]]].append(Item(item.name, item.path, facts))
    lost = sorted(by_line.keys() - matched)
    if lost:
        raise InputError(
            f"{votes_file}: a row for each of {table.name} was expected, {len(lost)} are missing, the first "
            f"for line {lost[0]}"
        )
    result.found = {name: len(items) for name, items in result.splits.items()}
    return result


COLLECTION: Collection = replace(
    fer2013.COLLECTION,
    name="ferplus",
    title="FER+",
    source="fer2013new.csv of github.com/microsoft/FERPlus, beside fer2013.csv of Kaggle's challenge",
    licence="votes: MIT (microsoft/FERPlus); pictures: as FER2013",
    split="that of FER2013",
    labels="FER2013's seven, and the ten counts of votes as they are",
    layout="fer2013.csv and fer2013new.csv",
    columns=EXPRESSION,
    plan=plan,
)
