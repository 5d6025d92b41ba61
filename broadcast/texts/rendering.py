"""The one entrance to the texts: every channel, every language, pure functions of the content.

``render`` gives the same text for the same content every time, so what the approver read is what is sent.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Language, Mode
from broadcast.channels.contract import Message
from broadcast.texts import bluesky, cell_broadcast, cell_mail, email, line, mastodon, radio, sms, voice, webpush, x

Renderer = Callable[[Content, Language], Message]

CHANNELS = ("email", "sms", "voice", "x", "mastodon", "bluesky", "line", "webpush", "radio", "cell_broadcast")
_RENDERERS: dict[str, Renderer] = {
    "email": email.render,
    "sms": sms.render,
    "voice": voice.render,
    "x": x.render,
    "mastodon": mastodon.render,
    "bluesky": bluesky.render,
    "line": line.render,
    "webpush": webpush.render,
    "radio": radio.render,
    "cell_broadcast": cell_broadcast.render,
}
_WITH_LIMIT = {"mastodon": mastodon.render, "cell_broadcast": cell_broadcast.render}
_MANY_LANGUAGES = frozenset({"email", "sms", "voice", "line", "webpush"})
_NAMES = {
    "email": "メール",
    "sms": "SMS",
    "voice": "電話",
    "x": "X",
    "mastodon": "Mastodon",
    "bluesky": "Bluesky",
    "line": "LINE",
    "webpush": "プッシュ通知",
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

    ``limit`` is a length that is a setting: of a post where a Mastodon server sets its own, of title and text of 緊急速報メール; the other channels'
    limits are fixed.

    Raises:
        KeyError: there is no such channel, or it does not speak the language.
    """
    if language not in languages(channel):
        raise KeyError(f"{channel}/{language}")
    given = _WITH_LIMIT[channel] if limit is not None and channel in _WITH_LIMIT else None
    message = given(content, language, limit or 0) if given else _RENDERERS[channel](content, language)
    notes = (*message.notes, *_untranslated(content, language))
    return replace(message, notes=notes, extra={**message.extra, "mode": content.mode.value})


def _untranslated(content: Content, language: Language) -> tuple[str, ...]:
    """A note where an officer's own words are in the Japanese text alone."""
    if language is Language.JA or not any(map(str.strip, (content.situation, content.action, content.correction))):
        return ()
    return ("自由に書いた文は日本語の文面だけに入ります。この文面には決まった文を使います。",)


def preview(content: Content, *, limits: Mapping[str, int] | None = None) -> dict[str, dict[str, Message]]:
    """Every channel's text in every language it speaks: ``{channel: {language: message}}``; ``limits`` as in ``render``, by channel."""
    limits = limits or {}
    return {
        channel: {
            language.value: render(channel, content, language, limit=limits.get(channel))
            for language in languages(channel)
        }
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
        drill = message.extra.get("mode") == Mode.DRILL
        wrong = cell_mail.problems(message.subject, message.body, limit=message.limit, drill=drill)
        found += [f"{name}：{sentence}" for sentence in wrong]
    elif message.limit and message.units > message.limit:
        unit = "秒" if message.measure == "seconds" else "文字分"
        found.append(f"{name}の長さが{message.units}{unit}です（{message.limit}{unit}まで）。")
    return found
