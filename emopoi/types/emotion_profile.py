"""The emotion profile: the only thing that crosses from recognition to places and pages.

No image and no identity is in it. It goes through JSON unchanged: fields that this version
does not know are kept and written back, an unknown schema is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from emopoi.errors import ProfileError
from emopoi.types.labels import EMOPOI8, FER7

SCHEMA = 1
"""Of profile.json; another one is refused."""
LONGEST_S = 1e9
"""Thirty years: what was observed longer is a mistake."""
_SUM_TOLERANCE = 0.02  # written figures are rounded to four places


@dataclass(frozen=True, slots=True)
class AgeRange:
    """Age in years: the median of the distribution and its central 90 % interval."""

    median: float
    low90: float
    high90: float


@dataclass(frozen=True, slots=True)
class PersonProfile:
    """What one person showed over the time observed.

    Attributes:
        id: id of the track.
        observed_s: seconds with a usable reading.
        fer7: share of time by FER-7 label, sums to 1.
        emopoi8: share by EmoPOI state, sums to 1.
        valence: -1 (unpleasant) .. 1 (pleasant).
        arousal: -1 (calm) .. 1 (activated).
        variability: 0 (steady) .. 1 (all over the place).
        confidence: 0..1.
        abstained: True where the evidence was too thin to name a state.
        age: None where no age model ran or the person was seen too briefly.
        female: probability that the presentation is read as female, or None.
        extra: unknown JSON fields, kept.
    """

    id: int
    observed_s: float
    fer7: Mapping[str, float]
    emopoi8: Mapping[str, float]
    valence: float
    arousal: float
    variability: float
    confidence: float
    abstained: bool
    age: AgeRange | None = None
    female: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EmotionProfile:
    """Profiles of everybody seen in one source.

    Attributes:
        source: name of the file or camera, without its folder.
        people: in the order of their ids.
        modalities: what was looked at, e.g. ("face",).
        extra: unknown JSON fields, kept.
    """

    source: str
    people: tuple[PersonProfile, ...] = ()
    modalities: tuple[str, ...] = ("face",)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def person(self, person_id: int | None = None) -> PersonProfile | None:
        """Pick one person: by id, or the one observed longest; None where nobody was seen.

        Raises:
            ProfileError: there is no person of that id.
        """
        if person_id is None:
            return max(self.people, key=lambda person: person.observed_s, default=None)
        for person in self.people:
            if person.id == person_id:
                return person
        known = ", ".join(str(person.id) for person in self.people) or "none"
        raise ProfileError(f"no person {person_id} in the profile (it has: {known})")

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that docs and other programs rely on."""
        return {
            "schema": SCHEMA,
            "source": self.source,
            "modalities": list(self.modalities),
            "people": [_person_to_dict(person) for person in self.people],
            **self.extra,
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), indent=indent, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_dict(cls, data: Any) -> EmotionProfile:
        """Read what `to_dict` wrote, or another program's object of the same schema.

        Raises:
            ProfileError: unknown schema, a missing field, a number out of its range or a
                distribution that does not sum to one; the message names the field.
        """
        if not isinstance(data, Mapping):
            raise ProfileError(f"a profile is a JSON object, got {type(data).__name__}")
        if data.get("schema") != SCHEMA or isinstance(data["schema"], bool):
            raise ProfileError(
                f"profile schema {data.get('schema')!r} is unknown (this version reads {SCHEMA})"
            )
        people = data.get("people")
        if not isinstance(people, list):
            raise ProfileError(f"people: a list was expected, got {type(people).__name__}")
        modalities = data.get("modalities", ["face"])
        if not isinstance(modalities, list) or not all(isinstance(word, str) for word in modalities):
            raise ProfileError("modalities: a list of words was expected")
        persons = tuple(_person_from_dict(person, f"people[{i}]") for i, person in enumerate(people))
        ids = [person.id for person in persons]
        if len(set(ids)) != len(ids):
            raise ProfileError(f"people: ids are not distinct: {ids}")
        return cls(
            source=str(data.get("source", "")),
            people=persons,
            modalities=tuple(modalities),
            extra=_rest(data, ("schema", "source", "modalities", "people")),
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> EmotionProfile:
        """Parse JSON text.

        Raises:
            ProfileError: not JSON, or as `from_dict`.
        """
        try:
            data = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ProfileError(f"not a JSON file: {error}") from error
        return cls.from_dict(data)


def _refuse_constant(name: str) -> None:
    """Python reads NaN and Infinity, which JSON does not have and which could not be written."""
    raise ValueError(f"{name} is not JSON")


_PERSON_FIELDS = (
    "id", "observed_s", "fer7", "emopoi8", "valence", "arousal", "variability",
    "confidence", "abstained", "age", "gender",
)  # fmt: skip


def _person_to_dict(person: PersonProfile) -> dict[str, Any]:
    age = person.age
    return {
        "id": person.id,
        "observed_s": person.observed_s,
        "fer7": dict(person.fer7),
        "emopoi8": dict(person.emopoi8),
        "valence": person.valence,
        "arousal": person.arousal,
        "variability": person.variability,
        "confidence": person.confidence,
        "abstained": person.abstained,
        "age": None if age is None else {"median": age.median, "low90": age.low90, "high90": age.high90},
        "gender": None if person.female is None else {"female": person.female},
        **person.extra,
    }


def _person_from_dict(data: Any, where: str) -> PersonProfile:
    if not isinstance(data, Mapping):
        raise ProfileError(f"{where}: an object was expected, got {type(data).__name__}")
    person_id = data.get("id")
    if not isinstance(person_id, int) or isinstance(person_id, bool):
        raise ProfileError(f"{where}.id: a whole number was expected, got {person_id!r}")
    abstained = data.get("abstained", False)
    if not isinstance(abstained, bool):
        raise ProfileError(f"{where}.abstained: true or false was expected, got {abstained!r}")
    age = data.get("age")
    gender = data.get("gender")
    return PersonProfile(
        id=person_id,
        observed_s=_number(data, "observed_s", where, 0.0, LONGEST_S),
        fer7=_distribution(data, "fer7", FER7, where),
        emopoi8=_distribution(data, "emopoi8", EMOPOI8, where),
        valence=_number(data, "valence", where, -1.0, 1.0),
        arousal=_number(data, "arousal", where, -1.0, 1.0),
        variability=_number(data, "variability", where, 0.0, 1.0),
        confidence=_number(data, "confidence", where, 0.0, 1.0),
        abstained=abstained,
        age=None if age is None else _age(age, f"{where}.age"),
        female=None if gender is None else _number(gender, "female", f"{where}.gender", 0.0, 1.0),
        extra=_rest(data, _PERSON_FIELDS),
    )


def _age(data: Any, where: str) -> AgeRange:
    median, low, high = (_number(data, name, where, 0.0, 130.0) for name in ("median", "low90", "high90"))
    if not low <= median <= high:
        raise ProfileError(f"{where}: low90 <= median <= high90 was expected, got {low}, {median}, {high}")
    return AgeRange(median=median, low90=low, high90=high)


def _number(data: Any, name: str, where: str, low: float, high: float) -> float:
    value = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise ProfileError(f"{where}.{name}: a number from {low:g} to {high:g} was expected, got {value!r}")
    return value


def _distribution(
    data: Mapping[str, Any], name: str, labels: tuple[str, ...], where: str
) -> dict[str, float]:
    shares = data.get(name)
    if not isinstance(shares, Mapping):
        raise ProfileError(f"{where}.{name}: an object of shares was expected, got {shares!r}")
    unknown = [label for label in shares if label not in labels]
    if unknown:
        raise ProfileError(f"{where}.{name}: unknown label {unknown[0]!r} (known: {', '.join(labels)})")
    values = {label: _number(shares, label, f"{where}.{name}", 0.0, 1.0) for label in shares}
    if abs(sum(values.values()) - 1.0) > _SUM_TOLERANCE:
        raise ProfileError(f"{where}.{name}: shares sum to {sum(values.values()):.3f}, expected 1")
    return values


def _rest(data: Mapping[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in known}
