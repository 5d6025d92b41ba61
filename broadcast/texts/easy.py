"""The wording of an alert in やさしい日本語: what is fixed and what has a reading; officers' free text is not in it."""

from broadcast.alert.content import Content, Place
from broadcast.cap.vocabulary import Hazard, Kind
from broadcast.texts import places, sentences
from broadcast.texts.cleaning import easy_sentences as split
from broadcast.texts.cleaning import one_line
from broadcast.texts.readings import easy_time
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

LEVEL = "警戒（けいかい）レベル"
DRILL = "これは 訓練（くんれん）です。れんしゅうです。"


def wording(content: Content) -> Wording:
    """Say the alert in やさしい日本語."""
    cancel = is_cancel(content)
    return Wording(
        marks=marks(content),
        town=town(content),
        headline=headline(content),
        key=key(content),
        lead=lead(content),
        correction=correction(content),
        situation=() if cancel else split(sentences.happening(content.kind, content.hazard, "easy")),
        actions=actions(content),
        places="" if cancel else places.areas_easy(content),
        until=until(content),
        shelters=tuple(places.with_reading(place) for place in content.shelters) if shows_shelters(content) else (),
        contact=f"{town(content)} 電話（でんわ） {one_line(content.sender.phone)}",
        drill=DRILL if is_drill(content) else "",
    )


def town(content: Content) -> str:
    """``東員町（とういんちょう）``."""
    return places.with_reading(Place(content.sender.name, content.sender.kana, ""))


def marks(content: Content) -> str:
    """What stands before everything else."""
    relation = (
        "【取（と）り消（け）し】"
        if is_cancel(content)
        else "【まだ 続（つづ）いて います】"
        if is_extension(content)
        else "【新（あたら）しく なりました】"
        if is_update(content)
        else ""
    )
    return ("【訓練】れんしゅうです。" if is_drill(content) else "") + relation


def named(kind: Kind, hazard: Hazard) -> str:
    """``警戒（けいかい）レベル4 避難指示（ひなんしじ）``, with the hazard where there is one."""
    words = f"{LEVEL}{kind.level} " if kind.level else ""
    about = f" {sentences.hazard(hazard, 'easy')}" if kind.level and hazard is not Hazard.OTHER else ""
    return words + sentences.kind(kind, "easy") + about


def _lifted(content: Content) -> str:
    return sentences.kind(content.lifted, "easy") if content.lifted else "避難（ひなん）の お知（し）らせ"


def _earlier(content: Content) -> str:
    kind = withdrawn_kind(content)
    if kind is Kind.LIFT:
        return f"「{_lifted(content)}は 終（お）わり」"
    if kind is Kind.NOTICE:
        return "「お知（し）らせ」"
    return f"「{named(kind, content.hazard)}」"


def headline(content: Content) -> str:
    """The line that is read first."""
    if is_cancel(content):
        return f"{_earlier(content)}は まちがいでした"
    if content.kind is Kind.LIFT:
        return f"{_lifted(content)}は 終（お）わりました"
    if content.kind is Kind.NOTICE:
        return "お知（し）らせが あります"
    return named(content.kind, content.hazard)


def plain_headline(content: Content, *, brief: bool = False) -> str:
    """The headline in kana only, for subjects and SMS; ``brief`` says レベル alone."""
    kind = withdrawn_kind(content) if is_cancel(content) else content.kind
    level = ("" if brief else "けいかい") + f"レベル{kind.level} " if kind.level else ""
    if kind is Kind.LIFT:
        lifted = sentences.kind(content.lifted, "plain") if content.lifted else "ひなんの おしらせ"
        return f"「{lifted}は おわり」は まちがいです" if is_cancel(content) else f"{lifted}は おわりました"
    what = level + sentences.kind(kind, "plain")
    if is_cancel(content):
        return f"「{what}」は まちがいです" if kind is Kind.SHELTERS else f"{what}は まちがいです"
    return f"{what}が あります" if kind is Kind.NOTICE else what


def key(content: Content) -> str:
    """The one thing to do or to know."""
    if is_cancel(content):
        return split(sentences.withdrawn(withdrawn_kind(content), "easy"))[0]
    return sentences.act(content.kind, "easy") if content.kind.level else ""


def lead(content: Content) -> str:
    """Who says what, with the words explained."""
    if is_cancel(content):
        when = (
            f"{easy_time(content.reference.sent)}の お知（し）らせ"
            if content.reference
            else "前（まえ）の お知（し）らせ"
        )
        return f"{town(content)}の {when}は まちがいでした。ごめんなさい。"
    if content.kind.level:
        return f"{town(content)}が お知（し）らせを 出（だ）しました。{_meanings(content)}"
    if content.kind is Kind.NOTICE:
        title = heading(content)
        quoted = f"「{title}」。" if title else ""
        return f"{town(content)}からの お知（し）らせです。{quoted}日本語（にほんご）で 書（か）いて あります。"
    return f"{town(content)}からの お知（し）らせです。" + _explained(content)


def _explained(content: Content) -> str:
    if content.kind is Kind.SHELTERS:
        return "避難所（ひなんじょ）は、危（あぶ）ない ときに にげる 所（ところ）です。"
    return ""


def _meanings(content: Content) -> str:
    kind = f"{sentences.kind(content.kind, 'easy')}は、{sentences.kind(content.kind, 'meaning')}です。"
    meaning = sentences.hazard(content.hazard, "meaning")
    return kind + (f"{sentences.hazard(content.hazard, 'easy')}は、{meaning}です。" if meaning else "")


def correction(content: Content) -> tuple[str, ...]:
    """That something was corrected; what, is Japanese free text on the page."""
    if is_extension(content):
        return ("前（まえ）の お知（し）らせと 同（おな）じです。", "まだ 続（つづ）いて います。")
    if is_update(content):
        return ("前（まえ）の お知（し）らせを なおしました。", "これが 正（ただ）しい お知（し）らせです。")
    return ()


def actions(content: Content) -> tuple[str, ...]:
    """What to do, besides the key."""
    if is_cancel(content):
        kind = withdrawn_kind(content)
        again = (
            split(sentences.act(content.lifted, "easy"))
            if kind is Kind.LIFT and content.lifted and content.lifted.level
            else ()
        )
        return (*split(sentences.withdrawn(kind, "easy"))[1:], *again)
    return tuple(part for text in sentences.actions(content.kind, content.hazard, "easy") for part in split(text))


def until(content: Content) -> str:
    """How long it holds."""
    if content.kind is Kind.SHELTERS and not is_cancel(content):
        return "次（つぎ）の お知（し）らせまで"
    if is_cancel(content) or content.kind.level is None:
        return ""
    return f"{easy_time(content.expires)}まで。または、次（つぎ）の お知（し）らせまで"
