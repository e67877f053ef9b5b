"""Catalogues of places: in memory from JSON, or millions of them in a DuckDB file."""

from recommender.catalogue.catalogue import Catalogue
from recommender.catalogue.import_report import NOTES, REASONS, ImportReport
from recommender.catalogue.json_catalogue import DEFAULT_CATALOGUE, JsonCatalogue, read_json_catalogue
from recommender.catalogue.open_catalogue import open_catalogue
from recommender.catalogue.place_table import WHEELCHAIR_CODES, PlaceTable

__all__ = [
    "DEFAULT_CATALOGUE",
    "NOTES",
    "REASONS",
    "WHEELCHAIR_CODES",
    "Catalogue",
    "ImportReport",
    "JsonCatalogue",
    "PlaceTable",
    "open_catalogue",
    "read_json_catalogue",
]
