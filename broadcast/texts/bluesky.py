"""An alert as a post on Bluesky: 300 letters as a reader counts them, the link in full; Japanese, with one line of English where there is room."""

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Language
from broadcast.channels.contract import Message
from broadcast.texts import japanese, notes, posts
from broadcast.texts.cleaning import one_line
from broadcast.texts.fitting import Parts, fit
from broadcast.texts.limits import BLUESKY_BYTES, BLUESKY_LIMIT, grapheme_count
from broadcast.texts.templates import fill


def render(content: Content, language: Language) -> Message:
    """Write the post; ``extra["langs"]`` names the languages in it."""
    words = japanese.wording(content)
    lines = posts.in_english(content)

    def write(parts: Parts) -> str:
        text = fill("bluesky", "ja", w=words, part=parts, url=one_line(content.url))
        return "\n".join(line for line in text.split("\n") if line)

    fitted = fit({**posts.choices(content, words), "english": lines}, posts.STEPS, write, _fits)
    return Message(
        "bluesky", language.value, fitted.text, units=grapheme_count(fitted.text), limit=BLUESKY_LIMIT,
        measure="characters", notes=notes.shortened(fitted.shortened),
        extra={"langs": "ja en" if lines[1] in fitted.text else "ja"},
    )  # fmt: skip


def _fits(text: str) -> bool:
    return grapheme_count(text) <= BLUESKY_LIMIT and len(text.encode()) <= BLUESKY_BYTES
