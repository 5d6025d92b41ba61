"""An alert as a post on Mastodon: Japanese, with one line of English where there is room."""

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Language
from broadcast.channels.contract import Message
from broadcast.texts import japanese, notes, posts
from broadcast.texts.cleaning import one_line
from broadcast.texts.fitting import Parts, fit
from broadcast.texts.limits import MASTODON_LIMIT, mastodon_length
from broadcast.texts.templates import fill


def render(content: Content, language: Language, limit: int = MASTODON_LIMIT) -> Message:
    """Write the post; ``limit`` is the server's own. It fits by Mastodon's count and by code points: other servers with the same API count
    these, and one that refuses the post would leave the network without it."""
    words = japanese.wording(content)
    choices = {**posts.choices(content, words), "english": posts.in_english(content)}

    def write(parts: Parts) -> str:
        text = fill("mastodon", "ja", w=words, part=parts, url=one_line(content.url))
        return "\n".join(line for line in text.split("\n") if line)

    fitted = fit(choices, posts.STEPS, write, lambda text: max(mastodon_length(text), len(text)) <= limit)
    return Message(
        "mastodon", language.value, fitted.text, units=mastodon_length(fitted.text), limit=limit, measure="characters",
        notes=notes.shortened(fitted.shortened),
    )  # fmt: skip
