"""What 緊急速報メール takes, and the sentences that say what it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.texts import cell_mail
from broadcast.texts.cell_mail import problems


@pytest.mark.parametrize(
    "letter", ["①", "㈱", "㎞", "Ⅳ", "髙", "﨑", "𠮷", "😷", "\U000e0100", "ō", "\ue000", "\t", "\u202e"]
)
def test_no_machine_dependent_letter_is_taken(letter: str) -> None:
    assert not cell_mail.is_sendable(letter)
    assert len(problems("題名", f"本文{letter}", limit=200)) == 1


@pytest.mark.parametrize("letter", ["あ", "漢", "ー", "～", "〜", "－", "−", "4", "（", "・", "A", "　", "々"])
def test_what_every_telephone_shows_is_taken(letter: str) -> None:
    assert cell_mail.is_sendable(letter)


@pytest.mark.parametrize(
    ("code", "sendable"),
    [
        (0x8740, False),
        (0x877E, False),
        (0xED40, False),
        (0xEEFC, False),
        (0xFA40, False),
        (0xFC4B, False),
        (0x889F, True),
    ],
)
def test_the_rows_of_the_carriers_rules(code: int, sendable: bool) -> None:
    letter = code.to_bytes(2, "big").decode("cp932")
    assert cell_mail.is_sendable(letter) is sendable


def test_the_wrong_letter_its_place_and_what_to_write_instead_are_named() -> None:
    assert problems("題名", "川の水が\n増えて①います。", limit=200) == [
        "本文の2行目・4文字目の「①」は使えません（機種依存文字など）。「1」に書きかえてください。"
    ]
    assert problems("題名", "髙田", limit=200) == [
        "本文の1行目・1文字目の「髙」は使えません（機種依存文字など）。消すか、ほかの字にしてください。"
    ]
    assert problems("題\u200b名", "本文", limit=200) == [
        "題名の1行目・2文字目の見えない文字（U+200B）は使えません（機種依存文字など）。消すか、ほかの字にしてください。"
    ]


def test_many_wrong_letters_are_counted_and_not_all_named() -> None:
    said = problems("題名", "①" * 10, limit=200)
    assert len(said) == 5
    assert said[-1] == "本文には、ほかにも使えない文字が6文字あります。"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("https://toin.example/a", "ウェブのアドレス"),
        ("www.town.toin.lg.jp", "ウェブのアドレス"),
        ("bousai@town.example", "メールアドレス"),
        ("0594-86-2824", "電話番号"),
        ("０５９４－８６－２８２４", "電話番号"),
        ("0594(86)2824", "電話番号"),
        ("09012345678", "電話番号"),
        ("town.toin.lg.jp", "ウェブのアドレス"),
    ],
)
def test_no_address_and_no_number_to_call_is_taken(text: str, what: str) -> None:
    said = problems("題名", f"くわしくは\n{text}へ", limit=200)
    assert said == [f"本文の2行目に{what}「{text}」があります。使えないので、消してください。"]
    assert text not in cell_mail.without_addresses(f"くわしくは{text}へ")


def test_dates_times_and_counts_are_no_numbers_to_call() -> None:
    text = "9月13日(日) 09:00、町内12地区、2026年、レベル4"
    assert problems("題名", text, limit=200) == []
    assert cell_mail.without_addresses(text) == text


def test_title_and_text_have_their_lengths() -> None:
    assert problems("あ" * 16, "い" * 201, limit=200) == [
        "題名は15文字までです（いまは16文字）。",
        "本文は200文字までです（いまは201文字）。",
    ]
    assert problems(" ", "\n", limit=200) == ["題名が空です。", "本文が空です。"]
    assert problems("上\n下", "本文", limit=200) == ["題名は1行で書いてください。"]


def test_a_drill_must_say_so_in_title_and_text() -> None:
    assert problems("避難指示", "逃げてください。", limit=200, drill=True) == [
        "訓練の文面です。題名に「訓練」か「テスト」と書いてください。",
        "訓練の文面です。本文に「訓練」か「テスト」と書いてください。",
    ]
    assert problems("【訓練】避難指示", "これはテストです。", limit=200, drill=True) == []


def test_the_carriers_count_differently() -> None:
    docomo, others = cell_mail.carriers(500, 200)
    title = "警戒レベル4避難指示"
    assert (docomo.room(title), others.room(title)) == (500, 190)
    assert cell_mail.takers(title, "あ" * 190, (docomo, others)) == [docomo, others]
    assert cell_mail.takers(title, "あ" * 191, (docomo, others)) == [docomo]
    assert cell_mail.takers(title, "あ" * 501, (docomo, others)) == []


@given(st.text(max_size=80))
def test_what_is_written_out_can_be_sent(text: str) -> None:
    written = "".join(letter if cell_mail.is_sendable(letter) else cell_mail.written_out(letter) for letter in text)
    assert all(map(cell_mail.is_sendable, written))
    assert [letter for _, _, letter in cell_mail.wrong_letters(text)] == [
        letter for letter in text if letter != "\n" and not cell_mail.is_sendable(letter)
    ]
