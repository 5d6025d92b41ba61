"""Every combination of an alert, on every channel, in every language: within limits, marked, clean."""

import itertools
import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast.alert.content import Content, Place, Reference
from broadcast.cap.vocabulary import Hazard, Kind, Language, Mode, MsgType
from broadcast.channels.contract import Message
from broadcast.texts import cell_mail, limits, rendering
from broadcast.texts.wording import heading
from tests.broadcast.contents import AREAS, ISSUED, SENDER, SHELTERS, content
from tests.broadcast.strategies import contents

JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff61-\uff9f\U00020000-\U0003ffff]")
LONG_LINK = "https://bousai-toin.example/a/12"


def messages(alert: Content) -> list[Message]:
    """All texts of an alert."""
    return [message for by_language in rendering.preview(alert).values() for message in by_language.values()]


def text(channel: str, alert: Content, language: Language = Language.JA) -> str:
    """One text, subject included."""
    message = rendering.render(channel, alert, language)
    return f"{message.subject}\n{message.body}" if message.subject else message.body


@settings(max_examples=50, deadline=None)
@given(contents())
def test_any_alert_is_clean_marked_and_measured(alert: Content) -> None:
    for message in messages(alert):
        for written in (message.subject, message.body, message.extra.get("kana", "")):
            assert not [letter for letter in written if letter != "\n" and unicodedata.category(letter) in ("Cc", "Cs")]
        assert message.body.count("{{unsubscribe}}") == (message.channel == "email")
        assert "{" not in message.body.replace("{{unsubscribe}}", "") + message.subject
        assert "\n" not in message.subject
        assert message.extra["mode"] == alert.mode.value
        assert all(message.body.split("\n")[0:1])


@settings(max_examples=50, deadline=None)
@given(contents())
def test_any_alert_is_within_the_limits(alert: Content) -> None:
    for message in messages(alert):
        if message.channel != "radio":  # an officer may speak longer than people listen; he is told of it
            assert rendering.problems(message) == []
    assert limits.x_weight(rendering.render("x", alert, Language.JA).body) <= 280
    assert limits.mastodon_length(rendering.render("mastodon", alert, Language.JA).body) <= 500
    cell = rendering.render("cell_broadcast", alert, Language.JA)
    assert cell_mail.problems(cell.subject, cell.body, limit=200 - len(cell.subject)) == []
    for language in Language:
        assert limits.utf16_units(rendering.render("line", alert, language).body) < 1000
        assert limits.grapheme_count(rendering.render("email", alert, language).subject) <= 100


@settings(max_examples=40, deadline=None)
@given(contents(mode=Mode.DRILL))
def test_every_text_of_a_drill_says_so_first_and_last(alert: Content) -> None:
    for message in messages(alert):
        mark = "[DRILL]" if message.language == Language.EN else "【訓練】"
        assert message.body.startswith(mark)
        assert not message.subject or message.subject.startswith(mark)
        last = {"en": "This is a drill.", "easy_ja": "れんしゅうです", "ja": "これは訓練です"}[message.language]
        gave_up = "最後の「これは訓練です」" in "".join(message.notes)  # only an SMS, and only with a note
        assert message.body.rstrip("。\n").endswith(last) or (message.channel == "sms" and gave_up)


@settings(max_examples=30, deadline=None)
@given(contents(mode=Mode.LIVE, situation="", action="", correction="", title=""))
def test_no_live_text_looks_like_a_drill(alert: Content) -> None:
    for message in messages(alert):
        assert "訓練" not in message.subject + message.body
        assert "drill" not in (message.subject + message.body).lower()


@settings(max_examples=40, deadline=None)
@given(contents())
def test_english_has_no_japanese_but_the_heading_of_a_notice(alert: Content) -> None:
    for channel in ("email", "sms", "line"):
        message = rendering.render(channel, alert, Language.EN)
        written = message.subject + message.body
        if alert.kind is Kind.NOTICE and channel != "sms":
            written = written.replace(rendering_title(alert), "")
        assert not JAPANESE.search(written), written


def rendering_title(alert: Content) -> str:
    """The heading of a notice as texts show it."""
    return heading(alert)


@settings(max_examples=30, deadline=None)
@given(contents())
def test_the_same_content_gives_the_same_texts(alert: Content) -> None:
    assert rendering.preview(alert) == rendering.preview(replace(alert))


_EVERY = list(itertools.product(Kind, Hazard, MsgType, Mode))


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_hazard_type_and_mode_has_texts_without_a_problem(kind: Kind) -> None:
    for _, hazard, msg_type, mode in (case for case in _EVERY if case[0] is kind):
        alert = content(kind, hazard, msg_type=msg_type, mode=mode, areas=AREAS, shelters=SHELTERS, short_url=LONG_LINK)
        for message in messages(alert):
            assert rendering.problems(message) == [], (kind, hazard, msg_type, mode)


_LEVELS = [kind for kind in Kind if kind.level]


@pytest.mark.parametrize(("kind", "mode", "msg_type"), list(itertools.product(_LEVELS, Mode, MsgType)))
def test_an_sms_of_a_level_is_one_segment_and_keeps_level_kind_town_and_link(
    kind: Kind, mode: Mode, msg_type: MsgType
) -> None:
    for hazard in Hazard:
        alert = content(kind, hazard, mode=mode, msg_type=msg_type, areas=AREAS, short_url=LONG_LINK)
        ja, easy, en = (rendering.render("sms", alert, language) for language in Language)
        assert limits.utf16_units(ja.body) <= 70
        assert limits.utf16_units(easy.body) <= 70
        assert limits.sms_segments(en.body) == limits.Segments("GSM-7", en.units, 1)
        for needed in ("東員町", f"警戒レベル{kind.level}", kind.ja, LONG_LINK):
            assert needed in ja.body
        for needed in ("とういんちょう", f"レベル{kind.level}", LONG_LINK):
            assert needed in easy.body
        assert "Toin Town" in en.body
        assert LONG_LINK in en.body.split("\n")


def test_an_sms_names_few_areas_and_counts_many() -> None:
    assert "長深、中上" in text("sms", content())
    assert "町内28地区" in text("sms", content(areas=AREAS))
    assert "東員町全域" in text("sms", content(whole_town=True))


def test_names_that_are_no_longer_than_their_number_are_never_counted() -> None:
    drill = content(Kind.EMERGENCY, Hazard.LANDSLIDE, mode=Mode.DRILL)
    for channel in ("sms", "x"):
        assert "長深、中上" in text(channel, drill)


def test_a_link_that_is_too_long_is_a_problem_in_words() -> None:
    message = rendering.render("sms", content(short_url="https://toin.example/" + "a" * 60), Language.JA)
    assert rendering.problems(message) == ["SMSが2通分になります（1通まで）。"]
    assert "1通に収まりません。短いリンクを短くしてください。" in message.notes


def test_english_with_long_vowels_stays_gsm_7() -> None:
    message = rendering.render("sms", content(areas=[Place("大字大木", "おおあざおおき", "Ōki")]), Language.EN)
    assert "Oki" in message.body
    assert message.measure == "GSM-7"


def test_level_5_sends_nobody_to_a_shelter() -> None:
    alert = content(Kind.EMERGENCY, shelters=SHELTERS)
    for message in messages(alert):
        assert not any(shelter.name in message.body or shelter.name_en in message.body for shelter in SHELTERS)
    assert "避難所へ移動すると、かえって危険なことがあります。" in text("email", alert)
    assert "直ちに身の安全を確保してください。" in text("email", alert)


def test_each_level_says_who_does_what() -> None:
    assert "避難に時間のかかる高齢者や障害のある方などは、危険な場所から避難してください。" in text(
        "email", content(Kind.ELDERLY)
    )
    assert "危険な場所にいる方は、全員避難してください。" in text("email", content(Kind.EVACUATE))
    assert "命の危険が迫っています。直ちに身の安全を確保してください。" in text("email", content(Kind.EMERGENCY))


def test_the_first_line_of_an_email_is_the_key_line() -> None:
    assert text("email", content()).split("\n")[1] == "【東員町】警戒レベル4 避難指示（洪水）"


def test_a_cancel_says_what_when_and_what_to_do_now() -> None:
    written = text("email", content(msg_type=MsgType.CANCEL))
    assert "【取消し】【東員町】警戒レベル4 避難指示（洪水）は誤りでした" in written
    assert "9月12日(土) 15:04にお伝えした警戒レベル4 避難指示（洪水）は、誤りでした。取り消します。" in written
    assert "この情報による避難は、必要ありません。" in written
    assert "解除" not in written


def test_a_cancelled_lift_keeps_people_away_instead_of_sending_them_home() -> None:
    alert = content(Kind.LIFT, msg_type=MsgType.CANCEL)
    for channel in ("email", "sms", "x", "line", "radio", "cell_broadcast"):
        written = text(channel, alert)
        assert "必要ありません" not in written
        assert "続いています" in written
    assert "帰（かえ）らないで ください" in text("email", alert, Language.EASY_JA)
    assert "do not go back" in text("email", alert, Language.EN)


def test_a_lift_names_what_it_lifts_and_is_no_correction() -> None:
    alert = content(
        Kind.LIFT, msg_type=MsgType.UPDATE, reference=Reference(1, Kind.EVACUATE, ISSUED), lifted=Kind.EVACUATE
    )
    written = text("email", alert)
    assert "避難指示（洪水）の解除" in written
    assert "訂正" not in written
    assert "誤り" not in written


def test_a_correction_comes_before_the_rest() -> None:
    written = text("email", content(msg_type=MsgType.UPDATE, correction="地区を加えました。"))
    assert written.startswith("【訂正】")
    assert written.index("地区を加えました。") < written.index("を発令しました。")


def test_free_text_stands_in_place_of_the_standard_sentences_in_japanese_only() -> None:
    alert = content(situation="員弁川があふれそうです。", action="二階へ上がってください。")
    assert "員弁川があふれそうです。" in text("line", alert)
    assert "川が氾濫するおそれが高まっています。" not in text("line", alert)
    assert "The risk of river flooding is high." in text("line", alert, Language.EN)
    notes = rendering.render("line", alert, Language.EASY_JA).notes
    assert "自由に書いた文は日本語の文面だけに入ります。この文面には決まった文を使います。" in notes


def test_a_placeholder_typed_by_an_officer_stays_text() -> None:
    alert = content(
        situation="{{unsubscribe}}", title="{{unsubscribe}}", sender=replace(SENDER, name="{{unsubscribe}}町")
    )
    body = rendering.render("email", alert, Language.JA).body
    assert body.count("{{unsubscribe}}") == 1
    assert "｛｛unsubscribe｝｝" in body


def test_nobody_is_called_by_name_on_a_social_network() -> None:
    assert "@" not in rendering.render("x", content(situation="@everyone 逃げて"), Language.JA).body


def test_whole_emoji_and_rare_kanji_survive_in_an_email() -> None:
    body = text("email", content(situation="𠮷田さん宅前、葛\U000e0100飾、👨‍👩‍👧‍👦"))
    assert "𠮷田さん宅前、葛\U000e0100飾、👨‍👩‍👧‍👦" in body


def test_the_cell_broadcast_writes_out_or_marks_what_it_cannot_carry() -> None:
    message = rendering.render(
        "cell_broadcast", content(situation="①𠮷田橋は0594-86-2824へ。https://toin.example/"), Language.JA
    )
    assert "1〓田橋は" in message.body
    assert "アドレスと電話番号は使えないため、除きました。" in message.notes


@pytest.mark.parametrize("kind", Kind)
def test_the_title_of_a_cell_broadcast_has_at_most_fifteen_letters(kind: Kind) -> None:
    for msg_type, mode in itertools.product(MsgType, Mode):
        title = rendering.render("cell_broadcast", content(kind, msg_type=msg_type, mode=mode), Language.JA).subject
        assert len(title) <= 15


def test_the_radio_says_its_call_sign_twice_and_repeats_the_text() -> None:
    body = text("radio", content())
    assert body.split("\n")[0] == "♪上りチャイム"
    assert body.split("\n")[-1] == "♪下りチャイム"
    assert body.count("こちらは、防災とういんです。") == 2
    assert body.count("を発令しました。") == 2


def test_the_siren_sounds_at_level_5_and_not_when_it_is_withdrawn() -> None:
    assert "♪サイレン" in text("radio", content(Kind.EMERGENCY))
    assert "サイレン" not in text("radio", content(Kind.EVACUATE))
    assert "サイレン" not in text("radio", content(Kind.EMERGENCY, msg_type=MsgType.CANCEL))


def test_a_drill_on_the_radio_stands_in_its_frame() -> None:
    body = text("radio", content(mode=Mode.DRILL))
    assert "ただいまから、訓練放送を行います。訓練放送、訓練放送。" in body
    assert "これは、訓練放送です。" in body


@pytest.mark.parametrize(("kind", "msg_type"), list(itertools.product(Kind, MsgType)))
def test_the_reading_of_the_radio_text_has_no_kanji_and_no_digit(kind: Kind, msg_type: MsgType) -> None:
    for hazard in Hazard:
        kana = rendering.render(
            "radio", content(kind, hazard, msg_type=msg_type, title="おしらせ", shelters=SHELTERS), Language.JA
        ).extra["kana"]
        spoken = "\n".join(line for line in kana.split("\n") if not line.startswith("♪"))
        assert not re.search(r"[\u3400-\u9fff0-9]", spoken), spoken


def test_a_radio_text_that_is_too_long_counts_areas_instead_of_naming_them() -> None:
    message = rendering.render("radio", content(Kind.ELDERLY, Hazard.LANDSLIDE, areas=AREAS), Language.JA)
    assert "町内28地区" in message.body
    assert "ちょうない にじゅうはちちく" in message.extra["kana"]


@pytest.mark.parametrize("kind", Kind)
def test_every_kanji_of_easy_japanese_has_its_reading(kind: Kind) -> None:
    for hazard, msg_type, mode in itertools.product(Hazard, MsgType, Mode):
        alert = content(kind, hazard, msg_type=msg_type, mode=mode, title="おしらせ", shelters=SHELTERS)
        for channel in ("email", "line", "sms"):
            message = rendering.render(channel, alert, Language.EASY_JA)
            written = (message.subject + "\n" + message.body).replace("【訓練】", "")
            assert not re.search(r"[\u3400-\u9fff々](?![\u3400-\u9fff々ぁ-んァ-ヶー]*（)", written), written


def test_a_draft_without_an_area_says_so_and_names_nobody() -> None:
    for message in messages(content(areas=())):
        assert "全域" not in message.body
        assert "all of" not in message.body.lower()


def test_a_city_counts_its_own_districts() -> None:
    assert "市内28地区" in text("sms", content(areas=AREAS, sender=replace(SENDER, name="桑名市")))


def test_mastodon_takes_the_limit_of_its_server() -> None:
    alert = content(areas=AREAS, situation="水" * 400, action="に" * 400)
    assert limits.mastodon_length(rendering.render("mastodon", alert, Language.JA, limit=250).body) <= 250
    pictures = content(areas=AREAS, situation="👨‍👩‍👧‍👦" * 60 + "が" * 200, action="https://toin.example/" + "a" * 90)
    assert len(rendering.render("mastodon", pictures, Language.JA).body) <= 500, (
        "servers that count code points take it too"
    )
    assert rendering.preview(alert, limits={"mastodon": 200})["mastodon"]["ja"].limit == 200


@pytest.mark.parametrize(("channel", "language"), [("fax", Language.JA), ("radio", Language.EN)])
def test_an_unknown_channel_or_language_is_an_error(channel: str, language: Language) -> None:
    with pytest.raises(KeyError):
        rendering.render(channel, content(), language)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(Kind), st.text(max_size=300))
def test_any_title_fits(kind: Kind, title: str) -> None:
    alert = content(kind, title=title)
    assert len(rendering.render("sms", alert, Language.JA).body) <= 134
    assert limits.grapheme_count(rendering.render("email", alert, Language.JA).subject) <= 78
