"""SMS that residents send to the town's number (Twilio's webhook for incoming messages): STOP, START, HELP, and anything else."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from broadcast.channels.receipt import InvalidReceipt

_LONGEST_WORD = 20


class Word(StrEnum):
    """What the person wants."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    OTHER = "other"


# Twilio's own words (https://www.twilio.com/docs/messaging/guides/advanced-opt-out) and what people write here.
_WORDS = {
    Word.STOP: {
        *("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"),
        *("停止", "配信停止", "配信を停止", "受信停止", "ストップ", "解除", "やめる", "登録解除", "退会"),
    },
    Word.START: {"start", "unstop", "再開", "配信再開", "配信を再開", "受信再開", "スタート"},
    Word.HELP: {"help", "info", "ヘルプ", "使い方", "?"},
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message. ``answered`` tells that Twilio has already stopped or resumed the number and said so itself."""

    sender: str
    word: Word
    answered: bool


def parse(url: str, form: Mapping[str, str], signature: str, auth_token: str) -> Incoming:
    """Read one message; ``url`` is the exact public address that Twilio called.

    Raises:
        InvalidReceipt: the signature is wrong, or it is no incoming message.
    """
    if not auth_token or not RequestValidator(auth_token).validate(url, form, signature):
        raise InvalidReceipt("wrong signature")
    sender, body = form.get("From", ""), form.get("Body", "")
    if not sender or not form.get("MessageSid"):
        raise InvalidReceipt("not an incoming message")
    told = form.get("OptOutType", "").lower()
    return Incoming(sender, Word(told) if told in ("stop", "start", "help") else word_of(body), bool(told))


def word_of(text: str) -> Word:
    """What a text means when it is one of the words alone, in any width and case."""
    plain = unicodedata.normalize("NFKC", text[:200]).strip(" \t\r\n　。.!！「」\"'").lower()
    if len(plain) <= _LONGEST_WORD:
        for word, texts in _WORDS.items():
            if plain in texts:
                return word
    return Word.OTHER


def answer(text: str) -> str:
    """TwiML that sends one SMS back, or none where the text is empty."""
    response = MessagingResponse()
    if text:
        response.message(text)
    return str(response)
