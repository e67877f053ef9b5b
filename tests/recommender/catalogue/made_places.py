"""Small made files of places for the tests of the store."""

from __future__ import annotations

import csv
import json
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as arrow
from pyarrow import parquet


def write_csv(path: Path, rows: Iterable[Sequence[Any]], header: str = "id,name,lat,lon,type") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header.split(","))
        writer.writerows(rows)
    return path


def write_osm(path: Path, elements: list[Any], **head: Any) -> Path:
    path.write_text(json.dumps({**head, "elements": elements}), encoding="utf-8")
    return path


def node(number: int, lat: Any = 60.17, lon: Any = 24.94, **tags: Any) -> dict[str, Any]:
    return {"type": "node", "id": number, "lat": lat, "lon": lon, "tags": {"name": f"Place {number}", **tags}}


def point(lon: float, lat: float) -> bytes:
    """A point as WKB, little endian."""
    return struct.pack("<BIdd", 1, 1, lon, lat)


def overture_table(rows: Sequence[dict[str, Any]], *, layout: str = "both") -> arrow.Table:
    """Places in Overture's layout; rows have id, name, lon, lat, category and more where wanted."""
    count = len(rows)
    names = arrow.StructArray.from_arrays(
        [
            arrow.array([row.get("name") for row in rows], arrow.string()),
            arrow.array(
                [list(row.get("common", {}).items()) for row in rows],
                arrow.map_(arrow.string(), arrow.string()),
            ),
        ],
        ["primary", "common"],
    )
    columns: dict[str, Any] = {
        "id": arrow.array([row.get("id") for row in rows], arrow.string()),
        "geometry": arrow.array(
            [
                row["wkb"] if "wkb" in row else point(row.get("lon", 24.94), row.get("lat", 60.17))
                for row in rows
            ],
            arrow.binary(),
        ),
        "names": names,
        "confidence": arrow.array([row.get("confidence", 0.9) for row in rows], arrow.float64()),
        "operating_status": arrow.array([row.get("status") for row in rows], arrow.string()),
        "sources": arrow.array(
            [[{"property": "", "dataset": row.get("dataset", "meta")}] for row in rows],
            arrow.list_(arrow.struct([("property", arrow.string()), ("dataset", arrow.string())])),
        ),
    }
    if layout in ("older", "both"):
        columns["categories"] = arrow.array(
            [{"primary": row.get("category"), "alternate": row.get("alternate", [])} for row in rows],
            arrow.struct([("primary", arrow.string()), ("alternate", arrow.list_(arrow.string()))]),
        )
    if layout in ("newer", "both"):
        columns["basic_category"] = arrow.array([row.get("basic") for row in rows], arrow.string())
        columns["taxonomy"] = arrow.array(
            [{"primary": row.get("category"), "hierarchy": row.get("path", [])} for row in rows],
            arrow.struct([("primary", arrow.string()), ("hierarchy", arrow.list_(arrow.string()))]),
        )
    assert all(len(column) == count for column in columns.values())
    return arrow.table(columns)


def write_overture(path: Path, rows: Sequence[dict[str, Any]], **options: Any) -> Path:
    parquet.write_table(overture_table(rows, **options), path)
    return path


def write_foursquare(path: Path, rows: Sequence[dict[str, Any]], **replaced: Any) -> Path:
    columns: dict[str, Any] = {
        "fsq_place_id": arrow.array([row.get("id") for row in rows], arrow.string()),
        "name": arrow.array([row.get("name") for row in rows], arrow.string()),
        "latitude": arrow.array([row.get("lat", 60.17) for row in rows], arrow.float64()),
        "longitude": arrow.array([row.get("lon", 24.94) for row in rows], arrow.float64()),
        "date_closed": arrow.array([row.get("closed") for row in rows], arrow.string()),
        "fsq_category_labels": arrow.array([row.get("labels") for row in rows], arrow.list_(arrow.string())),
        "unresolved_flags": arrow.array([row.get("flags") for row in rows], arrow.list_(arrow.string())),
    }
    columns.update(replaced)
    parquet.write_table(
        arrow.table({key: value for key, value in columns.items() if value is not None}), path
    )
    return path
