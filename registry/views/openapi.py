"""What the API is, for programs: OpenAPI 3.1 at ``/api/v1/openapi.json``, made from the models that check what comes in."""

from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, jsonify
from pydantic import BaseModel

from disaster.staff.guards import public
from registry.intake.schemas import APP, FIELDS, MOST_ITEMS, Batch, Event, Item
from registry.views.tablet_api import Enrolment
from registry.vocabulary import Outcome

blueprint = Blueprint("openapi", __name__, url_prefix="/api/v1")
_REFUSALS = {
    "401": "unknown or revoked",
    "413": "too large",
    "422": "not understood",
    "429": "too often",
    "503": "busy: send again",
}
_AFTER = {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0, "default": 0}}
_TEXT, _NUMBER, _ROW = {"type": "string"}, {"type": "integer"}, {"type": "object"}


@blueprint.get("/openapi.json")
@public
def document() -> Response:
    """The description."""
    return jsonify(described())


@lru_cache(maxsize=1)
def described() -> dict[str, Any]:
    """The whole document."""
    models: list[type[BaseModel]] = [Enrolment, Batch, Item, Event, *FIELDS.values()]
    schemas = {model.__name__: _schema(model) for model in models}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Disaster information system: tablets at the shelters", "version": "1"},
        "paths": {
            "/api/v1/devices/enrol": {
                "post": _call("Use a code of headquarters, once", "Enrolled", "Enrolment", "201", token=False)
            },
            "/api/v1/device": {"get": _call("How the own shelter stands", "Device")},
            "/api/v1/preload": {
                "get": _call("Residents of the areas that flee to the own shelter", "Preload", parameters=[_AFTER])
            },
            "/api/v1/changes": {
                "get": _call("Who is at the own shelter, as far as it changed", "Changes", parameters=[_AFTER])
            },
            "/api/v1/sync": {"post": _call(f"Send at most {MOST_ITEMS} sealed entries", "Results", "Batch")},
        },
        "components": {
            "securitySchemes": {"tablet": {"type": "http", "scheme": "bearer"}},
            "schemas": {**schemas, **_answers()},
        },
    }


def _call(
    summary: str,
    answer: str,
    body: str = "",
    status: str = "200",
    *,
    token: bool = True,
    parameters: list[Any] | None = None,
) -> dict[str, Any]:
    refused = {code: _said(words, "Refusal") for code, words in _REFUSALS.items()}
    found: dict[str, Any] = {"summary": summary, "responses": {status: _said("done", answer), **refused}}
    if token:
        found["security"] = [{"tablet": []}]
    if parameters:
        found["parameters"] = parameters
    if body:
        found["requestBody"] = {"required": True, "content": _json(body)}
    return found


def _said(words: str, schema: str) -> dict[str, Any]:
    return {"description": words, "content": _json(schema)}


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """The model's own schema, with what it names laid out inside it."""
    found = model.model_json_schema()
    kept = found.pop("$defs", {})
    return _laid_out(found, kept)  # type: ignore[no-any-return]


def _laid_out(part: Any, kept: dict[str, Any]) -> Any:
    if isinstance(part, dict):
        if "$ref" in part:
            return _laid_out(kept[part["$ref"].rpartition("/")[2]], kept)
        return {name: _laid_out(value, kept) for name, value in part.items()}
    return [_laid_out(value, kept) for value in part] if isinstance(part, list) else part


def _answer(**parts: Any) -> dict[str, Any]:
    return {"type": "object", "required": ["app", *parts], "properties": {"app": {"const": APP}, **parts}}


def _object(**parts: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(parts), "properties": parts}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _answers() -> dict[str, Any]:
    seal = _object(kid=_TEXT, spki=_TEXT, point=_TEXT, card=_TEXT)
    device, place = _object(id=_NUMBER, name=_TEXT), _object(id=_NUMBER, name=_TEXT, code=_TEXT)
    state = {
        "opening": _TEXT,
        "crowding": _TEXT,
        "areas": _list(_object(code=_TEXT, name=_TEXT)),
        "others": _list(device),
    }
    shelter = _object(id=_NUMBER, name=_TEXT, code=_TEXT, **state)
    figures = _object(registered=_NUMBER, unregistered=_NUMBER)
    next_page = {"type": ["integer", "null"]}
    told = _object(id=_TEXT, values=_ROW, heads=_ROW)
    stay = _object(
        id=_TEXT, values=_ROW, heads=_ROW, person=_TEXT, confirmed={"type": "boolean"}, disputed={"type": "boolean"}
    )
    resident = _object(
        **{
            name: _NUMBER if name == "id" else _TEXT
            for name in ("id", "h", "name", "kana", "birth", "sex", "address", "area", "relation")
        }
    )
    result = {
        "type": "object",
        "required": ["id", "status"],
        "properties": {"id": _TEXT, "status": {"enum": [*Outcome]}, "why": _TEXT},
    }
    return {
        "Enrolled": _answer(token=_TEXT, device=device, shelter=place, seal=seal),
        "Device": _answer(device=device, shelter=shelter, seal=seal, now=_NUMBER, figures=figures),
        "Preload": _answer(version=_TEXT, next=next_page, residents=_list(resident)),
        "Changes": _answer(
            next=_NUMBER, more={"type": "boolean"}, households=_list(told), people=_list(told), stays=_list(stay),
            gone=_list(_object(kind=_TEXT, id=_TEXT)),
        ),
        "Results": _answer(results=_list(result)),
        "Refusal": _answer(error=_TEXT, message=_TEXT),
    }  # fmt: skip
