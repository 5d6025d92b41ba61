"""What mail systems say in reports that are no RFC 3464 report: old servers, and the plain texts of Japanese carriers.

Collected from the wording of sendmail, qmail, Exim, Exchange, docomo, au and SoftBank; compared without regard to case and to how white space
is broken.
"""

import re

_DAEMONS = re.compile(
    r"^(?:mailer[-_.]?daemon|postmaster|mail[-_.]?daemon|mdaemon|mail[-_.]?delivery[-_.]?(?:system|subsystem)|bounces?)$",
    re.IGNORECASE,
)
# Read first: a warning also names the error that it met.
_DELAYED = (
    "this is a warning message only",
    "you do not need to resend",
    "will continue to try",
    "will be retried",
    "could not be delivered for",
    "delivery is delayed",
    "has been delayed",
    "まだ配信できていません",
    "配信が遅れています",
    "配信が遅延",
    "再送を試み",
    "引き続き配信を",
)
# The mailbox does not exist, or no longer takes anything.
_NOBODY = (
    "user unknown",
    "unknown user",
    "unknown recipient",
    "unknown address",
    "no such user",
    "no such recipient",
    "no such mailbox",
    "no mailbox here",
    "invalid recipient",
    "invalid mailbox",
    "recipient not found",
    "recipient address rejected",
    "recipientnotfound",
    "address unknown",
    "does not exist",
    "mailbox not found",
    "mailbox unavailable",
    "account is disabled",
    "account has been disabled",
    "account that you tried to reach",
    "host unknown",
    "the user(s) account is not found",
    "宛先不明",
    "宛先が見つかりません",
    "あて先が見つかりません",
    "宛先のメールアドレスが見つかりません",
    "宛先メールアドレスが存在しない",
    "メールアドレスは存在しません",
    "該当するユーザーが存在しません",
)
# It exists, and this letter was refused for good.
_REFUSED = (
    "mailbox full",
    "mailbox is full",
    "over quota",
    "quota exceeded",
    "message refused",
    "message rejected",
    "access denied",
    "blocked",
    "we do not accept mail from this address",
    "not delivered for the following reason",
    "permanent error",
    "permanent fatal errors",
    "giving up on it",
    "could not be delivered",
    "delivery failed",
    "受信を拒否",
    "受信拒否",
    "メールボックスがいっぱい",
    "送信できませんでした",
    "配信できませんでした",
    "配送できませんでした",
)
_ENHANCED = re.compile(r"\b([45])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY = re.compile(r"(?:^|[\s<>\[(:;-])(5[0-5]\d)[\s-]")


def is_daemon(local_part: str) -> bool:
    """Whether a letter from this local part comes from a mail system and not from a person."""
    return bool(_DAEMONS.match(local_part.strip().strip('"')))


def is_delay(text: str) -> bool:
    """Whether a report only says that it takes longer."""
    return _says(text, _DELAYED)


def status(text: str) -> str:
    """The enhanced code (RFC 3463) that a plain report comes to; empty where it says nothing about a failure."""
    found = _ENHANCED.search(text)
    if found and (found[1] == "5" or not _says(text, _NOBODY)):
        return found[0]
    if _says(text, _NOBODY):
        return "5.1.1"
    return "5.0.0" if _REPLY.search(text) or _says(text, _REFUSED) else ""


def _says(text: str, phrases: tuple[str, ...]) -> bool:
    plain = re.sub(r"\s+", " ", text).lower()
    return any(phrase in plain for phrase in phrases)
