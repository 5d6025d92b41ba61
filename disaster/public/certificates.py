"""Residents apply for a 罹災証明書 or 被災証明書, send photographs, keep a receipt, and see how far it is.

Without JavaScript, without a cookie. Nothing that is typed is compared with any register: the answer is the same whoever it names.
"""

from typing import Any
from urllib.parse import urlencode

import segno
from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from broadcast.cap.vocabulary import Language
from disaster.core.errors import DomainError, Invalid
from disaster.core.extensions import csrf
from disaster.public import look, same_origin
from disaster.public.language import chosen, when
from disaster.staff import throttle
from disaster.staff.guards import public
from registry.damage import applying, given, progress, uploads, wording
from registry.damage.paper import receipt
from registry.damage.vocabulary import RELATIONS, TENURES, Kind

blueprint = Blueprint("apply", __name__, url_prefix="/certificates")
csrf.exempt(blueprint)  # no session and no cookie: another check stands before every form
blueprint.before_request(same_origin.check)
PRIVATE = {"Cache-Control": "no-store"}
SECRET = {**PRIVATE, "Referrer-Policy": "no-referrer"}  # the address of a receipt is a secret
FORM = {"kinds": list(Kind), "relations": RELATIONS, "tenures": TENURES, "lines": given.LINES}


@blueprint.get("")
@public
def index() -> ResponseReturnValue:
    """What these papers are, who needs which, and the two ways on."""
    return _page("index")


@blueprint.get("/apply")
@public
def form() -> ResponseReturnValue:
    """The form. Its key stands in the address, so that whoever comes back to it sends the same form again and not another application."""
    key = request.args.get("form", "")
    language = chosen(request.args.get("lang"))
    if not 20 <= len(key) <= 80:
        fresh = {"form": applying.new_form_key()} | ({"lang": str(language)} if language != Language.JA else {})
        return redirect(f"/certificates/apply?{urlencode(fresh)}", code=303)
    return _form({"key": key}, language)


@blueprint.post("/apply")
@public
def apply() -> ResponseReturnValue:
    """Take an application in; the same form sent twice is one."""
    typed = {name: value for name, value in request.form.items() if len(value) < 10_000}
    language = chosen(typed.get("lang"))
    key = typed.get("key", "")[:80]
    try:
        what = given.read(typed)
        if len(key) < 20:
            raise Invalid(
                "この画面を開き直してから、もう一度「申請する」を押してください。入力した内容は残っています。"
            )
        key = applying.key_for(key, what)
        before = applying.came_before(key, what)
        applying.receive(
            what, channel="online", actor=applying.RESIDENT, form_key=key, client=throttle.network_digest()
        )
    except DomainError as error:
        return _form(typed, language, error)
    told = {} if before is None else {"again": "1" if before else "other"}
    if language != Language.JA:
        told["lang"] = str(language)
    return redirect(f"/certificates/receipt/{key}{'?' if told else ''}{urlencode(told)}", code=303)


@blueprint.get("/receipt/<key>")
@public
def show_receipt(key: str) -> ResponseReturnValue:
    """The number, and where to send photographs."""
    return _receipt(key)


@blueprint.post("/receipt/<key>/files")
@public
def files(key: str) -> ResponseReturnValue:
    """Photographs and documents."""
    picked = [file for file in request.files.getlist("files") if file.filename]
    try:
        fresh = applying.add_files(key, [file.read(uploads.MOST_BYTES + 1) for file in picked])
    except Invalid as error:
        return _receipt(key, error=error)
    language = chosen(request.form.get("lang"))
    suffix = "" if language == Language.JA else f"&lang={language}"
    return redirect(f"/certificates/receipt/{key}?sent={fresh}{suffix}", code=303)


@blueprint.get("/receipt/<key>.pdf")
@public
def receipt_pdf(key: str) -> Response:
    """The receipt on paper."""
    return Response(
        receipt.of(applying.receipt(key)),
        mimetype="application/pdf",
        headers={**SECRET, "Content-Disposition": 'attachment; filename="receipt.pdf"'},
    )


@blueprint.get("/progress")
@public
def ask_progress() -> ResponseReturnValue:
    """Number and birth date; the QR of a receipt fills the number in."""
    return _page("progress", typed={"number": request.args.get("number", "")[:20]}, found=None)


@blueprint.post("/progress")
@public
def show_progress() -> ResponseReturnValue:
    """How far it is, or the one answer for every pair that is not there."""
    typed = {"number": request.form.get("number", ""), "birth": request.form.get("birth", "")}
    try:
        found = progress.look(typed["number"], typed["birth"])
    except DomainError as error:
        return _page("progress", error.status, typed=typed, found=None, error=error)
    return _page("progress", typed=typed, found=found)


@blueprint.post("/progress/again")
@public
def again() -> ResponseReturnValue:
    """Ask for another survey, after reading that the grade may fall."""
    typed = {name: request.form.get(name, "") for name in ("number", "birth", "reason")}
    found = None
    try:
        found = progress.look(typed["number"], typed["birth"])
        if request.form.get("understood") != "1":
            said = "「軽くなることもある」ことを確かめて、チェックを入れてください。"
            raise Invalid(said, {"understood": said})
        progress.ask_again(typed["number"], typed["birth"], typed["reason"])
        found = progress.look(typed["number"], typed["birth"])
    except DomainError as error:
        return _page("progress", error.status, typed=typed, found=found, error=error)
    return _page("progress", typed=typed, found=found, asked=True)


def _form(typed: dict[str, str], language: Language, error: DomainError | None = None) -> ResponseReturnValue:
    """In another language the switch would lose what was typed: it is there before the first answer only."""
    key = typed.get("key") or applying.new_form_key()
    message, fields = wording.told(error, language) if error else ("", {})
    frame = look.page(language, {"form": key}) | ({"language_links": []} if error else {})
    body = render_template(
        "apply/form.html", **frame, typed=typed, error=error, message=message, fields=fields, form_key=key, w=wording.words(language), **FORM
    )  # fmt: skip
    return body, error.status if error else 200, SECRET


def _receipt(key: str, error: Invalid | None = None) -> ResponseReturnValue:
    found = applying.receipt(key)
    address = receipt.progress_address(found.number)
    drawn = segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2)
    sent = request.args.get("sent", type=int)
    headers, language = SECRET, chosen(request.values.get("lang"))
    at = receipt.at(found.received_at) if language == Language.JA else when(found.received_at, language)
    body = render_template(
        "apply/receipt.html", **(look.page(language) | {"language_links": []}), w=wording.words(language), found=found, key=key, qr=drawn,
        address=address, at=at, sent=sent, again=request.args.get("again", ""), error=error,
        most=uploads.MOST_FILES, megabytes=uploads.MOST_BYTES // 1_000_000,
    )  # fmt: skip
    return body, error.status if error else 200, headers


def _page(template: str, status: int = 200, **context: Any) -> ResponseReturnValue:
    return render_template(f"apply/{template}.html", **_frame(), **context), status, SECRET


def _frame() -> dict[str, Any]:
    return {**look.page(Language.JA), "language_links": []}
