"""A number that the page's engine has beside its code is the one of the Python file that it says to do as."""

import ast
import re
from pathlib import Path

import pytest

from recommender.ranking.contexts import hour_bin

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for room in ("engine", "places", "profile") for path in (ROOT / "web" / "src" / room).glob("*.ts")
)
CONSTANT = re.compile(
    r"^(?:export )?const ([A-Z_]+)(?:: [^=]+)? = ([-\d.\[][^;]*?)(?: as const)?;", re.MULTILINE
)
NOT_BY_NAME = {
    # a default argument, a number in an expression, an input's size, words, the comparison below
    *("MINIMUM_SCORE", "DOUBLE_OVERLAP", "MESH_POINTS", "INPUT_PX", "RIGHT", "LEFT", "HEADS", "A_VISIT_MS"),
    *("WEEKDAYS", "PART_OF_HOUR", "FIRST_RINGS", "MOST_RINGS", "LOW_STATES"),
}


def python_constants(path):
    """Names without a leading underscore, of the module and of its classes."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target, value = node.targets[0], node.value
        both = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
        for name, one in zip(target.elts, value.elts, strict=True) if both else [(target, value)]:
            if isinstance(name, ast.Name) and name.id.isupper():
                try:
                    found[name.id.lstrip("_")] = plain(ast.literal_eval(one))
                except ValueError:
                    continue
    return found


def plain(value):
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def ported():
    """(name of the TypeScript file, constant, its value, what Python says)."""
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        known = {}
        for name in re.findall(r"`([a-z_0-9/]+\.py)`", text):
            known.update(python_constants(ROOT / name))
        for name, value in CONSTANT.findall(text):
            if known and name not in NOT_BY_NAME:
                yield path.name, name, plain(ast.literal_eval(value)), known.get(name)


@pytest.mark.parametrize(("file", "name", "value", "wanted"), list(ported()))
def test_a_constant_is_python_s(file, name, value, wanted):
    assert value == wanted, f"{file}: {name}"


def test_there_are_constants_to_compare():
    assert len(list(ported())) > 40


def test_parts_of_the_week_are_python_s():
    text = (ROOT / "web" / "src" / "places" / "localTime.ts").read_text(encoding="utf-8")
    hours = dict(CONSTANT.findall(text))["PART_OF_HOUR"]

    assert ast.literal_eval(hours) == [int(hour_bin(0, hour)) for hour in range(24)]
