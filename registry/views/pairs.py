"""The same person twice? Both entries beside each other; one, two, or nobody can tell yet. Everything can be taken back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from disaster.core.errors import DomainError, Invalid, Missing
from disaster.core.http import whole_number
from disaster.core.text import clean_line
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.matching import pairing
from registry.views.asking import frame

blueprint = Blueprint("pairs", __name__, url_prefix="/registry")
_UUID = 36


@blueprint.get("/pairs")
@require(Permission.REGISTRY_EDIT)
def index() -> str:
    """Those that wait."""
    page = min(max(request.args.get("page", 1, type=whole_number), 1), 1000)
    pairs, more = pairing.waiting(current_account(), page=page)
    return render_template("registry/pairs.html", **frame("pairs"), pairs=pairs, more=more, page=page, one=False)


@blueprint.get("/pairs/of")
@require(Permission.REGISTRY_EDIT)
def of_two() -> ResponseReturnValue:
    """Two that an officer names, by their addresses or numbers."""
    first, second = _number("first"), _number("second")
    if not first or not second or first == second:
        flash("比べる人のページのアドレスを、もう一方の欄に貼り付けてください。", "error")
        return redirect(url_for("people.show", person_id=first, why="match") if first else url_for(".index"), code=303)
    pair = pairing.named(current_account(), first, second)
    return render_template("registry/pairs.html", **frame("pairs"), pairs=[pair], more=False, page=1, one=True)


@blueprint.post("/pairs/decide")
@require(Permission.REGISTRY_EDIT)
def decide() -> ResponseReturnValue:
    """同一, 別人, 保留."""
    form, account = request.form, current_account()
    first, second, what = form.get("first", ""), form.get("second", ""), form.get("decision", "")
    try:
        if what == "same":
            kept = pairing.same(account, first, second)
            flash("同じ人として統合しました。間違いだったときは、この人のページでいつでも元に戻せます。", "success")
            return redirect(url_for("people.show", person_id=kept, why="match", _anchor="merges"), code=303)
        if what == "different":
            pairing.different(account, first, second)
            flash("別人として覚えました。この二人は、もう候補に出ません。", "success")
        elif what == "later":
            pairing.put_off(account, form.get("pair", 0, type=whole_number))
            flash("保留にしました。一覧の後ろに残ります。", "success")
        else:
            raise Invalid("同じ人・別人・保留のどれかを押してください。")
    except Missing:
        raise
    except DomainError as error:
        flash(error.message, "error")
    return redirect(url_for(".index"), code=303)


@blueprint.post("/merges/<int:link_id>/undo")
@require(Permission.REGISTRY_EDIT)
def undo(link_id: int) -> ResponseReturnValue:
    """Take two entries apart again."""
    try:
        number = pairing.take_apart(current_account(), link_id)
    except Missing:
        raise
    except DomainError as error:
        flash(error.message, "error")
        return redirect(url_for(".index"), code=303)
    flash("統合を取り消しました。二つの記録は、統合の後に入力された分も含めて元に戻りました。", "success")
    return redirect(url_for("people.show", person_id=number, why="match"), code=303)


def _number(name: str) -> str:
    """The number at the end of an address, or the number itself."""
    said = clean_line(request.args.get(name, ""), field=name, label="アドレス", limit=500).split("?")[0]
    return said.rstrip("/").rsplit("/", 1)[-1].lower()[:_UUID]
