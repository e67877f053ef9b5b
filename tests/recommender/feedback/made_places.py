"""Places and types that the tests of feedback share."""

from recommender.place import Place

GROUPS_OF_TYPES = {
    "cafe": "cafe",
    "tea_house": "cafe",
    "museum": "museum",
    "park": "park",
    "bar": "nightlife",
}


def place(number: int = 1, type: str = "cafe") -> Place:
    return Place(id=f"osm:node/{number}", name=f"Place {number}", type=type, lat=60.0, lon=25.0)
