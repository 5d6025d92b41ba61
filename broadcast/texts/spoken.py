"""The sentences that are read out, each with its reading."""

import re
from dataclasses import dataclass

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Hazard, Kind
from broadcast.texts import places, readings, sentences
from broadcast.texts.cleaning import clean, one_line
from broadcast.texts.cleaning import sentences as split
from broadcast.texts.links import audible
from broadcast.texts.wording import heading, is_cancel, is_extension, is_update, withdrawn_kind
from disaster.core.clock import spoken_time

_INSIDE = {"市": "し", "区": "く", "町": "ちょう", "村": "そん", "管": "かん"}


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, its reading, whether the reading is complete, and whether an officer wrote it (``free``)."""

    text: str
    kana: str
    read: bool = True
    free: bool = False


def spoken(content: Content, *, brief: bool = False) -> list[Line]:
    """Everything between the call signs, once; ``brief`` counts areas and shelters instead of naming them all."""
    if is_cancel(content):
        return _withdrawal(content)
    body = _level(content, brief) if content.kind.level else _other(content, brief)
    return [*_correction(content), *body]


def name(kind: Kind, hazard: Hazard) -> Line:
    """``洪水に関する警戒レベル4、避難指示`` and its reading."""
    text, kana = sentences.kind(kind, "ja"), sentences.kind(kind, "kana")
    if kind.level:
        text, kana = f"警戒レベル{kind.level}、{text}", f"けいかいれべる{readings.number(kind.level)}、{kana}"
    if hazard is Hazard.OTHER or not kind.level:
        return Line(text, kana)
    return Line(f"{hazard.ja}に関する{text}", f"{sentences.hazard(hazard, 'kana')}に かんする {kana}")


def _lifted(content: Content) -> Line:
    return name(content.lifted, content.hazard) if content.lifted else Line("避難情報", "ひなんじょうほう")


def _where(content: Content, brief: bool) -> Line:
    """The areas name by name (一・二丁目 is not for the ear), or their number."""
    if content.whole_town or not content.areas:
        return Line(places.short_areas(content), places.areas_kana(content))
    if brief:
        inside = _INSIDE.get(places.inside(content)[0], "")
        return Line(places.counted(content), f"{inside}ない {readings.number(len(content.areas))}ちく")
    names = "、".join(places.without_oaza(area).name for area in content.areas)
    return Line(f"{names}地区", f"{places.areas_kana(content)}ちく")


def _level(content: Content, brief: bool) -> list[Line]:
    kind, where, what = content.kind, _where(content, brief), name(content.kind, content.hazard)
    issued = ("発令しています", "はつれいしています") if is_extension(content) else ("発令しました", "はつれいしました")
    call = Line(
        f"緊急放送、緊急放送。警戒レベル{kind.level}、{kind.ja}。",
        f"きんきゅうほうそう、きんきゅうほうそう。けいかいれべる{readings.number(kind.level or 0)}、{sentences.kind(kind, 'kana')}。",
    )
    return [
        *([call] if kind is not Kind.ELDERLY else []),
        Line(f"{where.text}に、{what.text}を{issued[0]}。", f"{where.kana}に、{what.kana}を {issued[1]}。"),
        *_situation(content),
        Line(sentences.act(kind, "ja"), sentences.act(kind, "kana")),
        *_actions(content),
    ]


def _other(content: Content, brief: bool) -> list[Line]:
    if content.kind is Kind.LIFT:
        where, what = _where(content, brief), _lifted(content)
        first = Line(
            f"{where.text}の、{what.text}を解除しました。", f"{where.kana}の、{what.kana}を かいじょしました。"
        )
    elif content.kind is Kind.SHELTERS:
        first = Line("避難所を開設しました。", "ひなんじょを かいせつしました。")
    else:
        first = Line("お知らせします。", "おしらせします。")
    said = _free(content, _title(content)) if content.kind is Kind.NOTICE else []
    return [first, *said, *_shelters(content, brief), *_situation(content), *_actions(content)]


def _shelters(content: Content, brief: bool) -> list[Line]:
    if content.kind is not Kind.SHELTERS or not content.shelters:
        return []
    if brief:
        number = len(content.shelters)
        return [
            Line(
                f"開設した避難所は、{number}か所です。",
                f"かいせつした ひなんじょは、{readings.number(number)}かしょです。",
            )
        ]
    names = "、".join(one_line(shelter.name) for shelter in content.shelters)
    kana = "、".join(one_line(shelter.kana) or one_line(shelter.name) for shelter in content.shelters)
    return [Line(f"開設した避難所は、{names}です。", f"かいせつした ひなんじょは、{kana}です。")]


def _situation(content: Content) -> list[Line]:
    standard = sentences.happening(content.kind, content.hazard, "ja")
    if content.situation.strip() or not standard:
        return _free(content, content.situation)
    return [Line(standard, sentences.happening(content.kind, content.hazard, "kana"))]


def _actions(content: Content) -> list[Line]:
    if content.action.strip():
        return _free(content, content.action)
    texts, kana = (
        sentences.actions(content.kind, content.hazard, "ja"),
        sentences.actions(content.kind, content.hazard, "kana"),
    )
    return [Line(text, reading) for text, reading in zip(texts, kana, strict=True)]


def _correction(content: Content) -> list[Line]:
    if not is_update(content):
        return []
    if is_extension(content):
        return [*_longer(content), *_free(content, content.correction)]
    return [
        Line("先ほどの放送を訂正します。", "さきほどの ほうそうを ていせいします。"),
        *_free(content, content.correction),
    ]


def _longer(content: Content) -> list[Line]:
    same = Line("前の放送の内容に、変わりはありません。", "まえの ほうそうの ないように、かわりは ありません。")
    if not content.kind.level:
        return [same]
    until, kana = spoken_time(content.expires), readings.spoken(content.expires)
    return [same, Line(f"期限を、{until}まで延長します。", f"きげんを、{kana}まで えんちょうします。")]


def _withdrawal(content: Content) -> list[Line]:
    kind = withdrawn_kind(content)
    what = _earlier(content, kind)
    if content.reference:
        when = Line(
            f"{spoken_time(content.reference.sent)}の放送", f"{readings.spoken(content.reference.sent)}の ほうそう"
        )
    else:
        when = Line("先ほどの放送", "さきほどの ほうそう")
    now = sentences.withdrawn(kind, "ja"), sentences.withdrawn(kind, "kana")
    again = content.lifted if kind is Kind.LIFT and content.lifted and content.lifted.level else None
    return [
        Line("先ほどの放送を取り消します。", "さきほどの ほうそうを とりけします。"),
        Line(f"{when.text}、{what.text}は、誤りでした。", f"{when.kana}、{what.kana}は、あやまりでした。"),
        *_free(content, content.correction),
        *(Line(*pair) for pair in zip(split(now[0]), split(now[1]), strict=True)),
        *([Line(sentences.act(again, "ja"), sentences.act(again, "kana"))] if again else []),
    ]


def _earlier(content: Content, kind: Kind) -> Line:
    if kind is Kind.LIFT:
        lifted = _lifted(content)
        return Line(f"{lifted.text}の解除", f"{lifted.kana}の かいじょ")
    return name(kind, content.hazard)


def free_sentences(content: Content) -> tuple[str, ...]:
    """Every sentence of this alert that an officer wrote, as it is split for reading out."""
    return tuple(dict.fromkeys(part for text in _own_words(content) for part in split(audible(clean(text)))))


def for_the_eye(content: Content) -> bool:
    """Whether an officer wrote addresses or pictures, which are said in words or left out."""
    return any(audible(clean(text)) != clean(text) for text in _own_words(content))


def _own_words(content: Content) -> tuple[str, ...]:
    kind = withdrawn_kind(content) if is_cancel(content) else content.kind
    return content.correction, content.situation, content.action, _title(content) if kind is Kind.NOTICE else ""


def _title(content: Content) -> str:
    title = heading(content)
    return title if title.endswith("。") or not title else f"{title}。"


def _free(content: Content, text: str) -> list[Line]:
    """An officer's sentences: read as the alert's readings say; what these leave in kanji or digits is to be checked by ear."""
    return [_read(content, part) for part in split(audible(clean(text)))]


def _read(content: Content, sentence: str) -> Line:
    whole = {reading.text: reading.kana for reading in content.readings if reading.whole}
    if kana := whole.get(sentence):
        return Line(sentence, kana, free=True)
    kana = sentence
    for reading in sorted(content.readings, key=lambda one: -len(one.text)):
        kana = kana if reading.whole else kana.replace(reading.text, reading.kana)
    return Line(sentence, kana, read=re.search(r"[一-鿿々〆0-9０-９A-Za-z]", kana) is None, free=True)
