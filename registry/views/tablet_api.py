"""The API of the tablets at the shelters (``/api/v1/``): JSON, a token in the header, no cookies, so no page of another site can use it.

Every answer says ``"app": "disaster-intake"``; a tablet believes nothing else (a portal of a wireless network answers everything with 200).
"""

import gzip
import json
from typing import Any, TypeVar

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid
from disaster.core.extensions import csrf, db
from disaster.core.municipality import municipality
from disaster.incidents import exercise, running
from disaster.shelters import directory
from disaster.shelters.desk import openings
from disaster.shelters.models import Shelter
from disaster.shelters.ports import ports
from disaster.shelters.vocabulary import HAZARD_SHORT
from disaster.staff.guards import public
from registry.intake.projection import millis
from registry.intake.schemas import APP, Batch
from registry.models.intake import Device
from registry.models.people import ShelterArea
from registry.shelters import shelter_figures
from registry.tablets import courier, devices, preload, pulling, seals, syncing
from registry.tablets.devices import NotYours, Tablet
from registry.tablets.syncing import Parcel

blueprint = Blueprint("tablets_api", __name__, url_prefix="/api/v1")
csrf.exempt(blueprint)  # no session and no cookie: the token stands in a header that no form can send
MOST_BYTES = 8 * 1024 * 1024  # of one call; a tablet with more sends several
_WORTH_PACKING = 2000  # bytes
_WORDS = {400: "malformed", 401: "unknown", 403: "refused", 404: "missing", 409: "stale", 413: "too_large"}
_WORDS |= {415: "malformed", 422: "invalid", 429: "slow_down", 503: "busy"}
_MALFORMED = "送られた内容を読み取れませんでした。記録は端末に残っています。"
_SENTENCES = {
    400: _MALFORMED,
    413: "一度に送る量が多すぎます。記録は端末に残っています。",
    415: _MALFORMED,
    500: "サーバーの中で問題が起きました。記録は端末に残っています。",
}


_Model = TypeVar("_Model", bound=BaseModel)


class Enrolment(BaseModel):
    """What a tablet shows to be enrolled: the code, and how it is to be called."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    code: str = Field(max_length=40)
    name: str = Field(default="", max_length=200)


@blueprint.post("/devices/enrol")
@public
def enrol() -> Response:
    """A code of headquarters becomes a token, once."""
    given = _body(Enrolment)
    seal = seals.public()  # an installation without a key must not use up the code
    device, token = devices.enrol(given.code, given.name)
    shelter = _shelter(device)
    about = {"id": shelter.id, "name": shelter.name, "code": devices.letters(shelter.id)}
    return _answer({"token": token, "device": _named(device), "shelter": about, "seal": seal}, 201)


@blueprint.get("/device")
@public
def heartbeat() -> Response:
    """What the tablet shows of its shelter, and the sign that it still counts."""
    device, at = _device(), clock.now()
    shelter, shelters = _shelter(device), directory.all_shelters()
    areas = db.session.scalars(
        select(ShelterArea.area_code).where(ShelterArea.shelter_id == shelter.id).order_by(ShelterArea.area_code)
    )
    names = municipality().area_by_code
    figures = shelter_figures.at([shelter.id])[shelter.id]
    about = {
        "id": shelter.id,
        "name": shelter.name,
        "code": devices.letters(shelter.id),
        "opening": str(shelter.state.opening),
        "crowding": str(shelter.state.crowding),
        "areas": [{"code": code, "name": names[code].name if code in names else code} for code in areas],
        "others": [{"id": other.id, "name": other.name} for other in shelters if other.id != shelter.id],
        "unfit": _unfit(shelter),
    }
    window = exercise.current()
    told = {
        "device": _named(device),
        "shelter": about,
        "seal": seals.public(),
        "now": millis(at),
        "over": running.over(),
        "exercise": {"id": window.id, "name": window.name, "ends": millis(window.ends_at)} if window else None,
        "figures": {"registered": figures.registered, "unregistered": figures.unregistered},
    }
    with transaction() as session:
        devices.seen(session, device.id, at)
    return _answer(told)


@blueprint.get("/preload")
@public
def residents() -> Response:
    """A page of the residents who flee to this shelter."""
    device, after = _device(), _after()
    with transaction() as session:
        found = preload.page(session, device.shelter_id, after)
        if found.residents:
            detail = {"residents": len(found.residents), "after": after, "purpose": "tablet"}
            _read(session, "device.preloaded", device, detail)
    return _answer(found._asdict())


@blueprint.get("/changes")
@public
def changes() -> Response:
    """Who is at this shelter, as far as it changed."""
    device, after = _device(), _after()
    with transaction() as session:
        found = pulling.changes(session, device.shelter_id, after)
        if found.people or found.stays or found.households:
            detail = {"people": len(found.people), "stays": len(found.stays), "after": after, "purpose": "tablet"}
            _read(session, "device.pulled", device, detail)
    return _answer(found._asdict())


@blueprint.post("/sync")
@public
def sync() -> Response:
    """Take in what the tablet entered."""
    results = courier.deliver(_parcel)
    return _answer({"results": [result.as_dict() for result in results]})


def _parcel() -> Parcel:
    device, batch, at = _device(), _body(Batch), clock.now()
    offset = devices.clock_error(batch.device_now, at)
    actor = f"device:{device.id}"
    return syncing.parcel(device, batch.items, actor=actor, at=at, offset_ms=offset, waiting=batch.waiting)


@blueprint.errorhandler(DomainError)
def _refused(error: DomainError) -> Response:
    word = error.why if isinstance(error, NotYours) else _WORDS.get(error.status, "failed")
    more = {"errors": error.fields} if isinstance(error, Invalid) and error.fields else {}
    return _answer({"error": word, "message": error.message, **more}, error.status)


@blueprint.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    status = error.code or 500
    return _answer({"error": _WORDS.get(status, "failed"), "message": _SENTENCES.get(status, _MALFORMED)}, status)


def _device() -> Tablet:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise NotYours("unknown")
    return devices.of_token(token.strip())


def _body(model: type[_Model]) -> _Model:
    request.max_content_length = MOST_BYTES
    try:
        return model.model_validate(request.get_json(cache=False))
    except ValidationError as error:
        raise Invalid(_MALFORMED, {str(part["loc"][0]): _MALFORMED for part in error.errors() if part["loc"]}) from None


def _after() -> int:
    return min(max(request.args.get("after", 0, type=int), 0), 2**53)


def _shelter(device: Device | Tablet) -> Shelter:
    return directory.by_ids([device.shelter_id])[0]


def _unfit(shelter: Shelter) -> dict[str, Any]:
    """The hazards against which the list forbids this shelter, those under way first, for the check at its door; with the list's name and date."""
    under_way = [hazard for hazard in ports().hazards() if hazard in HAZARD_SHORT]
    hazards = openings.forbidden(shelter, dict.fromkeys([*under_way, *HAZARD_SHORT]))
    return {
        "hazards": [HAZARD_SHORT[hazard] for hazard in hazards],
        "now": [HAZARD_SHORT[hazard] for hazard in hazards if hazard in under_way],
        "source": f"{shelter.source} {shelter.source_date.isoformat()}",
    }


def _named(device: Device | Tablet) -> dict[str, Any]:
    return {"id": device.id, "name": device.name, "digit": devices.digit(device.id, device.shelter_id)}


def _read(session: Session, action: str, device: Tablet, detail: dict[str, Any]) -> None:
    """The record of one call that hands over personal data; the tablet is told nothing when it was revoked meanwhile."""
    devices.seen(session, device.id, clock.now())
    actor, subject = f"device:{device.id}", f"shelter:{device.shelter_id}"
    audit.record(session, action, actor=actor, subject=subject, detail=detail)


def _answer(content: dict[str, Any], status: int = 200) -> Response:
    body = json.dumps({"app": APP, **content}, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if len(body) > _WORTH_PACKING and "gzip" in request.headers.get("Accept-Encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 5), "gzip"
    return Response(body, status, headers, mimetype="application/json")
