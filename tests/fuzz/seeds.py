"""Whole files that are made worse: made on the spot, and the real ones where they are at hand."""

from __future__ import annotations

import io
import json
import os
import struct
import tempfile
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from emopoi.runtime.manifest import Manifest, models_folder
from emopoi.types import EMOPOI8, FER7
from emopoi.vision.blazeface_files import read_blazeface_files
from tests.fuzz.flatbuffer_places import places_of_structure

Seed = tuple[str, bytes]
"""A file's name and content."""

_SIDE_PX = 48
_SMALL_MODELS = ("states", "emotion_time", "coefficient_emotion")
_REAL_CLIPS = ("intel_headpose_two_people.mp4", "lrs3_OzA6jRYjVQs_00004.mp4", "intel_asl_sorry.mkv")


def photos() -> list[Seed]:
    """One small photo in every format that is read."""
    shades = np.linspace(0, 255, _SIDE_PX, dtype=np.uint8)
    picture = np.stack([np.tile(shades, (_SIDE_PX, 1)), np.tile(shades[:, None], (1, _SIDE_PX))] * 2, axis=2)
    made = []
    for suffix in (".jpg", ".png", ".webp", ".bmp", ".tif", ".jp2", ".ppm"):
        content = cv2.imencode(suffix, picture[..., :3])[1].tobytes()
        made.append((f"photo{suffix}", content))
    # With transparency, which is read another way.
    made += [(f"clear{suffix}", cv2.imencode(suffix, picture)[1].tobytes()) for suffix in (".png", ".webp")]
    return made


def clips() -> list[Seed]:
    """Short clips in the usual containers, one of them with sound."""
    kinds = (("clip.mp4", "mpeg4", True), ("clip.mkv", "libx264", False), ("clip.avi", "mjpeg", False))
    return [(name, _clip(Path(name).suffix, codec, sound)) for name, codec, sound in kinds]


def sounds() -> list[Seed]:
    """Short sounds in the usual containers."""
    kinds = (("sound.wav", "pcm_s16le"), ("sound.ogg", "libopus"), ("sound.mp3", "libmp3lame"))
    return [(name, _sound(Path(name).suffix, codec)) for name, codec in kinds]


def real_clips() -> list[Seed]:
    """Recorded clips, none where EMOPOI_DATA is not set."""
    folder = Path(os.environ.get("EMOPOI_DATA", "/nowhere")) / "videos"
    return [(name, (folder / name).read_bytes()) for name in _REAL_CLIPS if (folder / name).is_file()]


def manifests() -> list[tuple[str, dict[str, Any]]]:
    """Those of the shipped models whose files load at once, by the model's name."""
    return [(name, dict(Manifest.read(models_folder() / name).data)) for name in _SMALL_MODELS]


def profiles() -> list[dict[str, Any]]:
    """A profile as `emopoi recognize` writes it."""
    person = {
        "id": 1, "observed_s": 12.5, "fer7": {name: round(1 / 7, 6) for name in FER7},
        "emopoi8": dict.fromkeys(EMOPOI8, 0.125), "valence": 0.25, "arousal": -0.5, "variability": 0.1,
        "confidence": 0.75, "abstained": False, "age": {"median": 31.0, "low90": 22.0, "high90": 44.0},
        "gender": {"female": 0.5},
    }  # fmt: skip
    people = [person, person | {"id": 2, "age": None, "gender": None}]
    return [{"schema": 1, "source": "clip.mp4", "modalities": ["face"], "people": people}]


def models() -> list[tuple[str, bytes, list[int]]]:
    """TFLite files with the offsets of what is no weight in them."""
    found = [(name, Manifest.read(models_folder() / name).content()) for name in _SMALL_MODELS]
    found.append(("blazeface", read_blazeface_files().short_range))
    return [(name, content, places_of_structure(content)) for name, content in found]


def place_objects() -> list[tuple[str, dict[str, Any]]]:
    """Small catalogues and map extracts in JSON, by file name."""
    node = {"type": "node", "id": 1, "lat": 60.17, "lon": 24.94}
    tags = {"name": "Kulma", "amenity": "cafe", "opening_hours": "Mo-Fr 08:00-18:00", "wheelchair": "yes"}
    osm = {
        "version": 0.6,
        "osm3s": {"timestamp_osm_base": "2026-01-01T00:00:00Z"},
        "elements": [
            node | {"tags": tags},
            {"type": "way", "id": 2, "center": {"lat": 60.18, "lon": 24.95},
             "tags": {"name": "Park", "leisure": "park"}},
        ],
    }  # fmt: skip
    feature = {
        "type": "Feature", "id": "a",
        "geometry": {"type": "Polygon", "coordinates": [[[24.9, 60.1], [24.95, 60.1], [24.9, 60.2]]]},
        "properties": {"name": "Kulma", "type": "cafe", "price": 2, "opening_hours": "24/7"},
    }  # fmt: skip
    point = feature | {"id": "b", "geometry": {"type": "Point", "coordinates": [24.94, 60.17]}}
    place = {
        "id": "own:1", "name": "Kulma", "type": "cafe", "lat": 60.17, "lon": 24.94, "prominence": 0.5,
        "name_en": "Corner", "opening_hours": "24/7", "wheelchair": "yes", "price": 2, "min_age": 18,
    }  # fmt: skip
    catalogue = {
        "schema": 2, "name": "two places", "source": "own", "licence": "none", "attribution": "me",
        "timezone": "Europe/Helsinki", "country": "FI", "dated": "2026-01-01",
        "places": [place, place | {"id": "own:2", "type": "park"}],
    }  # fmt: skip
    return [
        ("places.osm.json", osm),
        ("places.geojson", {"type": "FeatureCollection", "features": [feature, point]}),
        ("catalogue.json", catalogue),
    ]


def place_tables() -> list[tuple[str, list[dict[str, Any]]]]:
    """Rows of Parquet files in the two layouts that are read, by file name."""
    wkb = struct.pack("<BIdd", 1, 1, 24.94, 60.17)
    overture = {
        "id": "a", "geometry": wkb, "names": {"primary": "Kulma", "common": [("en", "Corner")]},
        "confidence": 0.9, "operating_status": "open", "sources": [{"property": "", "dataset": "meta"}],
        "categories": {"primary": "cafe", "alternate": ["bar"]}, "basic_category": "cafe",
    }  # fmt: skip
    foursquare = {
        "fsq_place_id": "4b", "name": "Kulma", "latitude": 60.17, "longitude": 24.94,
        "date_closed": "", "fsq_category_labels": ["Dining and Drinking > Cafe"],
    }  # fmt: skip
    return [
        ("overture.parquet", [overture, overture | {"id": "b"}]),
        ("foursquare.parquet", [foursquare, foursquare | {"fsq_place_id": "4c"}]),
    ]


def place_files() -> list[Seed]:
    """Files of places that are no JSON, and the same as bytes that are."""
    csv = (
        "id,name,lat,lon,type,price,opening_hours\n"
        '1,Kulma,60.17,24.94,cafe,2,"Mo-Fr 08:00-18:00"\n2,"Park, old",60.18,24.95,park,,\n'
    )
    made = [("places.csv", csv.encode())]
    made += [(name, json.dumps(value).encode()) for name, value in place_objects()]
    made += [(name, parquet_bytes(rows)) for name, rows in place_tables()]
    real = Path(os.environ.get("EMOPOI_DATA", "/nowhere")) / "poi" / "osm_helsinki_centre.osm.pbf"
    # The first 96 KB: a few whole blobs and one that is cut.
    return made + ([("places.osm.pbf", real.read_bytes()[:96_000])] if real.is_file() else [])


def parquet_bytes(rows: list[dict[str, Any]]) -> bytes:
    """Rows as a Parquet file.

    Raises:
        pyarrow.ArrowException: a column holds more than one type.
    """
    import pyarrow
    from pyarrow import parquet

    file = io.BytesIO()
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    parquet.write_table(pyarrow.table(columns), file)
    return file.getvalue()


def _clip(suffix: str, codec: str, sound: bool) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"clip{suffix}"
        with av.open(str(path), "w") as container:
            stream: Any = container.add_stream(codec, rate=10)
            stream.width = stream.height = _SIDE_PX
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            voice: Any = container.add_stream("aac", rate=16_000) if sound else None
            for number in range(8):
                image = np.full((_SIDE_PX, _SIDE_PX, 3), 20 * number, np.uint8)
                image[: 4 * number] = 200
                frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=stream.pix_fmt)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            if voice is not None:
                for part in range(4):
                    container.mux(voice.encode(_tone(1024, 1024 * part, "fltp")))
                container.mux(voice.encode(None))
        return path.read_bytes()


def _sound(suffix: str, codec: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sound{suffix}"
        with av.open(str(path), "w") as container:
            stream: Any = container.add_stream(codec, rate=16_000)
            kind = {"pcm_s16le": "s16", "libopus": "flt"}.get(codec, "fltp")
            for part in range(6):
                container.mux(stream.encode(_tone(960, 960 * part, kind)))
            container.mux(stream.encode(None))
        return path.read_bytes()


def _tone(samples: int, start: int, kind: str) -> Any:
    wave = np.sin(np.arange(start, start + samples) / 7.0)
    values = (wave * 20_000).astype(np.int16) if kind == "s16" else wave.astype(np.float32)
    tone = av.AudioFrame.from_ndarray(values[None], format=kind, layout="mono")
    tone.sample_rate, tone.pts = 16_000, start
    return tone
