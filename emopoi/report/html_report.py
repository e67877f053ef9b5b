"""report.html: one page that needs no network, for whoever wants to see what came out."""

from __future__ import annotations

import base64
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import quote

from emopoi.errors import InputError
from emopoi.report.headline import (
    age_words,
    arousal_words,
    headline,
    is_picture,
    is_still,
    seen_words,
    valence_words,
    variability_words,
)
from emopoi.report.output_folder import reason, write_text_atomically
from emopoi.report.page_style import STYLE
from emopoi.report.page_texts import HOW_TO_READ, RESPONSIBLE_USE
from emopoi.report.palette import EMOPOI8_COLOURS, FER7_COLOURS
from emopoi.types import EmotionProfile, PersonProfile

_POLICY = "default-src 'none'; img-src data:; media-src 'self' file:; style-src 'unsafe-inline'"


def write_report(
    path: str | os.PathLike[str],
    profile: EmotionProfile,
    *,
    timeline_png: str | os.PathLike[str] | None = None,
    video: str | None = None,
    places: Sequence[Mapping[str, Any]] = (),
    notes: Sequence[str] = (),
    run: Mapping[str, Any] | None = None,
) -> None:
    """Write the page: one file with its style and picture inside; only the video lies beside it.

    Args:
        path: the HTML file to write.
        profile: what was recognised.
        timeline_png: picture of `draw_timeline`, put into the page.
        video: name of an annotated video in the same folder.
        places: suggestions, best first; of each, the keys name, type or group, distance_m,
            score, reasons (list of texts), open, lat and lon are shown where they are there.
        notes: what a reader must know: what was skipped, and the attribution that the licence
            of the places' data asks for.
        run: how it was made: models with their hashes, versions, settings; any JSON object.

    Raises:
        InputError: the timeline picture can not be read.
        OutputError: the page can not be written.
    """
    name = profile.source or "unnamed source"
    attribution = [note for note in notes if _is_attribution(note)]
    plain_notes = [note for note in notes if not (places and _is_attribution(note))]
    body = [
        f"<h1>Expression shown in {escape(name)}</h1>",
        f'<p class="faint">{_people_words(profile)}</p>',
        *(_person(person, profile.source) for person in profile.people),
        _timeline(timeline_png, profile.source),
        _video(video),
        _places(places, attribution),
        _section("Notes", _list(plain_notes)) if plain_notes else "",
        _section("How to read it", HOW_TO_READ),
        _section("Responsible use", RESPONSIBLE_USE),
        _section("How it was made", f'<div class="wide">{_value(run)}</div>') if run else "",
    ]
    page = (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(name)}: expression profile</title>\n"
        f"<style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + "\n</body></html>\n"
    )
    write_text_atomically(path, page)


def _people_words(profile: EmotionProfile) -> str:
    modalities = escape(", ".join(profile.modalities)) or "nothing"
    number = len(profile.people)
    if number == 0:
        return f"Nobody was seen long enough for a profile. Looked at: {modalities}."
    return f"{number} {'person' if number == 1 else 'people'}. Looked at: {modalities}."


def _person(person: PersonProfile, source: str) -> str:
    figures = [
        ("Photo" if is_still(person, source) else "Observed", seen_words(person, source)),
        ("Confidence", f"{person.confidence:.2f}"),
        ("Valence", f"{person.valence:+.2f}, {valence_words(person.valence)}"),
        ("Arousal", f"{person.arousal:+.2f}, {arousal_words(person.arousal)}"),
    ]
    if not is_still(person, source):
        figures.append(("Variability", f"{person.variability:.2f}, {variability_words(person.variability)}"))
    if person.age is not None:
        figures.append(("Looks", f"{age_words(person)} years, about {person.age.median:.0f}"))
    if person.female is not None:
        figures.append(("Presentation read as female", f"{100.0 * person.female:.0f} %"))
    weak = (
        '<p class="faint">Seen too briefly, too small or too unclear: the shares below are weak evidence.</p>'
        if person.abstained
        else ""
    )
    return (
        f'<section class="{"abstained" if person.abstained else "person"}"><h2>Person {person.id}</h2>'
        f'<p class="headline">{escape(headline(person))}.</p>{weak}'
        f'<div class="columns"><div><h3>Expressions</h3>{_bars(person.fer7, FER7_COLOURS)}</div>'
        f"<div><h3>States</h3>{_bars(person.emopoi8, EMOPOI8_COLOURS)}</div></div>"
        "<dl>"
        + "".join(f"<div><dt>{term}</dt><dd>{escape(text)}</dd></div>" for term, text in figures)
        + "</dl></section>"
    )


def _bars(shares: Mapping[str, float], colours: Mapping[str, str]) -> str:
    ranked = sorted(shares.items(), key=lambda item: item[1], reverse=True)
    return "".join(
        f'<div class="bar"><b>{escape(label)}</b><div class="track"><div class="fill" style="'
        f'width:{min(max(100.0 * share, 0.0), 100.0):.1f}%;background:{colours.get(label, "#888888")}">'
        f"</div></div><output>{100.0 * share:.0f} %</output></div>"
        for label, share in ranked
    )


def _timeline(png: str | os.PathLike[str] | None, source: str) -> str:
    if png is None:
        return ""
    try:
        data = base64.b64encode(Path(png).read_bytes()).decode("ascii")
    except OSError as error:
        raise InputError(
            f"{os.fspath(png)}: the timeline picture can not be read ({reason(error)})"
        ) from error
    title, words = (
        ("In one picture", "Shares of the seven expressions, for each person")
        if is_picture(source)
        else ("Over time", "Shares of the seven expressions, valence and arousal over time, for each person")
    )
    return _section(title, f'<div class="wide"><img alt="{words}" src="data:image/png;base64,{data}"></div>')


def _video(video: str | None) -> str:
    if not video:
        return ""
    # The file lies beside the page: a folder or scheme in front of its name is dropped.
    name = PurePosixPath(PureWindowsPath(video).name).name
    address = quote(name, errors="surrogateescape")
    return _section(
        "Annotated video",
        f'<video controls preload="metadata" src="./{address}"></video>'
        f'<p class="faint"><a href="./{address}">{escape(name)}</a>, in the same folder as this page</p>',
    )


def _places(places: Sequence[Mapping[str, Any]], attribution: Sequence[str]) -> str:
    if not places:
        return ""
    items = "".join(_place(place) for place in places)
    credit = "".join(f'<p class="faint">{escape(note)}</p>' for note in attribution)
    return _section("Places worth going to", f'<ol class="places">{items}</ol>{credit}')


def _place(place: Mapping[str, Any]) -> str:
    """One entry: the name, one line of facts, the reasons."""
    name = escape(str(place.get("name") or "unnamed"))
    if place.get("name_en"):
        name += f" ({escape(str(place['name_en']))})"
    facts = [
        escape(str(place.get("type") or place.get("group") or "").replace("_", " ")),
        _distance_words(_number(place.get("distance_m"))),
        _open_words(place.get("open")),
    ]
    latitude, longitude = _number(place.get("lat")), _number(place.get("lon"))
    if latitude is not None and longitude is not None:
        where = f"{latitude:.5f},{longitude:.5f}"
        facts.append(f'<a href="geo:{where}">{where.replace(",", ", ")}</a>')
    score = _number(place.get("score"))
    if score is not None:
        facts.append(f"score {score:.2f}")
    reasons = place.get("reasons")
    if isinstance(reasons, str):
        reasons = [reasons]
    why = "; ".join(escape(str(text)) for text in reasons) if isinstance(reasons, Iterable) else ""
    line = " · ".join(fact for fact in facts if fact)
    return f'<li><strong>{name}</strong> <span class="faint">{line}</span><p>{why}</p></li>'


def _distance_words(metres: float | None) -> str:
    if metres is None:
        return ""
    return f"{metres:.0f} m" if metres < 1000.0 else f"{metres / 1000.0:.1f} km"


def _open_words(value: Any) -> str:
    """The recommender's object (state, until), a plain yes or no, or words."""
    if isinstance(value, Mapping):
        value = value.get("state")
    if value is None or value == "unknown":
        return "opening hours not known"
    if isinstance(value, bool):
        return "open" if value else "closed"
    return escape(str(value))


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _is_attribution(note: str) -> bool:
    return any(word in note for word in ("OpenStreetMap", "ODbL", "©"))


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _list(texts: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>" if texts else ""


def _value(value: Any) -> str:
    """Any JSON value as a table, list or text."""
    if isinstance(value, Mapping):
        rows = "".join(
            f"<tr><th>{escape(str(name).replace('_', ' '))}</th><td>{_value(entry)}</td></tr>"
            for name, entry in value.items()
        )
        return f"<table><tbody>{rows}</tbody></table>"
    if isinstance(value, list | tuple):
        return "".join(f"<div>{_value(entry)}</div>" for entry in value)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    is_hash = len(text) >= 32 and all(sign in "0123456789abcdefABCDEF" for sign in text)
    return f"<code>{text}</code>" if is_hash else escape(text)
