"""Whether a place is open at a moment: open, closed, or unknown - and unknown is never closed.

Opening hours are texts in OpenStreetMap's syntax, read by `opening-hours-py` with the public
holidays of the country. That package may be missing, a text may not parse, the time zone data
may be missing: in each case the state is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emopoi.errors import InputError

State = Literal["open", "closed", "unknown"]

_ANY_DAY = datetime(2026, 1, 5, 3, 0, tzinfo=ZoneInfo("UTC"))
_NO_ZONE = "UTC"
"""What the parser falls back to at the poles and on the date line; no place on land has it."""

_OF_THE_SUN = ("sun", "dawn", "dusk")


@dataclass(frozen=True, slots=True)
class OpenState:
    """State of a place at one moment.

    Attributes:
        state: "open", "closed" or "unknown".
        until: local time of the next change, or None where there is none or it is not known.
        hours: the opening hours as the catalogue writes them, or None.
    """

    state: State
    until: datetime | None = None
    hours: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON: state, until (ISO with offset, or null), hours."""
        until = None if self.until is None else self.until.isoformat()
        return {"state": self.state, "until": until, "hours": self.hours}


class OpeningHoursReader:
    """Reads the hours of one catalogue's places; each distinct text is parsed once.

    Attributes:
        problem: why nothing can be read at all (a missing package or time zone), or None.
        zone: time zone of the places, or None where it is not known here.
    """

    def __init__(self, timezone: str, country: str, at: tuple[float, float] | None = None) -> None:
        """Prepare to read.

        Args:
            timezone: IANA name of the places' time zone, or "" to find it by `at`.
            country: ISO 3166 two-letter code, for public holidays, or "" to find it by `at`.
            at: (latitude, longitude) near the places, degrees.
        """
        self.problem: str | None = None
        self.zone: ZoneInfo | None = None
        self._country = country or None
        self._at = at
        self._parsed: dict[str, Any] = {}
        try:
            from opening_hours import OpeningHours
        except ImportError:
            self._parser: Any = None
            self.problem = "opening hours could not be checked: opening-hours-py is not installed"
        else:
            self._parser = OpeningHours
            timezone = timezone or self._zone_name(at)
        try:
            self.zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            found = f"no data for time zone {timezone!r}" if timezone else "no time zone is known there"
            self.problem = self.problem or f"opening hours could not be checked: {found}"

    def _zone_name(self, at: tuple[float, float] | None) -> str:
        """The zone that the parser's map has for a position; "" where it has none."""
        if at is None:
            return ""
        try:
            change = self._parser("Mo-Su 10:00-18:00", coords=at).next_change(_ANY_DAY)
        except Exception:  # the parser's own error classes differ between its versions
            return ""
        found = str(getattr(getattr(change, "tzinfo", None), "key", ""))
        return "" if found == _NO_ZONE else found

    def local(self, moment: datetime | None) -> datetime:
        """A moment in the places' local time; None is now, a time without zone is taken as local.

        Raises:
            InputError: a year outside 1900..9998, which no opening hours speak about.
        """
        if moment is None:
            return datetime.now(self.zone) if self.zone else datetime.now().astimezone()
        if not isinstance(moment, datetime) or not 1900 <= moment.year <= 9998:
            raise InputError(f"a date and time from 1900 to 9998 was expected, got {moment}")
        if self.zone is None:
            return moment
        return moment.replace(tzinfo=self.zone) if moment.tzinfo is None else moment.astimezone(self.zone)

    def state(self, hours: str | None, moment: datetime) -> OpenState:
        """State at a moment.

        Args:
            hours: text in OpenStreetMap's syntax, or None.
            moment: local time, from `local`.
        """
        if hours is None or self.problem is not None:
            return OpenState("unknown", hours=hours)
        parsed = self._parse(hours)
        if parsed is None:
            return OpenState("unknown", hours=hours)
        state: State = "unknown"  # also what the text itself may say ("Mo-Fr 10:00-12:00 unknown")
        if parsed.is_open(moment):
            state = "open"
        elif parsed.is_closed(moment):
            state = "closed"
        until = parsed.next_change(moment) if state != "unknown" else None
        if state == "closed" and moment.hour < 12:
            night = self._end_of_night(hours, moment.replace(hour=0, minute=0, second=0, microsecond=0))
            if night is not None and moment < night:
                return OpenState("open", until=night, hours=hours)
        if state == "open" and until is not None and (until.hour, until.minute) == (0, 0):
            until = self._end_of_night(hours, until) or until
        return OpenState(state, until=until, hours=hours)

    def _end_of_night(self, hours: str, midnight: datetime) -> datetime | None:
        """When the evening before `midnight` really ends, or None where it does not go beyond.

        By the letter of the specification "Fr 18:00-02:00; Sa 12:00-20:00" closes on Friday at
        24:00, because the rule of Saturday replaces all of Saturday. Whoever mapped a bar like
        that meant it to stay open until two; so the rule of the evening is read by itself.
        """
        if ";" not in hours or '"' in hours or "||" in hours:
            return None
        evening = midnight - timedelta(minutes=1)
        if not self._parse(hours).is_open(evening):
            return None
        for rule in reversed(hours.split(";")):
            alone = self._parse(rule.strip()) if rule.strip() else None
            if alone is not None and alone.is_open(evening):
                end: datetime | None = alone.next_change(evening)
                return end if end is not None and midnight < end < midnight + timedelta(hours=12) else None
        return None

    def _parse(self, hours: str) -> Any:
        if hours not in self._parsed:
            # Without the position sunset is at 19:00 all over the world; it is asked for where it counts.
            needed = self._country is None or any(word in hours.lower() for word in _OF_THE_SUN)
            try:
                self._parsed[hours] = self._parser(
                    hours,
                    timezone=self.zone,
                    country=self._country,
                    coords=self._at if needed else None,
                    auto_country=self._country is None,
                )
            except Exception:  # the parser's own error classes differ between its versions
                self._parsed[hours] = None
        return self._parsed[hours]
