"""The unsubscribe link of every message: opening it changes nothing (mail scanners open links), pressing the button does.

The same address takes the one-click POST of mail programs (RFC 8058), which comes without a session or a CSRF token; the secret
token in the address is the proof.
"""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from broadcast import subscriptions
from broadcast.cap import Language
from disaster.core.extensions import csrf
from disaster.staff.guards import public

blueprint = Blueprint("subscriptions", __name__, url_prefix="/unsubscribe")
csrf.exempt(blueprint)  # another proof stands in each view
TAGS = {Language.JA: "ja", Language.EASY_JA: "ja", Language.EN: "en"}
WORDS = {
    Language.JA: {
        "title": "配信の停止",
        "ask": "この宛先への防災情報の配信を停止しますか？",
        "warn": "停止すると、避難の呼びかけもこの宛先には届かなくなります。ほかの宛先への配信は続きます。",
        "button": "配信を停止する",
        "done": "この宛先への配信を停止しました",
        "again": "もう一度受け取りたいときは、役場に連絡してください。",
        "home": "今の災害情報を見る",
    },
    Language.EASY_JA: {
        "title": "お知（し）らせを やめる",
        "ask": "この あて先（さき）へ お知（し）らせを 送（おく）るのを やめますか？",
        "warn": "やめると、にげる ときの お知（し）らせも 来（き）ません。ほかの あて先（さき）には 来（き）ます。",
        "button": "やめる",
        "done": "お知（し）らせを やめました",
        "again": "また ほしい ときは、役場（やくば）に 言（い）って ください。",
        "home": "今（いま）の お知（し）らせを 見（み）る",
    },
    Language.EN: {
        "title": "Unsubscribe",
        "ask": "Stop sending disaster information to this address?",
        "warn": "You will no longer get evacuation calls at this address. Other addresses of yours are not affected.",
        "button": "Unsubscribe",
        "done": "This address no longer receives messages",
        "again": "To receive them again, please contact the town office.",
        "home": "See what is in force now",
    },
}


@blueprint.get("/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    """The question; the same page for a token that is unknown."""
    return _page(token, done=False)


@blueprint.post("/<token>")
@public
def leave(token: str) -> ResponseReturnValue:
    """Stop; also for a mail program's ``List-Unsubscribe=One-Click``."""
    subscriptions.leave(token)
    return _page(token, done=True)


def _page(token: str, *, done: bool) -> ResponseReturnValue:
    language = subscriptions.language_of(token)
    page = render_template(
        "headquarters/unsubscribe.html", words=WORDS[language], lang_tag=TAGS[language], token=token, done=done
    )
    # The address is a secret: it goes into no cache and no Referer.
    return page, 200, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
