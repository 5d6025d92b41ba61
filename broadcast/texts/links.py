"""Addresses and pictures in an officer's own words: what the eye reads and the ear does not."""

import re

from broadcast.texts.limits import BARE_ADDRESS, EMOJI

_WORD = r"A-Za-z0-9Ａ-Ｚａ-ｚ０-９_\-"
WEB = re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE)
MAIL = re.compile(rf"[{_WORD}.+]+[@＠][{_WORD}]+(?:[.．][{_WORD}]+)+")


def audible(text: str) -> str:
    """The text for a voice: a web address is called ホームページ and a mail address メール, pictures are left out."""
    for pattern, said in ((MAIL, "メール"), (WEB, "ホームページ"), (BARE_ADDRESS, "ホームページ"), (EMOJI, "")):
        text = pattern.sub(said, text)
    return text
