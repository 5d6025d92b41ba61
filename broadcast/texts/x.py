"""An alert as a post on X: 280 by weight, Japanese letters two each, the link 23."""

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Language
from broadcast.channels.contract import Message
from broadcast.texts import japanese, notes, posts
from broadcast.texts.cleaning import one_line
from broadcast.texts.fitting import Parts, fit
from broadcast.texts.limits import X_LIMIT, x_weight
from broadcast.texts.templates import fill
from broadcast.texts.wording import level_of, takes_back


def render(content: Content, language: Language) -> Message:
    """Write the post (Japanese only); ``extra["level"]`` and ``extra["takes_back"]`` tell the channel what its reserve is for."""
    words = japanese.wording(content)

    def write(parts: Parts) -> str:
        text = fill("x", "ja", w=words, part=parts, url=one_line(content.url))
        return "\n".join(line for line in text.split("\n") if line)

    fitted = fit(posts.choices(content, words), posts.STEPS, write, lambda text: x_weight(text) <= X_LIMIT)
    return Message(
        "x",
        language.value,
        fitted.text,
        units=x_weight(fitted.text),
        limit=X_LIMIT,
        measure="weight",
        notes=notes.shortened(fitted.shortened),
        extra={"level": str(level_of(content) or ""), "takes_back": "1" if takes_back(content) else ""},
    )
