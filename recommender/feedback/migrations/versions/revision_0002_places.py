"""What holds for each person and place, filled from the events that are there.

Fetching 10,000 events takes a request 10 ms before any is weighed; the rows of their places are fewer.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_AT_ONCE = 1000


def upgrade() -> None:
    """Make the table and replay the events into it."""
    places = op.create_table(
        "emopoi_feedback_places",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("place_type", sa.Text, nullable=False),
        sa.Column("place_group", sa.Text, nullable=False),
        sa.Column("opinion", sa.SmallInteger, nullable=False),
        sa.Column("opinion_us", sa.BigInteger),
        sa.Column("hidden_us", sa.BigInteger),
        sa.Column("visits", sa.Integer, nullable=False),
        sa.Column("last_visit_us", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    events = connection.execute(
        sa.text(
            "SELECT person, place, place_type, place_group, kind, time_us"
            " FROM emopoi_feedback_events ORDER BY person, place, id"
        )
    )
    rows: list[dict[str, Any]] = []
    state: dict[str, Any] | None = None
    for person, place, place_type, place_group, kind, time_us in events:
        if state is None or (state["person"], state["place"]) != (person, place):
            if state is not None and state["place_type"]:
                rows.append(state)
            if len(rows) >= _AT_ONCE:
                connection.execute(sa.insert(places), rows)
                rows = []
            state = _nothing(person, place)
        if kind == "forget":
            state = _nothing(person, place)
            continue
        state["place_type"], state["place_group"] = place_type, place_group
        if kind in ("like", "dislike"):
            state["opinion"], state["opinion_us"] = (1 if kind == "like" else -1), time_us
        elif kind in ("hide", "unhide"):
            state["hidden_us"] = time_us if kind == "hide" else None
        elif kind == "been_there":
            state["visits"] += 1
            state["last_visit_us"] = max(time_us, state["last_visit_us"] or time_us)
    if state is not None and state["place_type"]:
        rows.append(state)
    if rows:
        connection.execute(sa.insert(places), rows)


def _nothing(person: str, place: str) -> dict[str, Any]:
    return {
        "person": person,
        "place": place,
        "place_type": "",
        "place_group": "",
        "opinion": 0,
        "opinion_us": None,
        "hidden_us": None,
        "visits": 0,
        "last_visit_us": None,
    }
