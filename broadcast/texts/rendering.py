"""The one entrance to the texts: every channel, every language, pure functions of the content.

``render`` gives the same text for the same content every time, so what the approver read is what is sent.
"""

from collections.abc import Callable
from dataclasses import replace

from broadcast.cap import Language
from broadcast.channels.contract import Message
from broadcast.content import Content
from broadcast.limits import cell_problems
from broadcast.texts import cell_broadcast, email, line, mastodon, radio, sms, x

Renderer = Callable[[Content, Language], Message]

CHANNELS = ("email", "sms", "x", "mastodon", "line", "radio", "cell_broadcast")
_RENDERERS: dict[str, Renderer] = {
    "email": email.render,
    "sms": sms.render,
    "x": x.render,
    "mastodon": mastodon.render,
    "line": line.render,
    "radio": radio.render,
    "cell_broadcast": cell_broadcast.render,
}
_MANY_LANGUAGES = frozenset({"email", "sms", "line"})
_NAMES = {
    "email": "メール",
    "sms": "SMS",
    "x": "X",
    "mastodon": "Mastodon",
    "line": "LINE",
    "radio": "防災行政無線",
    "cell_broadcast": "緊急速報メール",
}


def languages(channel: str) -> tuple[Language, ...]:
    """The languages a channel speaks: all, or Japanese alone where one text goes to the public."""
    if channel not in CHANNELS:
        raise KeyError(channel)
    return tuple(Language) if channel in _MANY_LANGUAGES else (Language.JA,)


def render(channel: str, content: Content, language: Language, *, limit: int | None = None) -> Message:
    """The exact text of an alert; ``extra["mode"]`` tells the last hop whether it is a drill.

    ``limit`` is the length of a post where a Mastodon server sets its own; the other channels' limits are fixed.

    Raises:
        KeyError: there is no such channel, or it does not speak the language.
    """
    if language not in languages(channel):
        raise KeyError(f"{channel}/{language}")
    if channel == "mastodon" and limit is not None:
        message = mastodon.render(content, language, limit)
    else:
        message = _RENDERERS[channel](content, language)
    return replace(message, extra={**message.extra, "mode": content.mode.value})


def preview(content: Content) -> dict[str, dict[str, Message]]:
    """Every channel's text in every language it speaks: ``{channel: {language: message}}``."""
    return {
        channel: {language.value: render(channel, content, language) for language in languages(channel)}
        for channel in CHANNELS
    }


def problems(message: Message) -> list[str]:
    """Why a text cannot go out as it is, as Japanese sentences; empty when it can."""
    found = []
    name = _NAMES[message.channel]
    if message.channel == "sms":
        count, allowed = message.extra["segments"], message.extra["segments_allowed"]
        if int(count) > int(allowed):
            found.append(f"SMSが{count}通分になります（{allowed}通まで）。")
    elif message.channel == "cell_broadcast":
        found += [
            f"{name}：{sentence}" for sentence in cell_problems(message.subject, message.body, body_limit=message.limit)
        ]
    elif message.limit and message.units > message.limit:
        unit = "秒" if message.measure == "seconds" else "文字分"
        found.append(f"{name}の長さが{message.units}{unit}です（{message.limit}{unit}まで）。")
    return found
