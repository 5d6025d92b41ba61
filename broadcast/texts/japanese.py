"""The wording of an alert in plain Japanese."""

from broadcast.alert.content import Content
from broadcast.cap.vocabulary import Hazard, Kind
from broadcast.texts import places, sentences
from broadcast.texts.cleaning import clean, one_line
from broadcast.texts.cleaning import sentences as split
from broadcast.texts.wording import (
    Wording,
    heading,
    is_cancel,
    is_drill,
    is_extension,
    is_update,
    shows_shelters,
    withdrawn_kind,
)
from disaster.core.clock import day_and_time

DRILL = "これは訓練です。"
_FEW = 4  # areas that a sentence can hold


def wording(content: Content) -> Wording:
    """Say the alert in plain Japanese."""
    cancel = is_cancel(content)
    return Wording(
        marks=marks(content),
        town=one_line(content.sender.name),
        headline=headline(content),
        key=key(content),
        lead=lead(content),
        correction=correction(content),
        situation=() if cancel else situation(content),
        actions=actions(content),
        places="" if cancel else places.areas(content),
        until=until(content),
        shelters=tuple(one_line(place.name) for place in content.shelters) if shows_shelters(content) else (),
        contact=f"{one_line(content.sender.department)}　電話 {one_line(content.sender.phone)}",
        drill=DRILL if is_drill(content) else "",
    )


def marks(content: Content) -> str:
    """What stands before everything else: 【訓練】, and 【訂正】, 【更新】 (it goes on, nothing was wrong) or 【取消し】."""
    relation = "【取消し】" if is_cancel(content) else "【更新】" if is_extension(content) else ""
    relation = relation or ("【訂正】" if is_update(content) else "")
    return ("【訓練】" if is_drill(content) else "") + relation


def named(kind: Kind, hazard: Hazard, *, level: bool = True, about: bool = True) -> str:
    """``警戒レベル4 避難指示（洪水）``."""
    words = f"警戒レベル{kind.level} " if kind.level and level else ""
    with_hazard = about and hazard is not Hazard.OTHER and kind is not Kind.NOTICE
    return words + sentences.kind(kind, "ja") + (f"（{hazard.ja}）" if with_hazard else "")


def subject_of(content: Content, kind: Kind, *, about: bool = True, level: bool = True) -> str:
    """What the alert is about, the lifted order and the notice's title included."""
    if kind is Kind.LIFT:
        lifted = named(content.lifted, content.hazard, level=False, about=about) if content.lifted else "避難情報"
        return f"{lifted}の解除"
    title = heading(content)
    if kind is Kind.NOTICE and title:
        return title if "お知らせ" in title else f"お知らせ：{title}"
    return named(kind, content.hazard, about=about, level=level)


def headline(content: Content, *, about: bool = True) -> str:
    """The line that is read first."""
    if is_cancel(content):
        return subject_of(content, withdrawn_kind(content), about=about) + "は誤りでした"
    if content.kind is Kind.SHELTERS:
        return "避難所を開設しました" + (
            f"（{content.hazard.ja}）" if about and content.hazard is not Hazard.OTHER else ""
        )
    return subject_of(content, content.kind, about=about)


def key(content: Content) -> str:
    """The one thing to do, where the headline has not said everything."""
    if is_cancel(content):
        return split(sentences.withdrawn(withdrawn_kind(content), "ja"))[0]
    return sentences.act(content.kind, "ja") if content.kind.level else ""


def _lifted(content: Content) -> str:
    return named(content.lifted, content.hazard) if content.lifted else "避難情報"


def where(content: Content) -> str:
    """The areas inside of a sentence."""
    if content.whole_town:
        return places.everywhere(content)
    if not content.areas:
        return places.UNKNOWN
    return f"{places.short_areas(content)}地区" if len(content.areas) <= _FEW else places.counted(content)


def lead(content: Content) -> str:
    """Who says what about where."""
    town = one_line(content.sender.name)
    if is_cancel(content):
        return _withdrawal(content)
    if content.kind.level:
        issued = "発令しています" if is_extension(content) else "発令しました"
        return f"{town}は、{where(content)}に、{named(content.kind, content.hazard)}を{issued}。"
    if content.kind is Kind.LIFT:
        return f"{town}は、{where(content)}に出していた{_lifted(content)}を、解除しました。"
    if content.kind is Kind.SHELTERS:
        return f"{town}は、避難所を開設しました。"
    return f"{town}からのお知らせです。"


def _withdrawal(content: Content) -> str:
    what = subject_of(content, withdrawn_kind(content))
    if withdrawn_kind(content) is Kind.LIFT:
        what = f"{_lifted(content)}の解除"
    when = f"{day_and_time(content.reference.sent)}にお伝えした" if content.reference else "先にお伝えした"
    return f"{when}{what}は、誤りでした。取り消します。"


def correction(content: Content) -> tuple[str, ...]:
    """What was wrong in the earlier alert, the officer's words first."""
    given = split(clean(content.correction))
    if is_update(content):
        when = f"{day_and_time(content.reference.sent)}に" if content.reference else "先に"
        if is_extension(content):
            longer = (f"期限を{day_and_time(content.expires)}まで延長します。",) if content.kind.level else ()
            return (*given, *longer, f"{when}お伝えした内容に、変わりはありません。")
        return (*given, f"{when}お伝えした内容を、次のとおり改めます。")
    return given if is_cancel(content) else ()


def situation(content: Content) -> tuple[str, ...]:
    """What is happening: the officer's words, or the standard sentence."""
    given = split(clean(content.situation))
    standard = sentences.happening(content.kind, content.hazard, "ja")
    return given or ((standard,) if standard else ())


def actions(content: Content) -> tuple[str, ...]:
    """What to do, besides the key: the officer's words, or the standard sentences."""
    if is_cancel(content):
        kind = withdrawn_kind(content)
        again = (
            (sentences.act(content.lifted, "ja"),)
            if kind is Kind.LIFT and content.lifted and content.lifted.level
            else ()
        )
        return (*split(sentences.withdrawn(kind, "ja"))[1:], *again)
    given = split(clean(content.action))
    return given or tuple(
        part for text in sentences.actions(content.kind, content.hazard, "ja") for part in split(text)
    )


def until(content: Content) -> str:
    """How long it holds; nothing where something has ended."""
    if content.kind is Kind.SHELTERS and not is_cancel(content):
        return "次の発表まで"  # a time would be read as the hour at which the shelters close
    if is_cancel(content) or content.kind.level is None:
        return ""
    return f"{day_and_time(content.expires)}、または次の発表まで"
