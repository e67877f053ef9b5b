"""All methods under one protocol: figures with intervals, differences from the best rival, bars."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emopoi.errors import MissingPartError
from recommender.check_ins import PoiTable, Visits
from recommender.evaluation.intervals import ClusteredBootstrap
from recommender.evaluation.metrics import hits_at, reciprocal
from recommender.evaluation.next_place import (
    KNOWN_PLACE_CHECK_INS,
    LIST_LENGTH,
    NextPlaceModel,
    Ranks,
    Targets,
    make_targets,
    rank_targets,
)

Column = tuple[str, str]
"""View and metric: ("new", "mrr")."""

NEW_VIEWS = ("top_10_new", "new_visited_removed", "new")
VIEWS = ("all", "new", "new_visited_removed", "top_10_new")

BARS: dict[Column, float] = {
    ("top_10_new", "recall_at_10"): 0.185,
    ("all", "mrr"): 0.130,
    ("new_visited_removed", "mrr"): 0.080,
}
"""What a learned ranking has to reach on the Kuala Lumpur check-ins (train to valid)."""

LEARNED = "check_in_ranking"
"""Name of this project's learned ranking in the results."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method to run: a name and what makes it.

    Attributes:
        name: key in the results.
        make: gives a model that has learned nothing yet; a `MissingPartError` becomes a row that says so.
    """

    name: str
    make: Callable[[], NextPlaceModel]


class Comparison:
    """Runs methods one after the other over the same targets and keeps their columns.

    Args:
        train: training visits.
        test: visits after them.
        pois: the places of both.
        repeats: draws of the bootstrap.
        tell: called with a method's name, the steps done and the steps to do.
    """

    def __init__(
        self,
        train: Visits,
        test: Visits,
        pois: PoiTable,
        *,
        repeats: int = 1000,
        tell: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self.train = train
        self.test = test
        self.pois = pois
        self.targets = make_targets(train, test)
        self._tell = tell
        new = self.targets.new
        by_target = ClusteredBootstrap(self.targets.user, repeats)
        by_new_target = ClusteredBootstrap(self.targets.user[new], repeats)
        by_list = ClusteredBootstrap(self.targets.list_user, repeats)
        self._bootstraps = {
            "all": by_target,
            "new": by_new_target,
            "new_visited_removed": by_new_target,
            "top_10_new": by_list,
        }
        self.columns: dict[str, dict[Column, NDArray[np.float64]]] = {}
        self.rows: dict[str, dict[str, Any]] = {}

    def run(self, method: Method) -> None:
        """Fit and rank; the result is in `rows`."""
        if self._tell is not None:
            self._tell(method.name, 0, len(self.targets))
        start = time.perf_counter()
        try:
            model = method.make()
            model.fit(self.train, self.pois)
        except MissingPartError as error:
            self.rows[method.name] = {"status": "not installed", "message": str(error)}
            return
        fitted = time.perf_counter()
        tell = self._tell
        progress = None if tell is None else lambda done, steps: tell(method.name, done, steps)
        ranks = rank_targets(model, self.targets, progress)
        ranked = time.perf_counter()
        columns = _columns(ranks, self.targets)
        row: dict[str, Any] = {"status": "run"}
        for (view, metric), values in columns.items():
            row.setdefault(view, {})[metric] = self._bootstraps[view].mean(values).as_dict()
        row["seconds"] = {"fit": round(fitted - start, 2), "rank": round(ranked - fitted, 2)}
        self.columns[method.name] = columns
        self.rows[method.name] = row

    def differences(self, ours: str) -> dict[str, Any]:
        """Ours minus the best rival of each column (by its value), with the interval of paired rows."""
        result: dict[str, Any] = {}
        rivals = [name for name in self.columns if name != ours]
        if ours not in self.columns or not rivals:
            return result
        for column, values in self.columns[ours].items():
            if not len(values):
                continue
            view, metric = column
            best = max(rivals, key=lambda name: float(self.columns[name][column].mean()))
            gain = self._bootstraps[view].mean(values - self.columns[best][column])
            result.setdefault(view, {})[metric] = {"best_rival": best, **gain.as_dict()}
        return result

    def bars(self, name: str) -> list[dict[str, Any]]:
        """The bars of `BARS` against one method's figures."""
        if name not in self.columns:
            return []
        lines = []
        for (view, metric), bar in BARS.items():
            interval = self.rows[name][view][metric]
            value = interval["value"]
            passed = value is not None and value >= bar
            lines.append({"view": view, "metric": metric, "bar": bar, **interval, "passed": passed})
        return lines

    def data(self) -> dict[str, Any]:
        """What was learned from and tested on, in numbers."""
        targets = self.targets
        return {
            "train_check_ins": len(self.train),
            "test_check_ins": len(self.test),
            "train_users": len(np.unique(self.train.user)),
            "test_users": len(np.unique(self.test.user)),
            "places_known": len(targets.candidates),
            "targets": len(targets),
            "targets_new": int(targets.new.sum()),
            "share_of_repeats": round(float(1.0 - targets.new.mean()), 4),
            "targets_at_unknown_places": int(np.count_nonzero(targets.place < 0)),
            "share_with_history": round(float(np.mean(targets.row > targets.first)), 4),
            "list_users": len(targets.list_users),
            "list_places": len(targets.list_candidates),
            "train_end": _stamp(int(self.train.time_s[-1])),
            "test_start": _stamp(int(self.test.time_s[0])),
            "test_end": _stamp(int(self.test.time_s[-1])),
        }


PROTOCOL: Mapping[str, str] = {
    "split": "global timeline: fitted on training visits, every test visit is a target",
    "history": "the user's own visits up to the target; no other user's test visit",
    "candidates": "all places with a training visit; a target elsewhere is a miss",
    "ties": "against the method: the rank is the number of places that score at least as high",
    "all": "every target",
    "new": "targets where the user has not been, ranked among all places",
    "new_visited_removed": "the same targets, visited places taken out of the ranking",
    "top_10_new": f"one list of {LIST_LENGTH} new places per known user, among places with "
    f"{KNOWN_PLACE_CHECK_INS} or more training visits, made from the training history",
    "interval": "95 %, bootstrap over users",
}


def _columns(ranks: Ranks, targets: Targets) -> dict[Column, NDArray[np.float64]]:
    new = targets.new
    views = {"all": ranks.all, "new": ranks.all[new], "new_visited_removed": ranks.without_visited[new]}
    columns: dict[Column, NDArray[np.float64]] = {}
    for view, values in views.items():
        for k in (1, 5, 10):
            columns[view, f"accuracy_at_{k}"] = hits_at(values, k)
        columns[view, "mrr"] = reciprocal(values)
    columns["top_10_new", "recall_at_10"] = ranks.recall
    columns["top_10_new", "ndcg_at_10"] = ranks.ndcg
    return columns


def _stamp(time_s: int) -> str:
    return f"{np.datetime64(time_s, 's')}Z"
