"""What a post on a social network is made of, in Japanese; X and Mastodon differ in their measure only."""

from collections.abc import Sequence

from broadcast.alert.content import Content
from broadcast.texts import english, japanese, places
from broadcast.texts.cleaning import one_line, without_mentions
from broadcast.texts.limits import cut
from broadcast.texts.shortening import forms
from broadcast.texts.wording import Wording, is_cancel

# What gives way first; marks, municipality, level, kind, the key sentence and the link never do.
STEPS = (
    "shelters", "english", "actions", "shelters", "until", "english", "correction", "actions", "situation", "correction", "actions", "situation",
    "shelters", "actions", "where", "actions", "correction", "situation", "headline", "headline", "where", "headline", "headline",
)  # fmt: skip


def choices(content: Content, words: Wording) -> dict[str, Sequence[str]]:
    """The parts of a post, each in its forms from long to short."""
    return {
        "headline": _headlines(content),
        "where": _where(content),
        "correction": forms(_plain(words.correction), 60, 30),
        "situation": forms(_plain(words.situation), 80, 40),
        "actions": forms(_plain(words.actions), 90, 60, 40, 30),
        "shelters": _shelters(words),
        "until": [f"期限：{words.until}", ""] if words.until else [""],
    }


def in_english(content: Content) -> list[str]:
    """One line of English: with the thing to do, without it, nothing."""
    head = f"English: {english.marks(content)}{english.headline(content)}."
    return [f"{head} {english.key(content)}".rstrip(), head, ""]


def _headlines(content: Content) -> list[str]:
    heads = [japanese.headline(content), japanese.headline(content, about=False)]
    return [without_mentions(text) for text in (*heads, cut(heads[0], 60), cut(heads[0], 40), cut(heads[0], 24))]


def _where(content: Content) -> list[str]:
    if is_cancel(content):
        return [""]
    return [f"対象：{places.short_areas(content)}", f"対象：{places.compact(content)}", ""]


def _plain(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(without_mentions(one_line(line)) for line in lines)


def _shelters(words: Wording) -> list[str]:
    if not words.shelters:
        return [""]
    names = [places.first_few(words.shelters, many) for many in (len(words.shelters), 3, 1)]
    return [*(f"避難所：{text}" for text in names), ""]
