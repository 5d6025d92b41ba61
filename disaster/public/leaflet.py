"""The sheet that a town prints and hands on (A4), and its QR code."""

import io
from functools import lru_cache

import segno
from flask import Blueprint, Response, render_template

from broadcast.cap.vocabulary import Language
from disaster.core.municipality import municipality
from disaster.core.settings import settings
from disaster.public import look, served, subscribe_form
from disaster.public.language import HTML_TAGS, SUBSCRIBE, words
from disaster.public.subscribe import words_for
from disaster.staff.guards import public

blueprint = Blueprint("leaflet", __name__, url_prefix="/subscribe")
PATH = "/subscribe"


@blueprint.get("/sheet")
@public
def sheet() -> Response:
    """One page in three languages: what it is, what to do step by step, whom to call."""
    ways = subscribe_form.offered()
    parts = [_part(language, ways) for language in Language]
    context = {"parts": parts, "address": settings().link(PATH), "phone": municipality().contact.phone}
    return Response(render_template("subscribe/sheet.html", **words_for(Language.JA), **context))


@blueprint.get("/qr.svg")
@public
def qr() -> Response:
    """The public address of the form as a QR code (ISO/IEC 18004), with room for a fold or a stain (level M)."""
    body = _drawn(settings().link(PATH))
    return served.conditional(body, f"qr-{len(body)}-{hash(body) & 0xFFFFFF:x}", "image/svg+xml", 3600)


@lru_cache(maxsize=8)
def _drawn(address: str) -> bytes:
    drawing = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawing, kind="svg", scale=8, border=4, xmldecl=False)
    return drawing.getvalue()


def _part(language: Language, ways: tuple[str, ...]) -> dict[str, object]:
    t = words(language)

    def s(key: str, **values: object) -> str:
        return t(f"{SUBSCRIBE}.{key}", **values)

    town = look.town_name(municipality(), language)
    listed = ("、" if language != Language.EN else ", ").join(s(f"{way}_short") for way in ways)
    return {
        "tag": HTML_TAGS[language],
        "title": s("sheet_title"),
        "lead": s("sheet_lead", town=town),
        "steps": [s("sheet_1"), s("sheet_2", ways=listed), s("sheet_3")],
        "phone": s("sheet_phone"),
        "department": look.site(municipality(), language).department,
    }
