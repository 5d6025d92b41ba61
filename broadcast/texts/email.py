"""An alert as an e-mail: subject and plain text, one sentence a line, the key line first."""

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Kind, Language
from broadcast.channels.contract import Message
from broadcast.texts import easy, english, japanese, places
from broadcast.texts.cleaning import easy_sentences, one_line
from broadcast.texts.limits import cut, grapheme_count
from broadcast.texts.templates import fill
from broadcast.texts.wording import Wording, is_cancel, is_extension

UNSUBSCRIBE = "{{unsubscribe}}"  # replaced by each recipient's own address when it is sent
SUBJECT_LIMIT = 78  # letters; what mail programs show, RFC 5322 2.1.1


def render(content: Content, language: Language) -> Message:
    """Write the e-mail; ``body`` holds ``{{unsubscribe}}`` exactly once."""
    words = _WORDINGS[language](content)
    body = fill(
        "email", language.value, w=words,
        notice=content.kind is Kind.NOTICE,
        cancel=is_cancel(content), extension=is_extension(content), url=one_line(content.url), unsubscribe=UNSUBSCRIBE,
        sentences=easy_sentences,
    )  # fmt: skip
    return Message(
        channel="email", language=language.value, subject=_subject(content, language, words), body=body + "\n",
        units=grapheme_count(body), measure="文字",
    )  # fmt: skip


_WORDINGS = {Language.JA: japanese.wording, Language.EASY_JA: easy.wording, Language.EN: english.wording}


def _subject(content: Content, language: Language, words: Wording) -> str:
    """Marks, municipality, headline, and where, as far as there is room."""
    if language is Language.EN:
        return cut(f"{words.marks}{words.town}: {words.headline}", SUBJECT_LIMIT, grapheme_count)
    if language is Language.EASY_JA:
        return cut(_easy_subject(content, words), SUBJECT_LIMIT, grapheme_count)
    head = f"{words.marks}【{words.town}】{words.headline}"
    if is_cancel(content) or content.kind.level is None:
        return cut(head, SUBJECT_LIMIT, grapheme_count)
    options = (f"{head} {places.short_areas(content)}", f"{head} {places.counted(content)}", cut(head, SUBJECT_LIMIT))
    return next(text for text in options if grapheme_count(text) <= SUBJECT_LIMIT // 2 or text == options[-1])


def _easy_subject(content: Content, words: Wording) -> str:
    return f"{words.marks}【{one_line(content.sender.kana)}】{easy.plain_headline(content)}"
