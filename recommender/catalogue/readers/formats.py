"""Which reader a file needs, told by its content."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from emopoi.errors import InputError
from recommender.catalogue.readers.parquet_file import ParquetFile

Format = Literal["osm-json", "osm-pbf", "geojson", "csv", "overture", "foursquare"]
FORMATS: tuple[Format, ...] = get_args(Format)

_HEAD_BYTES = 65_536


def format_of(path: Path) -> Format:
    """The format of a file.

    Raises:
        InputError: the file can not be read or is of no known format.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise InputError(f"{path}: can not be read: {error.strerror or error}") from error
    if head.startswith(b"PAR1"):
        names = set(ParquetFile(path).schema.names)
        if "names" in names:
            return "overture"
        if names & {"fsq_place_id", "fsq_id", "venue_id", "venueid"}:
            return "foursquare"
        raise InputError(
            f"{path}: a Parquet file of Overture Places (id, names, ...) or Foursquare Places (fsq_place_id, "
            f"...) was expected, got columns {', '.join(sorted(names))[:200]}"
        )
    if b"OSMHeader" in head[:64]:
        return "osm-pbf"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        first = {text.find(word): name for word, name in _JSON_MARKS if word in text}
        if first:
            return first[min(first)]
        raise InputError(f"{path}: JSON with `elements` (Overpass) or `features` (GeoJSON) was expected")
    line = text.split(b"\n", 1)[0].lower()
    if _is_text(head) and b"name" in line and (b"lat" in line or b"y" in line):
        return "csv"
    raise InputError(
        f"{path}: places as {', '.join(FORMATS)} were expected; the file is none of them (or say which with "
        "--format)"
    )


_JSON_MARKS: tuple[tuple[bytes, Format], ...] = (
    (b'"elements"', "osm-json"),
    (b'"features"', "geojson"),
    (b'"FeatureCollection"', "geojson"),
)


def _is_text(head: bytes) -> bool:
    """Whether the start of a file is UTF-8; its last character may be cut off."""
    try:
        head[:-4].decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in head
