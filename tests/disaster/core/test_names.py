"""Search keys of names: what is one name has one key, what is two names has two."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disaster.core import names

SAME_KANJI = """
髙橋 高橋 · 渡邉 渡辺 · 渡邊󠄂 渡辺 · 𠮷田 吉田 · 濵田 浜田 · 濱田 浜田 · 冨田 富田 · 嶋田 島田 · 山﨑 山崎 · 齋藤 斎藤 · 齊藤 斉藤 · 桧山 檜山 · 籔 藪 ·
薮内 藪内 · 佐々木 佐佐木 · 葛󠄀城 葛城 · 神 神 · 鷗 鴎 · 賴子 頼子 · 廣瀨 広瀬 · 德川 徳川 · 眞一 真一 · 桒原 桑原 · 舘 館 · 陈 陳 · 张伟 張偉 · 龙 竜 ·
苏 蘇 · 刘 劉 · 郑 鄭 · 木ノ下 木の下 · サトウさくら さとうさくら · 山田　太郎 山田太郎 · ﾔﾏﾀﾞ ヤマダ
"""
OTHER_KANJI = ["斎藤 斉藤", "渡部 渡辺", "祐介 佑介", "曜子 耀子", "山田 川田", "佐藤 左藤"]
SAME_KANA = [
    "オオノ オーノ オノ おおの ｵｵﾉ",
    "ユウコ ユーコ ゆうこ",
    "ケイコ ケーコ",
    "ヴァイオレット バイオレット",
    "ワタナベ ﾜﾀﾅﾍﾞ わたなべ",
    "ハットリ ハツトリ",
    "カヅコ カズコ",
    "ミヤヂ ミヤジ",
    "カヲル カオル",
    "ショウジ ショージ シヨウジ",
    "ヤマダ・タロウ ヤマダ タロウ",
]
SAME_ROMAJI = [
    "Shōji Shoji Syouzi Shohji SHOUJI Syoji ショウジ",
    "Ōno Ohno Ono Oono オオノ",
    "Hattori Hatori ハットリ",
    "Jun'ichi Junichi Zyuniti Jyunichi ジュンイチ",
    "Namba Nanba ナンバ",
    "Homma Honma ホンマ",
    "Fujii Huzii フジイ",
    "Chizuko Tizuko Chidzuko チヅコ チズコ",
    "Satoh Sato Satou サトウ",
    "Itchi Icchi イッチ",
    "Nguyễn Nguyen",
]


@pytest.mark.parametrize("pair", [pair.strip().split(" ") for pair in SAME_KANJI.replace("\n", " ").split("·")])
def test_all_forms_of_a_kanji_are_one_name(pair: list[str]) -> None:
    first, second = pair
    assert names.kanji_key(first) == names.kanji_key(second) != ""


@pytest.mark.parametrize("pair", [pair.split() for pair in OTHER_KANJI])
def test_two_names_stay_two(pair: list[str]) -> None:
    assert names.kanji_key(pair[0]) != names.kanji_key(pair[1])


def test_saito_with_either_letter_is_a_weaker_hit() -> None:
    assert names.loose_kanji_key("齋藤") == names.loose_kanji_key("齊藤")
    assert names.loose_kanji_key("渡部") != names.loose_kanji_key("渡辺")


@pytest.mark.parametrize("group", [group.split(" ") for group in SAME_KANA if "・" not in group])
def test_a_reading_has_one_key_however_it_was_typed(group: list[str]) -> None:
    assert len({names.kana_key(kana) for kana in group}) == 1


def test_signs_and_spaces_between_names_do_not_count() -> None:
    assert names.kana_key("ヤマダ・タロウ") == names.kana_key("やまだ　たろう") == names.kana_key("ヤマダタロウ")


def test_a_forgotten_voiced_mark_is_a_weaker_key() -> None:
    assert names.kana_key("イガラシ") != names.kana_key("イカラシ")
    assert names.voiceless_key("イガラシ") == names.voiceless_key("イカラシ")
    assert names.voiceless_key("ワタナベ") == names.voiceless_key("ワタナヘ") == names.voiceless_key("わたなぺ")


@pytest.mark.parametrize("group", [group.split() for group in SAME_ROMAJI])
def test_latin_letters_by_any_rules_and_kana_meet(group: list[str]) -> None:
    assert len({names.romaji_key(word) for word in group}) == 1


def test_what_a_word_is_written_in() -> None:
    assert [names.has_kana(word) for word in ("ヤマダ・タロー", "ﾔﾏﾀﾞ", "山田タロウ", "")] == [True, True, False, False]
    assert [names.has_latin(word) for word in ("José O'Neil", "山田", "123", "")] == [True, False, False, False]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_any_text_has_keys_and_a_key_of_a_key_is_itself(text: str) -> None:
    for key in (names.kanji_key, names.kana_key, names.romaji_key, names.voiceless_key, names.loose_kanji_key):
        found = key(text)
        assert isinstance(found, str)
    assert names.kanji_key(names.kanji_key(text)) == names.kanji_key(text)


@settings(max_examples=100, deadline=None)
@given(
    st.text(
        alphabet="アイウエオカキクケコガギグゲゴサシスセソタチツテトナニヌネノハヒフヘホバビブベボマミムメモヤユヨラリルレロワン",
        min_size=1,
        max_size=12,
    )
)
def test_katakana_hiragana_and_half_width_are_one(kana: str) -> None:
    hiragana = "".join(chr(ord(letter) - 0x60) for letter in kana)
    assert names.kana_key(kana) == names.kana_key(hiragana)
    assert names.romaji_key(kana) == names.romaji_key(hiragana)
