"""A collection read once, in parallel, into folders of parquet files that training reads.

OUT/train.parquet and its like are folders of shards; `training.tables` reads them as it reads a file. While
the work goes on they lie in OUT/unfinished, so that nothing half done is taken for data. A shard is written
whole or not at all and is never made twice: after a kill the same call does what is missing.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as arrow
from pyarrow import parquet

from emopoi.errors import InputError, OutputError
from emopoi.progress import progress
from emopoi.report.output_folder import prepare_output_folder, write_bytes_atomically, write_text_atomically
from training.datasets.collection import Collection, Item, Plan, Skipped
from training.datasets.table import collection
from training.datasets.worker_pool import worker_pool

STARTED, DONE, UNFINISHED = "processing.json", "processed.json", "unfinished"
_VERSION = 1
_SKIPPED, _LABELS = b"emopoi_skipped", b"emopoi_labels"
_LABEL_COLUMNS = ("label_name", "gender", "frustration")
"""What rows are counted by: the first that a collection has."""
_MOST_SKIPPED = 0.5
"""Above this share it is not some files that are damaged but the folder is of another kind."""


@dataclass(frozen=True, slots=True)
class _Shard:
    """A part of a split.

    Attributes:
        name: of the collection.
        path: where it goes.
        items: what it is made of.
    """

    name: str
    path: Path
    items: tuple[Item, ...]


def process(
    name: str, root: Path, out: Path, *, workers: int = 1, items_a_shard: int | None = None
) -> dict[str, Any]:
    """Read a collection into parquet files; done already, the figures of then.

    Args:
        name: a collection of `table.NAMES`.
        root: its folder, in the official layout.
        out: folder of the result.
        workers: processes; 1 does without further ones.
        items_a_shard: None takes the collection's.

    Returns:
        collection, splits (by name: items, rows, labels), skipped (a list of name and reason), left_out
        (why, how many), checks (what, found, published), persons_in_two_splits.

    Raises:
        InputError: the layout is another; out holds something else; more than half of a split is damaged,
            or there is nothing to learn from.
        OutputError: the result can not be written.
    """
    chosen = collection(name)
    if not root.is_dir():
        raise InputError(f"{root}: no such folder")
    _refuse_foreign(out)
    prepare_output_folder(out)
    plan = chosen.plan(root, out)
    size = items_a_shard or chosen.items_a_shard
    started = {"collection": name, "content": _fingerprint(plan, size)}
    told = _read_json(out / STARTED)
    if told is not None and told != started:
        raise InputError(
            f"{out}: holds {told.get('collection')} of another content or in shards of another size; choose "
            "another folder, or remove this one"
        )
    done = _read_json(out / DONE)
    if done is not None:
        return done
    write_text_atomically(out / STARTED, json.dumps(started))
    shards = {
        split: [_Shard(name, path, items) for path, items in _paths(out, split, plan.splits[split], size)]
        for split in plan.splits
    }
    missing = [shard for parts in shards.values() for shard in parts if not shard.path.is_file()]
    made = _made(missing, plan.shared, workers)
    for _ in progress(made, len(missing), f"reading {chosen.title}, in files of {size}"):
        pass
    result = _figures(chosen, plan, shards)
    for split, parts in shards.items():
        _finish(out, split, parts)
    shutil.rmtree(out / UNFINISHED, ignore_errors=True)
    write_text_atomically(out / DONE, json.dumps(result, indent=2) + "\n")
    return result


def _refuse_foreign(out: Path) -> None:
    """Nothing that another command made is ever written over."""
    if (out / STARTED).is_file() or not out.is_dir():
        return
    there = sorted(path.name for path in out.glob("*.parquet"))
    if there:
        raise InputError(
            f"{out}: {there[0]} is there already and not from this command; choose another folder"
        )


def _fingerprint(plan: Plan, size: int) -> str:
    """What was planned: names, labels and the sizes of files, not where they lie."""
    told = hashlib.sha256(repr((_VERSION, size)).encode())
    for split, items in plan.splits.items():
        for item in items:
            facts = [(key, value) for key, value in sorted(item.facts.items()) if _plain(value)]
            told.update(repr((split, item.name, _size(item.path), facts)).encode("utf-8", "surrogateescape"))
    return told.hexdigest()


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float | tuple | type(None))


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size if path.is_file() else -1
    except OSError:
        return -1


def _paths(
    out: Path, split: str, items: Sequence[Item], size: int
) -> Iterator[tuple[Path, tuple[Item, ...]]]:
    final = out / f"{split}.parquet"
    folder = final if final.is_dir() else out / UNFINISHED / f"{split}.parquet"
    for number, first in enumerate(range(0, len(items), size)):
        yield folder / f"part-{number:05d}.parquet", tuple(items[first : first + size])


def _made(shards: Sequence[_Shard], shared: Any, workers: int) -> Iterator[_Shard]:
    """Make shards; gives each one that is done."""
    for shard in shards:
        shard.path.parent.mkdir(parents=True, exist_ok=True)
    if workers == 1 or len(shards) < 2:
        for shard in shards:
            make_shard(shard, shared)
            yield shard
        return
    with worker_pool(min(workers, len(shards)), shared) as pool:
        waiting = iter(shards)
        running = {pool.submit(shard): shard for shard in islice(waiting, 2 * workers)}
        while running:
            for future in pool.finished(running):
                shard = running.pop(future)
                future.result()
                for more in islice(waiting, 1):
                    running[pool.submit(more)] = more
                yield shard


def make_shard(shard: _Shard, shared: Any) -> None:
    """Read a shard's items and write their rows; what is damaged is noted in the file itself."""
    chosen = collection(shard.name)
    rows: list[Mapping[str, Any]] = []
    skipped: list[Skipped] = []
    for item in shard.items:
        try:
            rows += chosen.read(item, shared)
        except InputError as error:
            skipped.append(Skipped(item.name, str(error).removeprefix(f"{item.path}: ")))
        except FileNotFoundError:
            skipped.append(Skipped(item.name, "no such file"))
        except OSError as error:
            skipped.append(Skipped(item.name, error.strerror or "can not be read"))
    column = next(column for column in _LABEL_COLUMNS if column in chosen.columns.names)
    labels = Counter(str(row[column]) for row in rows)
    told = {
        _SKIPPED: json.dumps([asdict(one) for one in skipped]),
        _LABELS: json.dumps(labels, sort_keys=True),
    }
    table = arrow.Table.from_pylist(rows, chosen.columns).replace_schema_metadata(told)
    content = io.BytesIO()
    parquet.write_table(table, content, compression="zstd")
    write_bytes_atomically(shard.path, content.getvalue())


def _figures(chosen: Collection, plan: Plan, shards: Mapping[str, Sequence[_Shard]]) -> dict[str, Any]:
    skipped, splits = [asdict(one) for one in plan.skipped], {}
    for split, parts in shards.items():
        lost: list[dict[str, str]] = []
        rows, labels = 0, Counter[str]()
        for shard in parts:
            file = parquet.read_metadata(shard.path)
            rows += file.num_rows
            lost += json.loads(file.metadata[_SKIPPED])
            labels.update(json.loads(file.metadata[_LABELS]))
        items = sum(len(shard.items) for shard in parts)
        first = f", e.g. {lost[0]['name']}: {lost[0]['reason']}" if lost else ""
        if items and (not rows or len(lost) > _MOST_SKIPPED * items):
            raise InputError(
                f"{chosen.title}: {len(lost)} of {items} files of {split} can not be read{first}; "
                f"{chosen.layout} were expected"
            )
        skipped += lost
        splits[split] = {"items": items, "rows": rows, "labels": dict(sorted(labels.items()))}
    learned = next(iter(splits))
    if not splits[learned]["rows"]:
        raise InputError(f"{chosen.title}: nothing is there for {learned}; {chosen.layout} were expected")
    return {
        "collection": chosen.name,
        "splits": splits,
        "skipped": skipped,
        "left_out": dict(sorted(plan.left_out.items())),
        "checks": _checks(chosen, plan),
        "persons_in_two_splits": _in_two(plan),
    }


def _checks(chosen: Collection, plan: Plan) -> list[dict[str, Any]]:
    """Numbers and hashes beside those that were published."""
    numbers = [
        {"what": what, "found": plan.found.get(what, 0), "published": number}
        for what, number in chosen.published.items()
    ]
    hashes = [
        {
            "what": f"MD5 of {known.path.name} ({known.source})",
            "found": _md5(known.path),
            "published": known.md5,
        }
        for known in plan.hashes
    ]
    return numbers + hashes


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _in_two(plan: Plan) -> int:
    parts: dict[str, set[str]] = {}
    for split, items in plan.splits.items():
        for item in items:
            if item.person is not None:
                parts.setdefault(item.person, set()).add(str(item.facts.get("split", split)))
    return sum(len(found) > 1 for found in parts.values())


def _finish(out: Path, split: str, parts: Sequence[_Shard]) -> None:
    final = out / f"{split}.parquet"
    if not parts or final.is_dir():
        return
    folder = parts[0].path.parent
    wanted = {shard.path for shard in parts}
    try:
        for path in folder.iterdir():
            if path not in wanted:
                path.unlink()  # begun by a process that was killed
        folder.replace(final)
    except OSError as error:
        raise OutputError(f"{final}: can not be written ({error.strerror})") from error


def _read_json(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not readable ({error}); remove the folder and start again") from error
    return told if isinstance(told, dict) else None


def tell(result: Mapping[str, Any], shown: int = 10) -> None:
    """What a user should look at, on stderr: damaged files, checks that fail, persons in two parts."""
    skipped = result["skipped"]
    lines = [f"skipped {one['name']}: {one['reason']}" for one in skipped[:shown]]
    if len(skipped) > shown:
        lines.append(f"and {len(skipped) - shown} more, all listed in {DONE}")
    for check in result["checks"]:
        if check["found"] != check["published"]:
            lines.append(f"{check['what']}: {check['found']} here, {check['published']} published")
    if result["persons_in_two_splits"]:
        lines.append(f"{result['persons_in_two_splits']} persons are in two of the official parts")
    for line in lines:
        print(line, file=sys.stderr, flush=True)
