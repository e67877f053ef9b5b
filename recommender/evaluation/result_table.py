"""The results as a table for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NEXT = (("accuracy_at_1", "@1"), ("accuracy_at_10", "@10"), ("mrr", "MRR"))
_COLUMNS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "all": ("all targets", _NEXT),
    "new": ("new places", (("mrr", "MRR"),)),
    "new_visited_removed": ("new, visited removed", (("accuracy_at_10", "@10"), ("mrr", "MRR"))),
    "top_10_new": ("10 new places", (("recall_at_10", "Recall"), ("ndcg_at_10", "NDCG"))),
}


def methods_table(methods: Mapping[str, Mapping[str, Any]], *, new_first: bool) -> str:
    """One line a method; values with three decimals."""
    views = list(_COLUMNS)
    if new_first:
        views = views[::-1]
    width = max(len(name) for name in methods) + 2
    head, names = " " * width, "method".ljust(width)
    for view in views:
        title, metrics = _COLUMNS[view]
        size = max(8 * len(metrics), len(title) + 1)
        head += "| " + title.ljust(size)
        names += "| " + "".join(words.ljust(8) for _, words in metrics).ljust(size)
    lines = [head.rstrip(), names.rstrip(), "-" * len(names)]
    for name, row in methods.items():
        line = name.ljust(width)
        if row["status"] != "run":
            lines.append(f"{line}| {row['status']}")
            continue
        for view in views:
            title, metrics = _COLUMNS[view]
            size = max(8 * len(metrics), len(title) + 1)
            values = "".join(_number(row[view][metric]["value"]).ljust(8) for metric, _ in metrics)
            line += "| " + values.ljust(size)
        lines.append(line.rstrip())
    return "\n".join(lines)


def differences_table(ours: str, differences: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Ours minus the best rival, one line a column."""
    lines = [f"{ours} minus the best rival, 95 % interval:"]
    for view, metrics in differences.items():
        for metric, row in metrics.items():
            title, gain = _COLUMNS[view][0], interval_text(row, sign=True)
            lines.append(f"  {title}, {metric}: {gain} ({row['best_rival']})")
    return "\n".join(lines)


def bars_table(name: str, bars: list[dict[str, Any]]) -> str:
    """One line a bar."""
    lines = [f"bars for {name}:"]
    for row in bars:
        verdict = "reached" if row["passed"] else "missed"
        title = f"{_COLUMNS[row['view']][0]}, {row['metric']}"
        lines.append(f"  {title} >= {row['bar']:.3f}: {interval_text(row)} {verdict}")
    return "\n".join(lines)


def rating_sets_table(sets: Mapping[str, Mapping[str, Any]]) -> str:
    """Errors and gains of each rating set."""
    lines = []
    for name, row in sets.items():
        if "rmse" not in row:
            lines.append(f"{name}: {row['message']}")
            continue
        lines.append(
            f"{name}: {row['rows']} ratings by {row['users']} users, {row['rows_with_emotion']} with emotion"
        )
        lines.append("  RMSE " + ", ".join(f"{model} {value:.3f}" for model, value in row["rmse"].items()))
        for gain, values in row["mse_gain"].items():
            lines.append(f"  {gain}: {interval_text(values, sign=True, digits=4)}")
    return "\n".join(lines)


def sign_check_table(check: Mapping[str, Any]) -> str:
    """The emotion term on STS."""
    told = f"{check['rows_with_mood']} of {check['rows_warm']} have a mood"
    lines = [f"bounded emotion term on STS warm rows, fall of the squared error; {told}"]
    for name, row in check.items():
        if not isinstance(row, Mapping) or "mse_gain" not in row:
            continue
        line = f"  {name}: {interval_text(row['mse_gain'], sign=True, digits=4)}"
        line += f", with a mood {interval_text(row['mse_gain_with_mood'], sign=True, digits=4)}"
        if "orders" in row:
            line += f", {row['orders_as_good']} of {row['orders']} orders of the moods gain as much"
        lines.append(line + (", not worse" if row["not_worse"] else ", WORSE"))
    return "\n".join(lines)


def types_table(result: Mapping[str, Any]) -> str:
    """How well a person's ratings of other types tell the rating of one."""
    lines = [f"types of places, one left out: {result['people']} people, {result['types']} types"]
    lines.append("  RMSE " + ", ".join(f"{name} {value:.3f}" for name, value in result["rmse"].items()))
    for name, row in result["mse_gain"].items():
        lines.append(f"  {name} over {row['from']}: {interval_text(row, sign=True)}")
    return "\n".join(lines)


def stays_table(result: Mapping[str, Any]) -> str:
    """Minutes of stay by theme."""
    lines = [f"stays, minutes: {result['with_length']} of {result['visits']} visits have a length"]
    for name, row in result["themes"].items():
        quartiles = f"{row['q25_min']:.0f} / {row['median_min']:.0f} / {row['q75_min']:.0f}"
        lines.append(f"  {name}: {quartiles} (quartiles of {row['visits']} visits)")
    return "\n".join(lines)


def interval_text(row: Mapping[str, Any], *, sign: bool = False, digits: int = 3) -> str:
    """`0.160 [0.148, 0.171]`."""
    plus = "+" if sign else ""
    if row["value"] is None:
        return "no rows"
    return f"{row['value']:{plus}.{digits}f} [{row['low']:{plus}.{digits}f}, {row['high']:{plus}.{digits}f}]"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
