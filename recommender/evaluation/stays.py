"""How long people stay, by theme of the sight, from times of their photographs.

Needs visits with first and last photograph (the Flickr visits of Chen, Ong & Xie 2016, made from
YFCC100M). A visit with one photograph has no length and is left out; what is left is a lower bound of
the stay, because nobody photographs on arriving and on leaving.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from emopoi.errors import InputError
from recommender.check_ins import read_columns

FILE = "visits_flickr_toronto.parquet"

_LONGEST_S = 12 * 3600


def evaluate_stays(folder: Path) -> dict[str, Any]:
    """Quartiles of the stay by theme, minutes.

    Visits over twelve hours are left out: two visits taken for one.

    Returns:
        For JSON: visits, with_length, and for each theme visits, people, q25_min, median_min, q75_min.

    Raises:
        InputError: the file is not there, lacks a column, or has a stay that is no number.
    """
    columns = read_columns(Path(folder) / FILE, required=("user", "category", "stay_s", "n_photo"))
    try:
        stay_s = np.array(columns["stay_s"].to_pylist(), dtype=np.float64)
        photos = np.array(columns["n_photo"].to_pylist(), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{folder}/{FILE}: numbers were expected in stay_s and n_photo") from error
    theme = np.array([str(value) for value in columns["category"].to_pylist()])
    user = np.array([str(value) for value in columns["user"].to_pylist()])
    kept = (photos >= 2) & (stay_s > 0) & (stay_s <= _LONGEST_S)
    themes = {}
    for name in sorted(set(theme[kept])):
        rows = kept & (theme == name)
        low, middle, high = np.percentile(stay_s[rows] / 60.0, [25, 50, 75])
        themes[name] = {
            "visits": int(rows.sum()),
            "people": len(set(user[rows])),
            "q25_min": round(float(low), 1),
            "median_min": round(float(middle), 1),
            "q75_min": round(float(high), 1),
        }
    return {"visits": len(stay_s), "with_length": int(kept.sum()), "themes": themes}
