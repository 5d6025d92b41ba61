"""The lists of shelters: choose a file, look at what would happen, confirm; and the same shapes to take away."""

from datetime import date

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core import clock
from disaster.core.errors import Invalid, Missing
from disaster.core.text import clean_line
from disaster.shelters import claims, directory, importing, masterdata, reading
from disaster.shelters.preview import Report
from disaster.shelters.vocabulary import HAZARD_COLUMNS, ShelterKind, Suitability
from disaster.staff import uploads
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission

blueprint = Blueprint("shelter_lists", __name__, url_prefix="/headquarters/shelters")
KIND = "shelters"
SHAPES_JA = {
    "gsi-geojson": "国土地理院のGeoJSON",
    "gsi-csv": "国土地理院のCSV",
    "standard-csv": "自治体標準オープンデータのCSV",
}
_FIELDS_JA = {
    "name": "名称",
    "kana": "名称のカナ",
    "name_en": "英語の名称",
    "address": "住所",
    "accepts": "受入対象者",
    "remark": "備考",
    "kind": "種別",
    "lat": "緯度",
    "lng": "経度",
    "welfare": "福祉避難所など",
    "capacity": "収容人数",
    "source": "資料",
    **HAZARD_COLUMNS,
}


@blueprint.get("/import")
@require(Permission.SHELTERS_MANAGE)
def index() -> str:
    """Choose a file; where the sources disagree today; lists to take away."""
    return _index()


@blueprint.post("/import")
@require(Permission.SHELTERS_MANAGE)
def upload() -> ResponseReturnValue:
    """Put the list aside and look at it; nothing is taken in yet."""
    file = request.files.get("file")
    content = file.read(reading.LIMITS.most_bytes + 1) if file else b""
    try:
        about = _about()
        if not content:
            raise Invalid("一覧のファイルを選んでください。", {"file": "一覧のファイルを選んでください。"})
        about["name"] = clean_line((file.filename if file else "") or "一覧", field="file", label="名前", limit=200)
        _report(content, about)
    except Invalid as error:
        return _index(error), 422
    key = uploads.keep(KIND, content, about, current_account().id)
    return redirect(url_for("shelter_lists.look", key=key), code=303)


@blueprint.get("/import/<key>")
@require(Permission.SHELTERS_MANAGE)
def look(key: str) -> str:
    """What would happen, what is wrong, and where sources disagree."""
    kept = uploads.look(KIND, key, current_account().id)
    report = _report(kept.content, kept.about)
    return render_template(
        "shelters/import_look.html", report=report, key=key, shapes=SHAPES_JA, fields=_FIELDS_JA, shown=_shown,
    )  # fmt: skip


@blueprint.post("/import/<key>")
@require(Permission.SHELTERS_MANAGE)
def accept(key: str) -> ResponseReturnValue:
    """Take it in."""
    account = current_account()
    kept = uploads.take(KIND, key, account.id)
    skip_bad = request.form.get("skip_bad") == "1"
    report = _report(kept.content, kept.about, dry_run=False, skip_bad=skip_bad, actor=account.actor)
    if report.applied:
        flash(f"取り込みました（新規 {len(report.new)}か所、変更 {len(report.changed)}か所）。", "success")
    else:
        flash("誤りのある行があるため、取り込みませんでした。", "error")
    return redirect(url_for("shelter_lists.index"), code=303)


@blueprint.post("/import/<key>/discard")
@require(Permission.SHELTERS_MANAGE)
def discard(key: str) -> ResponseReturnValue:
    """Throw it away."""
    uploads.discard(KIND, key, current_account().id)
    flash("一覧を取り込まずに捨てました。", "success")
    return redirect(url_for("shelter_lists.index"), code=303)


@blueprint.get("/export/<shape>/<kind>")
@require(Permission.SHELTERS_MANAGE)
def export(shape: str, kind: str) -> ResponseReturnValue:
    """All shelters of a kind as a file, also those that residents do not see while they are closed."""
    if shape not in masterdata.SHAPES or kind not in list(ShelterKind):
        raise Missing()
    answer = make_response(masterdata.write(shape, ShelterKind(kind)))
    answer.mimetype = masterdata.SHAPES[shape]
    name = masterdata.file_name(shape, ShelterKind(kind))
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _about() -> dict[str, str]:
    """What was chosen beside the file.

    Raises:
        Invalid: no date, or one in the future; an unknown kind; a name that is too long.
    """
    wrong = "資料の日付を、2025-10-27 のように入力してください（今日まで）。"
    try:
        dated = date.fromisoformat(request.form.get("source_date", ""))
    except ValueError:
        raise Invalid(wrong, {"source_date": wrong}) from None
    if dated > clock.jst(clock.now()).date():
        raise Invalid(wrong, {"source_date": wrong})
    source = clean_line(request.form.get("source", ""), field="source", label="資料の名前", limit=120)
    kind = request.form.get("kind", "")
    return {"source_date": dated.isoformat(), "source": source, "kind": kind if kind in list(ShelterKind) else ""}


def _report(
    content: bytes, about: dict[str, str], *, dry_run: bool = True, skip_bad: bool = False, actor: str = ""
) -> Report:
    return importing.take_in(
        content,
        about.get("name", ""),
        source_date=date.fromisoformat(about["source_date"]),
        kind=ShelterKind(about["kind"]) if about["kind"] else None,
        source=about["source"],
        dry_run=dry_run,
        skip_bad=skip_bad,
        actor=actor,
    )


def _shown(field: str, value: object) -> str:
    """A value of a preview in words."""
    if field in HAZARD_COLUMNS:
        return f"{Suitability(str(value)).mark} {Suitability(str(value)).ja}"
    if field == "kind":
        return ShelterKind(str(value)).ja
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if field == "capacity":
        return f"{value}人" if value else "不明"
    return str(value) if value not in (None, "") else "（なし）"


def _index(error: Invalid | None = None) -> str:
    shelters = directory.all_shelters()
    conflicts = [(shelter, one) for shelter in shelters for one in claims.disagreements(claims.words_of(shelter))]
    sources = sorted({(claim.source, claim.source_date) for shelter in shelters for claim in shelter.claims})
    return render_template(
        "shelters/import.html", shelters=shelters, conflicts=conflicts, sources=sources, shapes=SHAPES_JA,
        kinds=list(ShelterKind), error=error, form=request.form, today=clock.jst(clock.now()).date().isoformat(),
    )  # fmt: skip
