"""Text for a synthesiser: names, times and levels as they are said."""

import pytest
from hypothesis import given, settings
from lxml import etree

from broadcast.alert.content import Content, Reading
from broadcast.cap.vocabulary import Kind, Language
from broadcast.channels import twiml
from broadcast.channels.twiml import Voice
from broadcast.texts import aloud, notes, radio, voice
from disaster.demo.providers.calls import said
from tests.broadcast.contents import AREAS, content
from tests.broadcast.strategies import contents

VOICE = Voice("ja-JP", "Polly.Takumi-Neural")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("東員町に、警戒レベル4、避難指示", "トウインチョウに、警戒レベルヨン、避難指示"),
        ("大字長深と長深", "オオアザナガフケとナガフケ"),
        ("山田木之倉と山田", "ヤマダキノクラとヤマダ"),
        ("13日9時4分まで", "ジュウサンニチ、クジヨンプンまで"),
        ("14時から20分間", "ジュウヨジから20分間"),
        ("25日は1時間早い", "ニジュウゴニチは1時間早い"),
        ("99日と61分", "99日と61分"),
        ("危険な場所にいる方は、東の方へ", "危険な場所にいるかたは、東の方へ"),
        ("この方法で、方角を見て", "この方法で、方角を見て"),
        ("高齢者等避難", "高齢者とう避難"),
    ],
)
def test_what_a_voice_would_stumble_over_is_written_out(written: str, expected: str) -> None:
    alert = content(areas=(AREAS[14], AREAS[8], AREAS[9]))
    assert aloud.japanese(written, aloud.names(alert)) == expected


def test_readings_of_the_town_are_used_for_an_officers_words() -> None:
    from dataclasses import replace

    alert = replace(content(situation="員弁川が危険です。"), readings=(Reading("員弁川", "いなべがわ"),))
    assert "イナベガワが危険です。" in voice.render(alert, Language.JA).extra["spoken"].split("\n")


def test_a_voice_says_what_an_address_is_and_skips_pictures() -> None:
    words = "くわしくは https://toin.example/x?a=1&b=2 を見てください☔️。"
    alert = content(situation=words, action="bosai@toin.exampleへ。橋は渡らないでください👨‍👩‍👧‍👦。")
    spoken = voice.render(alert, Language.JA)
    assert "くわしくは ホームページ を見てください。" in spoken.extra["spoken"].split("\n")
    assert "メールへ。" in spoken.extra["spoken"].split("\n")
    on_air = radio.render(alert, Language.JA)
    assert "橋は渡らないでください。" in on_air.body.split("\n")
    for message in (spoken, on_air):
        assert "http" not in message.body
        assert notes.FOR_THE_EYE in message.notes
    assert (
        notes.FOR_THE_EYE not in radio.render(content(situation="〒と℃は、絵文字ではありません。"), Language.JA).notes
    )
    assert radio.render(alert, Language.JA).body.count("ホームページ") == 2, (
        "the text that is shown is the one that is read"
    )


def test_easy_japanese_loses_its_brackets_and_gaps() -> None:
    assert aloud.easy("避難（ひなん）の 時間（じかん）です。", ()) == "避難の時間です。"
    assert aloud.easy("避難（注意）", ()) == "避難（注意）", "only readings are in kana"


def test_english_says_days_and_months_in_full() -> None:
    assert aloud.english("Mon 23 Nov 15:04, Monitor") == "Monday 23 November 15:04, Monitor"


@settings(max_examples=60, deadline=None)
@given(contents())
def test_any_alert_makes_a_document_that_twilio_takes(alert: Content) -> None:
    for language in Language:
        message = voice.render(alert, language)
        words, closing = message.extra["spoken"].split("\n"), message.extra["closing"].split("\n")
        document = twiml.announcement(words, closing, VOICE, "https://bosai.example/hooks?reference=x")
        assert len(document) < twiml.LIMIT
        assert message.units <= message.limit
        heard, action = said(document)
        assert heard == [*words, *closing]
        assert action == "https://bosai.example/hooks?reference=x"
        assert alert.sender.name not in message.extra["spoken"]


@pytest.mark.parametrize(
    "hostile", ["</Say><Hangup/><Say>", "<Play>http://evil.example/a.mp3</Play>", "&amp;&#x0;]]>", '"><Dial>117</Dial>']
)
def test_an_officers_words_are_never_markup(hostile: str) -> None:
    message = voice.render(content(Kind.NOTICE, title=hostile, situation=hostile), Language.JA)
    document = twiml.announcement(message.extra["spoken"].split("\n"), ["終わり"], VOICE, "https://bosai.example/x")
    root = etree.fromstring(document.encode())
    assert {element.tag for element in root.iter()} == {"Response", "Gather", "Say", "s", "break", "Hangup"}
    assert len(list(root.iter("Hangup"))) == 1


def test_an_endless_text_is_cut_at_a_sentence_and_the_officer_is_told() -> None:
    message = voice.render(content(situation="&" * 400, action="&あ。" * 130), Language.JA)
    assert message.units <= twiml.LIMIT
    assert any("省きました" in note for note in message.notes)
    assert "避難指示を発令しました" in message.extra["spoken"]


def test_many_names_are_counted_instead() -> None:
    message = voice.render(content(areas=AREAS), Language.JA)
    assert "町内28地区" in message.extra["spoken"]
    assert int(message.extra["seconds"]) <= voice.LIMIT_SECONDS
