"""How the store of places grows: import, size on disk, and the time of a question in the densest cell.

python benchmarks/places.py [--sizes 50000,500000,5000000] [--repeats 200] [--picture FILE] [--keep DIR]

Made places in the layout of Overture Places (GeoParquet, both layouts of categories), in no
order: 60 % in 200 towns whose sizes fall with their rank and whose middles are dense, the rest
scattered. Each size is imported by a process of its own whose peak memory is taken from the
system; then one thread asks for all places within 3 km of positions around the middle of the
largest town, for the ten nearest, for ten whole records, by id and by name, and for ten suggestions.
The first questions are warm-up. Median and 95th percentile, milliseconds; one JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
from machine import describe_machine

from emopoi.types import EMOPOI8, EmotionProfile, PersonProfile
from recommender import recommend
from recommender.catalogue import open_catalogue
from recommender.ranking.place_ranking import PlaceRanking

TOWNS = 200
TOWN_SHARE = 0.6
TOWN_SPREAD_M = 8000.0
WITHIN_M = 3000.0
AFTERNOON = datetime(2026, 6, 5, 15, 0)
CHUNK = 50_000
CATEGORIES = (
    ("restaurant", "restaurant", ["food_and_drink", "restaurant"]),
    ("coffee_shop", "coffee_shop", ["food_and_drink", "coffee_shop"]),
    ("bar", "bar", ["food_and_drink", "bar"]),
    ("museum", "museum", ["arts_and_entertainment", "museum"]),
    ("park", "park", ["sports_and_recreation", "park"]),
    ("gym", "gym", ["sports_and_recreation", "sports_and_recreation_venue", "gym"]),
    ("clothing_store", "clothing_store", ["shopping", "fashion_and_apparel_store", "clothing_store"]),
    ("hair_salon", "hair_salon", ["lifestyle_services", "beauty_service", "hair_salon"]),
    ("lawyer", "attorney_or_law_firm", ["services_and_business", "professional_service", "lawyer"]),
    ("dentist", "dentist", ["health_care", "dentist"]),
)


def town_middles(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and longitudes of the towns, degrees; the first is the largest."""
    return random.uniform(-50, 60, TOWNS), random.uniform(-175, 175, TOWNS)


def write_places(path: Path, count: int, seed: int = 7) -> tuple[float, float]:
    """Write made places; returns the middle of the largest town (latitude, longitude)."""
    import pyarrow as arrow
    from pyarrow import parquet

    random = np.random.default_rng(seed)
    town_lat, town_lon = town_middles(random)
    share = 1.0 / np.arange(1, TOWNS + 1)
    share *= TOWN_SHARE / share.sum()
    colours, nouns = ("Old", "Blue", "Little", "Grand"), ("Corner", "Garden", "House")
    words = np.array([f"{colour} {noun}" for colour in colours for noun in nouns])
    degrees = TOWN_SPREAD_M / 111_195.0
    writer = None
    for first in range(0, count, CHUNK):
        size = min(CHUNK, count - first)
        town = random.choice(TOWNS + 1, size=size, p=[*share, 1 - share.sum()])
        inside = town < TOWNS
        near = np.where(inside, town, 0)
        lat = town_lat[near] + random.normal(0, degrees, size)
        lon = town_lon[near] + random.normal(0, degrees, size) / np.cos(np.radians(town_lat[near]))
        lat = np.where(inside, lat, random.uniform(-55, 70, size))
        lon = np.where(inside, lon, random.uniform(-180, 180, size))
        records = np.zeros((size, 21), dtype=np.uint8)
        records[:, :5] = (1, 1, 0, 0, 0)
        records[:, 5:13] = lon.astype("<f8").view(np.uint8).reshape(size, 8)
        records[:, 13:21] = lat.astype("<f8").view(np.uint8).reshape(size, 8)
        kinds = random.integers(0, len(CATEGORIES), size)
        words_at = random.integers(0, len(words), size)
        names = [f"{words[word]} {first + index}" for index, word in enumerate(words_at)]
        table = arrow.table(
            {
                "id": [f"08f{first + index:013x}{'0' * 16}" for index in range(size)],
                "geometry": arrow.array([row.tobytes() for row in records], type=arrow.binary()),
                "bbox": arrow.StructArray.from_arrays(
                    [arrow.array(values.astype(np.float32)) for values in (lon, lon, lat, lat)],
                    ["xmin", "xmax", "ymin", "ymax"],
                ),
                "names": arrow.StructArray.from_arrays([arrow.array(names)], ["primary"]),
                "categories": arrow.StructArray.from_arrays(
                    [arrow.array([CATEGORIES[kind][0] for kind in kinds])], ["primary"]
                ),
                "basic_category": [CATEGORIES[kind][1] for kind in kinds],
                "taxonomy": arrow.array(
                    [{"primary": CATEGORIES[kind][0], "hierarchy": CATEGORIES[kind][2]} for kind in kinds]
                ),
                "confidence": random.uniform(0.3, 1.0, size),
                "operating_status": ["open"] * size,
                "sources": [[{"property": "", "dataset": "meta"}]] * size,
            }
        )
        if writer is None:
            writer = parquet.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return float(town_lat[0]), float(town_lon[0])


IMPORT_PROGRAM = """
import json, resource, sys
from recommender.catalogue.import_places import import_places
report = import_places([sys.argv[1]], sys.argv[2])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": report.seconds, "places": report.total, "peak_mb": round(peak)}))
"""


def times_ms(ask: Callable[[int], object], repeats: int, warm_up: int = 20) -> dict[str, float]:
    """Median, 95th percentile and slowest of repeated questions.

    Beside the time on the clock stands that of the processor, which a busy machine does not lengthen.
    """
    for number in range(warm_up):
        ask(number)
    taken, worked = [], []
    for number in range(repeats):
        start, busy = time.perf_counter(), time.process_time()
        ask(number)
        taken.append(1000 * (time.perf_counter() - start))
        worked.append(1000 * (time.process_time() - busy))
    return {
        "median_ms": round(statistics.median(taken), 2),
        "p95_ms": round(statistics.quantiles(taken, n=20)[-1], 2),
        "slowest_ms": round(max(taken), 2),
        "processor_p95_ms": round(statistics.quantiles(worked, n=20)[-1], 2),
    }


def measure(count: int, folder: Path, repeats: int) -> dict[str, object]:
    """Make, import and ask one size."""
    source, into = folder / f"places-{count}.parquet", folder / f"places-{count}.duckdb"
    into.unlink(missing_ok=True)
    middle = write_places(source, count)
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_PROGRAM, str(source), str(into)],
        check=True,
        capture_output=True,
        text=True,
    )
    imported = json.loads(done.stdout)
    catalogue = open_catalogue(into)
    random = np.random.default_rng(3)
    degrees = 500.0 / 111_195.0
    at = np.array(middle) + random.uniform(-degrees, degrees, (64, 2))
    positions = [(float(lat), float(lon)) for lat, lon in at]
    found = catalogue.near(middle, WITHIN_M)
    chosen = [random.choice(found.row, min(10, len(found)), replace=False) for _ in range(16)]
    ids = [place.id for place in catalogue.places(found.row[:10])]
    sad, ranking = _sad_profile(), PlaceRanking()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "places": count,
        "parquet_mb": round(source.stat().st_size / 1e6, 1),
        "catalogue_mb": round(into.stat().st_size / 1e6, 1),
        "import_s": round(imported["seconds"], 1),
        "import_peak_mb": imported["peak_mb"],
        "within_3_km": len(found),
        "near_3_km": times_ms(lambda number: catalogue.near(positions[number % 64], WITHIN_M), repeats),
        "nearest_10": times_ms(lambda number: catalogue.nearest(positions[number % 64], 10), repeats),
        "records_10": times_ms(lambda number: catalogue.places(chosen[number % 16]), repeats),
        "find_10": times_ms(lambda number: catalogue.find(ids), repeats),
        "recommend_10": times_ms(
            lambda number: recommend(
                sad,
                at=positions[number % 64],
                when=AFTERNOON,
                catalogue=catalogue,
                max_distance_m=WITHIN_M,
                ranking=ranking,
            ),
            repeats,
        ),
        "search": times_ms(lambda number: catalogue.search(f"garden {number}"), min(repeats, 10), 1),
        "asking_peak_mb": round(memory),
    }


def _sad_profile() -> EmotionProfile:
    states = dict.fromkeys(EMOPOI8, 0.0) | {"Sad": 0.6, "Neutral": 0.4}
    person = PersonProfile(1, 5.0, {"neutral": 1.0}, states, -0.4, -0.2, 0.1, 0.9, False)
    return EmotionProfile("made", (person,))


def draw(results: list[dict], path: Path) -> None:
    """Growth as a picture."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    sizes = [result["places"] for result in results]
    figure, (left, middle, right) = pyplot.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    for name, label in (
        ("recommend_10", "10 suggestions"),
        ("near_3_km", "all within 3 km"),
        ("nearest_10", "10 nearest"),
        ("records_10", "10 records"),
        ("find_10", "10 by id"),
    ):
        left.plot(sizes, [result[name]["p95_ms"] for result in results], "o-", label=label)
    left.set(title="Question in the densest cell, p95", ylabel="ms, one thread, warm")
    left.legend(frameon=False, fontsize=8)
    middle.plot(sizes, [result["import_s"] for result in results], "o-")
    middle.set(title="Import, one pass", ylabel="s")
    right.plot(sizes, [result["import_peak_mb"] for result in results], "o-", label="import, peak memory")
    right.plot(sizes, [result["catalogue_mb"] for result in results], "o-", label="catalogue on disk")
    right.set(title="Memory and disk", ylabel="MB")
    right.legend(frameon=False, fontsize=8)
    for axes in (left, middle, right):
        axes.set(xscale="log", xlabel="places")
        axes.set_ylim(bottom=0)
        axes.spines[["top", "right"]].set_visible(False)
    partial = path.with_name(f".partial-{path.name}")
    figure.savefig(partial, dpi=120)
    partial.replace(path)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="50000,500000,5000000")
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--picture", type=Path, help="where to draw the growth")
    parser.add_argument("--keep", type=Path, help="folder for the made files (default: they go)")
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for size in map(int, options.sizes.split(",")):
            results.append(measure(size, folder, options.repeats))
            print(json.dumps(results[-1]), file=sys.stderr, flush=True)
    if options.picture:
        draw(results, options.picture)
    print(json.dumps({"machine": describe_machine(), "sizes": results}, indent=2))


if __name__ == "__main__":
    main()
