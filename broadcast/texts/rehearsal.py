"""The one text of a rehearsal (通信試験), the same every time and in nobody's hands: a rehearsal can never say anything else.

It goes to the town's own test recipients only (``broadcast/proving/rehearsal.py``) and says in its first word what it is.
"""

from broadcast.cap.vocabulary import Language
from broadcast.channels.contract import Message

MARK = "【通信試験】"
MODE = "rehearsal"  # neither live nor drill: the last hop lets it pass, no page counts it as an alert


def render(channel: str, town: str, kana: str, department: str) -> Message:
    """The text for one personal channel, in Japanese."""
    short = f"{MARK}{town}です。通信の試験です。災害の情報ではありません。"
    extra = {"mode": MODE}
    if channel == "email":
        return Message(
            channel, Language.JA, _letter(short, department), subject=f"{MARK}{town} 防災情報配信", extra=extra
        )
    if channel == "voice":
        spoken = ["通信試験です。", f"こちらは、{kana}です。", "これは通信の試験です。", "災害の情報ではありません。"]
        said = {"spoken": "\n".join([*spoken, *spoken]), "closing": "これで通信試験を終わります。"}
        return Message(channel, Language.JA, short, extra={**extra, **said})
    return Message(channel, Language.JA, short, extra=extra)


def _letter(short: str, department: str) -> str:
    return (
        f"{short}\n\n"
        "このメールは、配信のしくみが動いているかを確かめるために、役場の試験用の宛先だけに送っています。\n"
        "届いていれば、することはありません。\n\n"
        f"{department}\n"
    )
