"""What an approver should know besides the texts: how long sending takes, and the cancel that lies ready in case of a mistake."""

from dataclasses import replace
from datetime import timedelta

from broadcast.cap import Language, MsgType
from broadcast.channels.contract import Message
from broadcast.content import Content, Reference
from broadcast.texts import rendering
from broadcast.views import wording
from disaster.core.clock import now

# Messages a second that can be counted on; the true rate is shown while sending.
PER_SECOND = {"email": 500, "sms": 40, "line": 100}
SHOWN_FIRST = ("email", "sms", "mastodon", "radio")


def finish_estimate(channels: dict[str, int]) -> str:
    """``約3分`` for the slowest channel; empty where nothing personal is sent."""
    seconds = max((number / PER_SECOND.get(name, 20) for name, number in channels.items()), default=0.0)
    return spoken(timedelta(seconds=seconds)) if seconds else ""


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
