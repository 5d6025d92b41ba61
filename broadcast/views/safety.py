"""What an approver should know besides the texts: the cancel that lies ready in case of a mistake; and a length of time in words."""

from dataclasses import replace
from datetime import timedelta

from broadcast.alert.content import Content, Reference
from broadcast.cap.vocabulary import Language, MsgType
from broadcast.channels.contract import Message
from broadcast.texts import rendering
from broadcast.views import wording
from disaster.core.clock import now

SHOWN_FIRST = ("email", "sms", "mastodon", "radio")


def spoken(length: timedelta) -> str:
    """A length of time as people say it."""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return "1分以内"
    minutes = -(-seconds // 60)
    return f"約{minutes}分" if minutes < 120 else f"約{minutes // 60}時間{minutes % 60}分"


def cancel_texts(content: Content) -> list[tuple[str, Message]]:
    """The Japanese texts of the cancel (誤報の取消) that would be one press away, so that it is read before it is needed."""
    mistaken = replace(
        content,
        msg_type=MsgType.CANCEL,
        reference=Reference(content.alert_id, content.kind, now()),
        correction="",
    )
    texts = rendering.preview(mistaken)
    return [(wording.CHANNELS[name], texts[name][Language.JA]) for name in SHOWN_FIRST]
