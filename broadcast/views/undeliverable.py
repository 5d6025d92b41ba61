"""届かなかった宛先: addresses that did not work, and the officer's decision on each. Nothing is stopped without a look."""

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from broadcast.bounces import polling
from broadcast.models.health import ChannelHealth
from broadcast.subscribers import flagging
from broadcast.subscribers.flagging import Flagged
from broadcast.views.wording import CHANNELS
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.settings import settings
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission

blueprint = Blueprint("undeliverable", __name__, url_prefix="/headquarters/undeliverable")
PAGE = 50
_STATUS = re.compile(r"\b5\.(\d{1,3})\.(\d{1,3})\b")
_TELEPHONE = {
    "21211": "電話番号が正しくありません。",
    "21214": "この番号にはつながりません。",
    "21217": "電話番号が正しくありません。",
    "21612": "この番号には、今の発信元からは届きません。",
    "21614": "固定電話の番号なので、SMSは届きません。",
    "30005": "この番号は使われていません。",
    "30006": "固定電話か、SMSの届かない番号です。",
}
_OTHERS = {
    "email": "相手のメールサーバーが受け取りを断りました。",
    "sms": "携帯電話会社が、この番号には届かないと知らせてきました。",
    "voice": "この番号には電話がつながりません。",
    "line": "このLINEの利用者には送れません（友だちでなくなったか、LINEをやめています）。",
    "webpush": "このブラウザの登録は使えません。",
}


@blueprint.get("")
@require(Permission.SUBSCRIBERS_MANAGE)
def index() -> ResponseReturnValue:
    """The addresses that wait for a look, a page at a time."""
    return _page()


@blueprint.post("")
@require(Permission.SUBSCRIBERS_MANAGE)
def decide() -> ResponseReturnValue:
    """Stop, or go on: one address (``stop:12``), those that were ticked (``stop``), or all of the page (``stop-shown``)."""
    what, _, one = request.form.get("decide", "").partition(":")
    verb, _, shown = what.partition("-")
    ids = [one] if one else request.form.getlist("shown" if shown else "contact")
    chosen = [int(number) for number in ids if number.isascii() and number.isdigit() and len(number) < 16]
    try:
        if verb not in ("stop", "keep"):
            raise Invalid("「送信を止める」か「そのまま送る」を押してください。")
        step = flagging.stop if verb == "stop" else flagging.keep
        count = step(chosen, current_account().id)
    except Invalid as error:
        return _page(error.message), 422
    done = "への送信を止めました" if verb == "stop" else "には、そのまま送ります"
    flash(f"{count}件の宛先{done}。" if count else "ほかの人が先に決めていました。", "success" if count else "error")
    return redirect(url_for("undeliverable.index", channel=request.args.get("channel") or None), code=303)


def reason(one: Flagged) -> str:
    """Why it did not arrive, in words; the code stands beside it for the administrator."""
    if one.channel == "email":
        came_back = "送ったメールが戻ってきました。" if one.why == flagging.BOUNCED else ""
        return came_back + _of_mail(one.detail)
    code = next((number for number in one.detail.split() if number in _TELEPHONE), "")
    return _TELEPHONE.get(code) or _OTHERS.get(one.channel, "相手に届きませんでした。")


def _of_mail(detail: str) -> str:
    found = _STATUS.search(detail)
    group, number = (found[1], found[2]) if found else ("", "")
    if group == "1" or (group, number) in (("2", "1"), ("4", "4")) or (not found and detail.startswith("550")):
        return "このメールアドレスは使われていません（宛先不明）。"
    if (group, number) == ("2", "2"):
        return "受信箱がいっぱいです。"
    if group == "7":
        return "相手の受信拒否の設定か、迷惑メール対策で断られました。"
    return _OTHERS["email"]


def _page(error: str = "") -> str:
    channel, after = request.args.get("channel", ""), max(0, min(request.args.get("after", 0, type=int), 2**53))
    counts = flagging.by_channel()
    channel = channel if channel in counts else ""
    found = flagging.listed(after, PAGE + 1, channel=channel)
    return render_template(
        "headquarters/undeliverable.html",
        rows=[(one, reason(one)) for one in found[:PAGE]],
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        counts=counts,
        total=sum(counts.values()),
        channel=channel,
        labels=CHANNELS,
        error=error,
        has_mailbox=polling.configured(settings()),
        mailbox=db.session.get(ChannelHealth, polling.HEALTH),
    )
