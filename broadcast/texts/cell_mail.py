"""What 緊急速報メール takes, which is entered by hand on the carriers' pages: lengths, and what its text may not hold.

No web address, e-mail address or telephone number, no 機種依存文字 (rows 13, 89 to 92 and 115 to 119 of CP932, that is 8740–879C, ED40–EEFC and
FA40–FC4C); a test must say 訓練 or テスト. Lengths differ between carriers and may change: they are settings.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from broadcast.texts.limits import BARE_ADDRESS
from broadcast.texts.links import MAIL, WEB

TITLE_LIMIT = 15
AIM = 200  # title and text together: what every carrier took in the rules of 2013 to 2018
DRILL_WORDS = ("訓練", "テスト", "試験")
_SHOWN = 4  # wrong letters that are named one by one

_PHONE = re.compile(
    r"(?<![0-9０-９])[0０][0-9０-９]{1,4}[-－−‐ー(（ 　]?[0-9０-９]{1,4}[-－−‐ー)） 　]?[0-9０-９]{3,4}(?![0-9０-９])"
)
_NOT_ALLOWED = (
    (WEB, "ウェブのアドレス"),
    (MAIL, "メールアドレス"),
    (BARE_ADDRESS, "ウェブのアドレス"),
    (_PHONE, "電話番号"),
)


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier's page: ``limit`` letters of the text, with its title where ``with_title``."""

    name: str
    limit: int
    with_title: bool

    def room(self, title: str) -> int:
        """Letters that the text may have beside this title."""
        return self.limit - len(title) if self.with_title else self.limit


def carriers(docomo: int, others: int) -> tuple[Carrier, ...]:
    """The pages on which the text is entered, with the lengths that the settings say."""
    return (
        Carrier("エリアメール（NTTドコモ）", docomo, with_title=False),
        Carrier("緊急速報メール（KDDI・ソフトバンク・楽天モバイル）", others, with_title=True),
    )


def takers(title: str, body: str, pages: Sequence[Carrier]) -> list[Carrier]:
    """The pages that take a text of this length."""
    return [page for page in pages if len(title) <= TITLE_LIMIT and len(body) <= page.room(title)]


def problems(title: str, body: str, *, limit: int, drill: bool = False) -> list[str]:
    """What keeps a text from being entered, as Japanese sentences that name the letter and its place. ``limit`` is that of the text."""
    found = []
    if not title.strip():
        found.append("題名が空です。")
    if "\n" in title:
        found.append("題名は1行で書いてください。")
    if len(title) > TITLE_LIMIT:
        found.append(f"題名は{TITLE_LIMIT}文字までです（いまは{len(title)}文字）。")
    if not body.strip():
        found.append("本文が空です。")
    if len(body) > limit:
        found.append(f"本文は{limit}文字までです（いまは{len(body)}文字）。")
    for name, text in (("題名", title), ("本文", body)):
        found += [*_addresses(name, text), *_letters(name, text)]
        if drill and not any(word in text for word in DRILL_WORDS):
            found.append(f"訓練の文面です。{name}に「訓練」か「テスト」と書いてください。")
    return found


def without_addresses(text: str) -> str:
    """The text without web addresses, e-mail addresses and telephone numbers."""
    for pattern, _ in _NOT_ALLOWED:
        text = pattern.sub("", text)
    return text


def is_sendable(letter: str) -> bool:
    """Whether every telephone shows the letter: in Shift_JIS and not machine-dependent (NEC's and IBM's rows of CP932)."""
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs"):
        return False
    for codec in ("shift_jis", "cp932"):
        try:
            code = int.from_bytes(letter.encode(codec), "big")
        except UnicodeEncodeError:
            continue
        return not (0x8740 <= code <= 0x879C or 0xED40 <= code <= 0xEEFC or 0xF040 <= code <= 0xFC4C)
    return False


def written_out(letter: str) -> str:
    """The letter in letters that can be sent (① as 1, ㈱ as (株)); 〓 where there are none, nothing for pictures and what only changes a
    letter's form."""
    if unicodedata.category(letter) in ("Mn", "Cf"):
        return ""
    plain = unicodedata.normalize("NFKC", letter)
    if all(map(is_sendable, plain)):
        return plain
    return "" if unicodedata.category(letter) in ("So", "Sk") else "〓"


def wrong_letters(text: str) -> Iterator[tuple[int, int, str]]:
    """Every letter that cannot be sent: line and place in it, both from 1, and the letter."""
    for line, words in enumerate(text.split("\n"), start=1):
        for place, letter in enumerate(words, start=1):
            if not is_sendable(letter):
                yield line, place, letter


def visible(letter: str) -> str:
    """The letter in brackets, or its number where nothing would be seen."""
    hidden = unicodedata.category(letter) in ("Cc", "Cf", "Mn", "Cs", "Co", "Cn")
    return f"見えない文字（U+{ord(letter):04X}）" if hidden else f"「{letter}」"


def _addresses(name: str, text: str) -> Iterator[str]:
    said: set[str] = set()
    for pattern, what in _NOT_ALLOWED:
        for match in pattern.finditer(text):
            if not any(match.group() in earlier for earlier in said):
                said.add(match.group())
                line = text.count("\n", 0, match.start()) + 1
                yield f"{name}の{line}行目に{what}「{match.group()}」があります。使えないので、消してください。"


def _letters(name: str, text: str) -> list[str]:
    wrong = list(wrong_letters(text))
    found = [f"{name}の{line}行目・{place}文字目の{_sentence(letter)}" for line, place, letter in wrong[:_SHOWN]]
    if len(wrong) > _SHOWN:
        found.append(f"{name}には、ほかにも使えない文字が{len(wrong) - _SHOWN}文字あります。")
    return found


def _sentence(letter: str) -> str:
    instead = written_out(letter)
    advice = f"「{instead}」に書きかえてください。" if instead not in ("", "〓") else "消すか、ほかの字にしてください。"
    return f"{visible(letter)}は使えません（機種依存文字など）。{advice}"
