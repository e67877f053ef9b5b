"""A page with a map of suggestions: one HTML file that needs no network and no map server."""

from recommender.map_page.page import map_page

__all__ = ["map_page"]
