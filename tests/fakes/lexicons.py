"""Holds records, requests and answers against Bluesky's own lexicons (the four that we use)."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from broadcast.texts.limits import grapheme_count

FOLDER = Path(__file__).parent.parent / "data" / "api" / "bluesky"
_FORMATS = {
    "at-identifier": r"did:[a-z]+:[A-Za-z0-9._:%-]+|[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}",
    "did": r"did:[a-z]+:[A-Za-z0-9._:%-]+",
    "handle": r"[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}",
    "nsid": r"[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z][a-zA-Z0-9-]*){2,}",
    "at-uri": r"at://[^/\s]+(/[a-zA-Z0-9.]+(/[A-Za-z0-9._:~-]+)?)?",
    "cid": r"b[a-z2-7]{50,}",
    "uri": r"[a-z]+:[^\s]+",
    "language": r"[a-z]{2,3}(-[A-Za-z0-9]+)*",
    "record-key": r"[A-Za-z0-9._:~-]{1,512}",
}
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")


def body_faults(name: str, side: str, body: Any) -> list[str]:
    """What the lexicon of a procedure does not allow in a request (``input``) or an answer (``output``)."""
    main = _lexicon(name)["defs"]["main"]
    return list(_faults(main[side]["schema"], body, name, ""))


def record_faults(record: Any) -> list[str]:
    """What a record's own lexicon, named in ``$type``, does not allow."""
    name = record["$type"]
    return list(_faults(_lexicon(name)["defs"]["main"]["record"], record, name, ""))


def _lexicon(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _faults(schema: dict[str, Any], value: Any, home: str, at: str) -> Any:
    kind = schema["type"]
    if kind == "ref":
        yield from _referred(schema["ref"], value, home, at)
    elif kind == "union":
        known = [_full(ref, home) for ref in schema["refs"]]
        if value.get("$type") not in known:
            yield f"{at}: {value.get('$type')} is none of {known}"
        else:
            yield from _referred(value["$type"], value, home, at)
    elif kind == "object":
        yield from _object(schema, value, home, at)
    elif kind == "array":
        if not isinstance(value, list) or len(value) > schema.get("maxLength", 10**9):
            yield f"{at}: no list, or too long"
        else:
            for number, one in enumerate(value):
                yield from _faults(schema["items"], one, home, f"{at}[{number}]")
    elif kind == "string":
        yield from _string(schema, value, at)
    elif kind == "integer" and (not isinstance(value, int) or value < schema.get("minimum", value)):
        yield f"{at}: no such number"
    elif kind == "boolean" and not isinstance(value, bool):
        yield f"{at}: neither true nor false"


def _full(ref: str, home: str) -> str:
    return home + ref if ref.startswith("#") else ref


def _referred(ref: str, value: Any, home: str, at: str) -> Any:
    name, _, part = _full(ref, home).partition("#")
    if not (FOLDER / f"{name}.json").exists():
        return
    yield from _faults(_lexicon(name)["defs"][part or "main"], value, name, at)


def _object(schema: dict[str, Any], value: Any, home: str, at: str) -> Any:
    if not isinstance(value, dict):
        yield f"{at}: no object"
        return
    yield from (f"{at}/{name}: missing" for name in schema.get("required", []) if name not in value)
    for name, one in value.items():
        if name == "$type":
            continue
        if name not in schema["properties"]:
            yield f"{at}/{name}: the lexicon knows no such field"
        else:
            yield from _faults(schema["properties"][name], one, home, f"{at}/{name}")


def _string(schema: dict[str, Any], value: Any, at: str) -> Any:
    if not isinstance(value, str):
        yield f"{at}: no text"
        return
    if len(value.encode()) > schema.get("maxLength", 10**9) or grapheme_count(value) > schema.get(
        "maxGraphemes", 10**9
    ):
        yield f"{at}: too long"
    form = schema.get("format", "")
    if form == "datetime" and datetime.fromisoformat(value).tzinfo is None:
        yield f"{at}: a time without zone"
    if form in _FORMATS and not re.fullmatch(_FORMATS[form], value):
        yield f"{at}: no {form}"
